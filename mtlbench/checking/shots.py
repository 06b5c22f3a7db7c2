"""Few-shot: the tasks of a model with shots have examples, which fit the task and are enough."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from mtlbench.checking.columns import list_columns
from mtlbench.data import Dataset, Template, TemplateError, load_data
from mtlbench.suite.declarations import Data, Model, Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, InputError, Place
from mtlbench.tasks import TASKS
from mtlbench.tasks.shots import draw_examples, solve, takes_shots

Names = Collection[str] | None


def check_shots(draft: Draft, models: Names, tasks: Names, datasets: Mapping[str, Dataset], faults: Faults) -> None:
    """Note models whose tasks have no examples, and examples that are of no use to them. The chosen ones count."""
    shown = {
        name: task
        for name, task in draft.tasks.items()
        if (tasks is None or name in tasks) and task.kind in TASKS.names() and takes_shots(TASKS.get(task.kind))
    }
    wanted: dict[str, int] = {}
    for name, model in draft.models.items():
        if model.shots and (models is None or name in models):
            _check_model(draft, name, model, shown, faults)
            wanted |= {task: max(model.shots, wanted.get(task, 0)) for task in _of(model, shown)}
    for name, count in wanted.items():
        data = shown[name].examples
        if data is not None and data.hub is None:
            with _noting(draft.place("tasks", name, "examples"), faults):
                _check_examples(draft, name, data, datasets.get(name), count, faults)


def _of(model: Model, tasks: Mapping[str, Task]) -> list[str]:
    return [name for name in tasks if model.tasks is None or name in model.tasks]


def _check_model(draft: Draft, name: str, model: Model, tasks: Mapping[str, Task], faults: Faults) -> None:
    lacking = [task for task in _of(model, tasks) if tasks[task].examples is None]
    if lacking:
        noun = "tasks" if len(lacking) > 1 else "task"
        faults.add(
            f"model `{name}` has shots, and {noun} {', '.join(f'`{task}`' for task in lacking)} no `examples` for them",
            draft.place("models", name, "shots"),
            "name rows of another split as the task's `examples:`, or the model's tasks with `tasks:`",
        )


def _check_examples(draft: Draft, name: str, data: Data, rows: Dataset | None, count: int, faults: Faults) -> None:
    task, examples = draft.tasks[name], load_data(data, draft.folder)
    missing = [column for column in _columns(task) if column not in examples.columns]
    for column in missing:
        hint = f"its columns are {', '.join(examples.columns)}"
        faults.add(f"{examples.source} has no column “{column}”", draft.place("tasks", name, "examples"), hint)
    if draft.suite is None or faults.found or rows is None:
        return  # a fault of the task's would be told twice
    shown = draw_examples(name, task, rows, examples, count, draft.suite.seed)
    solve(name, task, TASKS.get(task.kind)(task), shown)


def _columns(task: Task) -> list[str]:
    """The columns that an example needs; none where a template is wrong, which is told elsewhere."""
    try:
        texts = (task.input, *task.templates.values())
        named = [name for text in texts for name, _ in Template.parse(text).columns]
    except TemplateError:
        return []
    return list(
        dict.fromkeys([*named, *task.references, *(name for some in list_columns(task).values() for name in some)])
    )


@contextmanager
def _noting(place: Place, faults: Faults) -> Iterator[None]:
    """What is raised in the block is a fault there, unless it has a place of its own."""
    try:
        yield
    except InputError as error:
        for fault in error.faults:
            faults.add(fault.message, fault.place or place, fault.hint)
