"""The columns that a task names: in its template, as its reference, as its groups, as its cluster."""

from __future__ import annotations

from mtlbench.data import Dataset, RowError, Template, TemplateError
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, Place
from mtlbench.suite.wording import did_you_mean

SHOWN = 3
"""Rows named in a message."""


def check_columns(draft: Draft, name: str, task: Task, dataset: Dataset | None, faults: Faults) -> bool:
    """Note columns that the data lacks; whether the reference's are there. Without data, the template's form alone."""
    template = _parsed(draft, name, task, faults)
    if dataset is None:
        return False
    known = True
    for column, place in _references(draft, name, task):
        known &= _check(column, place, dataset, faults)
    for number, column in enumerate(task.groups):
        _check(column, draft.place("tasks", name, "groups", number), dataset, faults)
    if task.cluster is not None:
        _check(task.cluster, draft.place("tasks", name, "cluster"), dataset, faults)
    if template is not None:
        _check_template(draft, name, template, dataset, faults)
    return known


def _parsed(draft: Draft, name: str, task: Task, faults: Faults) -> Template | None:
    try:
        return Template.parse(task.input)
    except TemplateError as error:
        faults.add(error.message, _inside(draft, name, task.input, error.offset, error.width), error.hint)
        return None


def _inside(draft: Draft, name: str, text: str, offset: int, width: int) -> Place:
    """Where `width` characters at an offset of the template stand in the file."""
    snippet = text[offset : offset + width]
    return draft.place_in(snippet, "tasks", name, "input", nth=text[: offset + width - 1].count(snippet))


def _references(draft: Draft, name: str, task: Task) -> list[tuple[str, Place]]:
    if isinstance(task.reference, str):
        return [(task.reference, draft.place("tasks", name, "reference"))]
    return [(column, draft.place("tasks", name, "reference", n)) for n, column in enumerate(task.reference)]


def _check(column: str, place: Place, dataset: Dataset, faults: Faults) -> bool:
    if column in dataset.columns:
        return True
    suggestion = did_you_mean(column, dataset.columns)
    hint = f"its columns are {_some(dataset.columns)}"
    faults.add(f"{dataset.source} has no column “{column}”{suggestion}", place, hint)
    return False


def _check_template(draft: Draft, name: str, template: Template, dataset: Dataset, faults: Faults) -> None:
    there = True
    for column, offset in _first_places(template):
        place = _inside(draft, name, template.text, offset - 1, len(column) + 2)
        there &= _check(column, place, dataset, faults)
    if there:
        _check_rows(draft, name, template, dataset, faults)


def _check_rows(draft: Draft, name: str, template: Template, dataset: Dataset, faults: Faults) -> None:
    """Note rows that have no text for a place. Only columns that can hold such rows are looked through."""
    for column, offset in _first_places(template):
        if not _may_lack_text(dataset, column):
            continue
        alone = Template.parse(f"{{{column}}}")
        wrong: list[tuple[int, str]] = []
        for index, value in enumerate(dataset.values(column)):
            try:
                alone.fill({column: value})
            except RowError as error:
                wrong.append((index, error.message))
        if wrong:
            index, message = wrong[0]
            place = _inside(draft, name, template.text, offset - 1, len(column) + 2)
            rows = ", ".join(dataset.row_name(row) for row, _ in wrong[:SHOWN]) + (", …" if len(wrong) > SHOWN else "")
            count = f"{len(wrong)} of {len(dataset)} rows of {dataset.source} cannot fill the template"
            faults.add(f"{count}: {dataset.row_name(index)}: {message}", place, f"the rows are {rows}")


def _first_places(template: Template) -> list[tuple[str, int]]:
    """Each column of the template, with the offset of its first place."""
    return list(dict(reversed(template.columns)).items())[::-1]


def _may_lack_text(dataset: Dataset, column: str) -> bool:
    found = dataset.table.column(column)
    return bool(found.null_count) or str(found.type) not in ("string", "large_string", "int64", "bool")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
