"""Weights by difficulty: each task that weighs something needs a single-task baseline among the suite's models."""

from __future__ import annotations

from collections.abc import Collection

from mtlbench.suite.declarations import Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults

Names = Collection[str] | None
"""Names chosen on the command line; None for all."""


def check_difficulty(draft: Draft, models: Names, tasks: Names, faults: Faults) -> None:
    """Note chosen tasks without a baseline, where the suite says what all of the chosen models were trained on."""
    if draft.suite is None or draft.suite.overall.weights != "difficulty":
        return
    chosen = [model for name, model in draft.suite.models.items() if models is None or name in models]
    if any(_may_tell(model) for model in chosen):
        return
    baselines = {task for model in chosen if _is_whole(model) for task in _alone(model)}
    weighing = [name for name, task in draft.suite.tasks.items() if task.weight and (tasks is None or name in tasks)]
    missing = [name for name in weighing if name not in baselines]
    if missing:
        message = (
            f"weights by difficulty take a single-task baseline of each task: there is none of {', '.join(missing)}"
        )
        hint = "add models that were `trained_on` one of these alone, or write `weights: declared`, `equal` or `size`"
        faults.add(message, draft.place("overall", "weights"), hint)


def _may_tell(model: Model) -> bool:
    """Whether the checkpoint's own training.json may say what the suite does not."""
    return model.trained_on is None and model.predictions is None


def _alone(model: Model) -> list[str]:
    tasks = [task for task, share in (model.trained_on or {}).items() if share]
    return tasks if len(tasks) == 1 else []


def _is_whole(model: Model) -> bool:
    return model.fraction_of is None and model.quantize is None and model.prune is None
