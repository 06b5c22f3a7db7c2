"""`mtlbench list`: the names a suite may use."""

from __future__ import annotations

from typing import Literal


def listing(what: Literal["metrics", "tasks", "engines"], /) -> int:
    """List metrics, task kinds or engines, one a line, with what they take.

    Parameters
    ----------
    what
        metrics, tasks or engines.
    """
    for line in {"metrics": _metrics, "tasks": _tasks, "engines": _engines}[what]():
        print(line)
    return 0


def _metrics() -> list[str]:
    from mtlbench.metrics import METRICS

    return [f"{name:<16} for {', '.join(sorted(METRICS.get(name).accepts))}" for name in METRICS.names()]


def _tasks() -> list[str]:
    from mtlbench.tasks import TASKS

    kinds = ((name, TASKS.get(name)) for name in TASKS.names())
    return [f"{name:<16} gives {kind.produces}; metrics {', '.join(kind.default_metrics)}" for name, kind in kinds]


def _engines() -> list[str]:
    from mtlbench.engines import ENGINES

    return [f"{name:<16} for models of kind {', '.join(ENGINES.get(name).kinds)}" for name in ENGINES.names()]
