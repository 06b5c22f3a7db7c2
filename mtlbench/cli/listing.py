"""`mtlbench list`: the names a suite may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mtlbench.tasks import TaskKind


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

    names = METRICS.names()
    return [f"{name:<{_width(names)}} for {', '.join(sorted(METRICS.get(name).accepts))}" for name in names]


def _tasks() -> list[str]:
    from mtlbench.tasks import TASKS

    names = TASKS.names()
    return [f"{name:<{_width(names)}} gives {TASKS.get(name).produces}; {_defaults(TASKS.get(name))}" for name in names]


def _engines() -> list[str]:
    from mtlbench.engines import ENGINES

    names = ENGINES.names()
    return [f"{name:<{_width(names)}} for models of kind {', '.join(ENGINES.get(name).kinds)}" for name in names]


def _defaults(kind: type[TaskKind]) -> str:
    return f"metrics {', '.join(kind.default_metrics)}"


def _width(names: list[str]) -> int:
    return max(map(len, names)) + 1
