"""The tasks that a recipe names: they are the suite's, and the model's where something is said of them for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from mtlbench.suite.draft import RecipeDraft
from mtlbench.suite.faults import Faults, KeyPath
from mtlbench.suite.recipe import Recipe, Settings
from mtlbench.suite.wording import did_you_mean


class _Level(NamedTuple):
    """Where settings stand, and the tasks that they bear on."""

    path: KeyPath
    settings: Settings
    tasks: Sequence[str]


def check_names(draft: RecipeDraft, recipe: Recipe, known: Sequence[str], faults: Faults) -> None:
    """Tasks are the suite's, and where weights, heads and rows are given by task, they are the model's too."""
    for path, tasks in _lists(recipe):
        for number, task in enumerate(tasks):
            place = draft.place(*path, number)
            if task not in known:
                faults.add(_unknown(task, known), place, f"its tasks are {', '.join(known)}")
            elif task in tasks[:number]:
                faults.add(f"the task “{task}” stands twice", place, "name it once")
    for path, names, tasks in _mappings(recipe, known):
        for task in names:
            place = draft.place(*path, task, key=True)
            if task not in known:
                faults.add(_unknown(task, known), place, f"its tasks are {', '.join(known)}")
            elif task not in tasks:
                faults.add(f"“{task}” is none of the tasks trained on here", place, f"they are {', '.join(tasks)}")


def _lists(recipe: Recipe) -> Iterator[tuple[KeyPath, Sequence[str]]]:
    """Where tasks are listed."""
    for name, model in recipe.models.items():
        yield ("models", name, "tasks"), model.tasks or ()
        for number, stage in enumerate(model.stages or ()):
            yield ("models", name, "stages", number, "tasks"), stage.tasks


def _mappings(recipe: Recipe, known: Sequence[str]) -> Iterator[tuple[KeyPath, Mapping[str, object], Sequence[str]]]:
    """Where something is said by task, and the tasks that it may be said of."""
    levels = [_Level(("training",), recipe.training, known)]
    for name, model in recipe.models.items():
        stages = model.stages or ()
        own = model.tasks or [task for stage in stages for task in stage.tasks] or known
        path: KeyPath = ("models", name)
        levels += [_Level(path, model, own)]
        levels += [_Level((*path, "stages", number), stage, stage.tasks) for number, stage in enumerate(stages)]
        yield (*path, "heads"), model.heads or {}, own
        yield (*path, "rows"), model.rows, own
    for level in levels:
        for key in ("sampling", "balancing"):
            said = getattr(level.settings, key)
            if said is not None and said.weights is not None:
                yield (*level.path, key, "weights"), said.weights, level.tasks


def _unknown(task: str, known: Sequence[str]) -> str:
    return f"the suite has no task “{task}”{did_you_mean(task, known)}"
