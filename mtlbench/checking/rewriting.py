"""What a task says of variants: its swaps can be made, its pairs are columns, its other wordings are templates."""

from __future__ import annotations

from mtlbench.checking.columns import check_template
from mtlbench.data import Dataset
from mtlbench.rewriting import declared_rewrites
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, InputError
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks import TASKS

TEXT_FORMS = ("text", "extract", "nats")


def check_rewriting(draft: Draft, name: str, task: Task, dataset: Dataset | None, faults: Faults) -> None:
    """Note swaps that there are no words for, columns of pairs that there are none of, and faults of other wordings."""
    _check_swaps(draft, name, task, faults)
    if task.pairs is not None and dataset is not None:
        for key, column in task.pairs.model_dump().items():
            if column not in dataset.columns:
                message = f"{dataset.source} has no column “{column}”{did_you_mean(column, dataset.columns)}"
                hint = f"its columns are {', '.join(dataset.columns)}"
                faults.add(message, draft.place("tasks", name, "pairs", key), hint)
    if "templates" in task.robustness:
        for wording, text in task.templates.items():
            check_template(draft, ("tasks", name, "templates", wording), text, task, dataset, faults)


def _check_swaps(draft: Draft, name: str, task: Task, faults: Faults) -> None:
    for swap, declared in task.counterfactual.items():
        if declared.pairs is None and draft.is_written("tasks", name, "counterfactual", swap, "pairs"):
            continue  # written, but not soundly, which is told already
        place = draft.place("tasks", name, "counterfactual", swap)
        try:
            declared_rewrites(task.model_copy(update={"counterfactual": {swap: declared}}), draft.folder)
        except InputError as error:
            for fault in error.faults:
                faults.add(fault.message, fault.place or place, fault.hint)
        if declared.swap_reference and task.kind in TASKS.names() and TASKS.get(task.kind).form not in TEXT_FORMS:
            faults.add(f"`swap_reference` means nothing to task kind {task.kind}: its answers are no text", place)
