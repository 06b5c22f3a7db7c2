"""One task: its kind, the keys that go with it, then its metrics, its data, its columns and its references."""

from __future__ import annotations

import re

from mtlbench.checking.columns import check_columns
from mtlbench.checking.data import read_rows
from mtlbench.checking.groups import check_groups
from mtlbench.checking.metrics import check_metrics, check_tags
from mtlbench.checking.references import check_references
from mtlbench.checking.rewriting import check_rewriting
from mtlbench.data import Dataset
from mtlbench.registry import UnknownName
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks import KIND_KEYS, TASKS, TaskKind


def check_task(draft: Draft, name: str, faults: Faults) -> Dataset | None:
    """Note the task's faults; the rows where its data is local and can be read."""
    task = draft.tasks[name]
    kind = _known_kind(draft, name, task, faults)
    complete = kind is not None and _check_keys(draft, name, task, kind, faults)
    metrics = check_metrics(draft, name, task, kind, faults) if kind is not None and complete else []
    reader = _made(draft, name, task, kind, faults) if kind is not None and complete else None
    dataset = read_rows(draft, name, task, faults)
    sound = check_columns(draft, name, task, dataset, faults)
    if dataset is not None:
        check_groups(draft, name, task, dataset, faults)
    check_rewriting(draft, name, task, dataset, faults)
    if reader is not None and sound and dataset is not None:
        references = check_references(draft, name, task, reader, dataset, faults)
        check_tags(draft, name, reader, metrics, references, faults)
    return dataset


def _known_kind(draft: Draft, name: str, task: Task, faults: Faults) -> type[TaskKind] | None:
    try:
        return TASKS.get(task.kind)
    except UnknownName as error:
        message = f"there is no task kind “{task.kind}”{did_you_mean(task.kind, error.known)}"
        faults.add(message, draft.place("tasks", name, "kind"), f"task kinds are {', '.join(error.known)}")
        return None


def _check_keys(draft: Draft, name: str, task: Task, kind: type[TaskKind], faults: Faults) -> bool:
    """Whether the task has all that its kind needs; keys that mean nothing to the kind are faults too."""
    written = {key for key in task.model_fields_set if getattr(task, key) is not None}
    missing = sorted(kind.needs - written - _put_aside(draft, name))
    for key in missing:
        message = f"task kind {task.kind} needs `{key}`, which task `{name}` lacks"
        faults.add(message, draft.place("tasks", name, key=True))
    for key in sorted((KIND_KEYS & written) - kind.takes):
        users = [other for other in TASKS.names() if key in TASKS.get(other).takes]
        hint = f"it goes with {', '.join(users)}" if users else ""
        faults.add(f"`{key}` means nothing to task kind {task.kind}", draft.place("tasks", name, key, key=True), hint)
    return kind.needs <= written


def _made(draft: Draft, name: str, task: Task, kind: type[TaskKind], faults: Faults) -> TaskKind | None:
    try:
        return kind(task)
    except ValueError as error:
        key = re.search(r"`([a-z_]+)`", str(error))
        faults.add(str(error), draft.place("tasks", name, *(key.groups() if key else ())))
        return None


def _put_aside(draft: Draft, name: str) -> set[str]:
    """Keys that were written, but not soundly, which is told already."""
    return {key for key in KIND_KEYS if draft.is_written("tasks", name, key)}
