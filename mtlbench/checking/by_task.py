"""What a model says task by task: the tasks are the suite's, and its templates fit their data."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.checking.columns import check_template
from mtlbench.data import Dataset
from mtlbench.suite.declarations import Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.suite.wording import did_you_mean


def check_by_task(draft: Draft, name: str, model: Model, datasets: Mapping[str, Dataset], faults: Faults) -> None:
    """Note tasks that the suite has not, and templates that are wrong."""
    known = draft.names("tasks")
    for key, named in (
        ("inputs", model.inputs),
        ("head_labels", model.head_labels),
        ("checkpoints", model.checkpoints),
    ):
        for task in named or ():
            if task not in known:
                message = f"the suite has no task “{task}”{did_you_mean(task, known)}"
                place = draft.place("models", name, key, task, key=True)
                faults.add(message, place, f"its tasks are {', '.join(known)}")
    for task, template in model.inputs.items():
        if task in draft.tasks:
            path = ("models", name, "inputs", task)
            check_template(draft, path, template, draft.tasks[task], datasets.get(task), faults)
