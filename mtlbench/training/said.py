"""Where in a recipe it is said what holds for a model."""

from __future__ import annotations

from mtlbench.suite.draft import RecipeDraft
from mtlbench.suite.faults import KeyPath, Place
from mtlbench.training.family import Planned


def task_place(draft: RecipeDraft, model: Planned, task: str) -> Place:
    """Where the recipe names a task of the model, if it does."""
    path: KeyPath = ("models", model.family)
    lists: list[KeyPath] = [(*path, "tasks"), *((*path, "stages", n, "tasks") for n in range(len(model.stages)))]
    named = [(*each, task) for each in lists if draft.is_written(*each, task)]
    return draft.place(*(named[0] if named else path), key=not named)


def setting_place(draft: RecipeDraft, model: Planned, *keys: str, stage: int = 0) -> Place:
    """Where a setting in force is said: by the stage, the model, or the recipe as a whole."""
    family: KeyPath = ("models", model.family)
    levels: tuple[KeyPath, ...] = ((*family, "stages", stage), family, ("training",), ())
    said = next((level for level in levels if draft.is_written(*level, keys[0])), family)
    return draft.place(*said, *keys)
