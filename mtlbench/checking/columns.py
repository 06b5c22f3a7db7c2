"""The columns that a task names: in its templates, as its reference, words, choices, slices and cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from mtlbench.data import Dataset, Template, TemplateError
from mtlbench.data.dataset import Row
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, KeyPath, Place
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks.question import listed

SHOWN = 3
"""Rows named in a message."""


def check_columns(draft: Draft, name: str, task: Task, dataset: Dataset | None, faults: Faults) -> bool:
    """Note columns that the data lacks or that cannot be used; whether a row's reference can be read from those there are.

    Without data, templates are checked for their form alone.
    """
    known = dataset is not None
    if dataset is not None:
        for column, place in _references(draft, name, task):
            known &= check_column(column, place, dataset, faults)
        known &= _check_lists(draft, name, task, dataset, faults)
        for number, column in enumerate(task.slices):
            check_column(column, draft.place("tasks", name, "slices", number), dataset, faults)
        if task.cluster is not None:
            check_column(task.cluster, draft.place("tasks", name, "cluster"), dataset, faults)
    check_template(draft, ("tasks", name, "input"), task.input, task, dataset, faults)
    for number, segment in enumerate(task.segments or ()):
        check_template(draft, ("tasks", name, "segments", number), segment, task, dataset, faults)
    for key, template in task.templates.items():
        check_template(draft, ("tasks", name, "templates", key), template, task, dataset, faults)
    return known


def check_template(draft: Draft, path: KeyPath, text: str, task: Task, dataset: Dataset | None, faults: Faults) -> None:
    """Note what is wrong with the template at a key path: its form, its columns, rows that have no text for a place."""
    try:
        template = Template.parse(text)
    except TemplateError as error:
        faults.add(error.message, _inside(draft, path, text, error.offset, error.width), error.hint)
        return
    if dataset is None:
        return
    places = {
        column: _inside(draft, path, text, offset - 1, len(column) + 2) for column, offset in _first_places(template)
    }
    there = [check_column(column, place, dataset, faults) for column, place in places.items()]
    if all(there):
        for column, place in places.items():
            if column not in (task.words, task.choices) and _may_lack_text(dataset, column):
                fill = Template.parse(f"{{{column}}}").fill
                _check_rows(dataset, [column], fill, "cannot fill the template", place, faults)


def _inside(draft: Draft, path: KeyPath, text: str, offset: int, width: int) -> Place:
    """Where `width` characters at an offset of the template at a key path stand in the file."""
    snippet = text[offset : offset + width]
    return draft.place_in(snippet, *path, nth=text[: offset + width - 1].count(snippet))


def _check_lists(draft: Draft, name: str, task: Task, dataset: Dataset, faults: Faults) -> bool:
    """Whether every row has its words and its choices, where the task names columns of them."""
    sound = True
    for key, columns in list_columns(task).items():
        named, place = getattr(task, key), draft.place("tasks", name, key)
        places = [place] if isinstance(named, str) else [draft.place("tasks", name, key, n) for n in range(len(named))]
        there = [check_column(column, where, dataset, faults) for column, where in zip(columns, places, strict=True)]
        read = partial(listed, named)
        sound &= all(there) and _check_rows(dataset, columns, read, f"have no {key}", place, faults)
    return sound


def list_columns(task: Task) -> dict[str, list[str]]:
    """The columns of `words` and of `choices`, where the task names any."""
    named = {"words": task.words, "choices": task.choices}
    return {
        key: [columns] if isinstance(columns, str) else columns for key, columns in named.items() if columns is not None
    }


def _references(draft: Draft, name: str, task: Task) -> list[tuple[str, Place]]:
    if isinstance(task.reference, str):
        return [(task.reference, draft.place("tasks", name, "reference"))]
    return [(column, draft.place("tasks", name, "reference", n)) for n, column in enumerate(task.reference)]


def check_column(column: str, place: Place, dataset: Dataset, faults: Faults) -> bool:
    """Whether the data has the column; a fault if not."""
    if column in dataset.columns:
        return True
    suggestion = did_you_mean(column, dataset.columns)
    hint = f"its columns are {_some(dataset.columns)}"
    faults.add(f"{dataset.source} has no column “{column}”{suggestion}", place, hint)
    return False


def _check_rows(
    dataset: Dataset,
    columns: Sequence[str],
    read: Callable[[Row], object],
    what: str,
    place: Place,
    faults: Faults,
) -> bool:
    """Whether every row can be read; a fault that names the first that cannot, and counts them."""
    wrong: list[tuple[int, str]] = []
    for index, row in enumerate(dataset.table.select(list(dict.fromkeys(columns))).to_pylist()):
        try:
            read(row)
        except ValueError as error:
            wrong.append((index, str(error)))
    if wrong:
        index, message = wrong[0]
        rows = ", ".join(dataset.row_name(row) for row, _ in wrong[:SHOWN]) + (", …" if len(wrong) > SHOWN else "")
        count = f"{len(wrong)} of {len(dataset)} rows of {dataset.source} {what}"
        faults.add(f"{count}: {dataset.row_name(index)}: {message}", place, f"the rows are {rows}")
    return not wrong


def _first_places(template: Template) -> list[tuple[str, int]]:
    """Each column of the template, with the offset of its first place."""
    return list(dict(reversed(template.columns)).items())[::-1]


def _may_lack_text(dataset: Dataset, column: str) -> bool:
    found = dataset.table.column(column)
    return bool(found.null_count) or str(found.type) not in ("string", "large_string", "int64", "bool")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
