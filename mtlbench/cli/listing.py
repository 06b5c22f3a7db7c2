"""`mtlbench list`: the names a suite may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mtlbench.tasks import TaskKind


def listing(what: Literal["metrics", "tasks", "engines", "executors", "presets"], /) -> int:
    """List metrics, task kinds, engines, executors or presets of tasks, one a line, with what they take.

    Parameters
    ----------
    what
        metrics, tasks, engines, executors or presets.
    """
    lists = {
        "metrics": _metrics,
        "tasks": _tasks,
        "engines": _engines,
        "executors": _executors,
        "presets": _presets,
    }
    for line in lists[what]():
        print(line)
    return 0


def _metrics() -> list[str]:
    from mtlbench.metrics import METRICS

    names = METRICS.names()
    return [f"{name:<{_width(names)}} for {', '.join(sorted(METRICS.get(name).accepts))}" for name in names]


def _tasks() -> list[str]:
    from mtlbench.tasks import TASKS

    names = TASKS.names()
    return [
        f"{name:<{_width(names)}} gives {', '.join(TASKS.get(name).produces)}; {_defaults(TASKS.get(name))}"
        for name in names
    ]


def _engines() -> list[str]:
    from mtlbench.engines import ENGINES

    names = ENGINES.names()
    return [f"{name:<{_width(names)}} for models of kind {', '.join(ENGINES.get(name).kinds)}" for name in names]


def _executors() -> list[str]:
    from mtlbench.runner.executors import EXECUTORS

    names = EXECUTORS.names()
    takes = {name: ", ".join(f"--{key}" for key in sorted(EXECUTORS.get(name).takes)) for name in names}
    return [f"{name:<{_width(names)}} takes {takes[name]}" for name in names]


def _presets() -> list[str]:
    from mtlbench.suite.presetting import presets
    from mtlbench.suite.tree import plain

    found = {name: plain(preset) for name, preset in presets().items()}
    return [f"{name:<{_width(list(found))}} {keys['kind']}: {keys['input']}" for name, keys in found.items()]


def _defaults(kind: type[TaskKind]) -> str:
    return f"metrics {', '.join(kind.default_metrics)}"


def _width(names: list[str]) -> int:
    return max(map(len, names)) + 1
