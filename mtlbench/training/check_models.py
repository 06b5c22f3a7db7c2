"""What can be known of a recipe's models before a row is read: names, settings, and what they need of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from graphlib import CycleError

from mtlbench.suite.draft import Draft, RecipeDraft
from mtlbench.suite.faults import Faults, KeyPath
from mtlbench.suite.recipe import Recipe
from mtlbench.suite.wording import did_you_mean
from mtlbench.training.check_bases import check_bases
from mtlbench.training.check_names import check_names
from mtlbench.training.family import Planned, PlannedStage, expand, members
from mtlbench.training.said import setting_place

WHOLE = ("backbone", "layers:")
"""Beginnings of the parts that gradual unfreezing trains in the end."""


def check_models(draft: RecipeDraft, recipe: Recipe, suite: Draft, faults: Faults) -> dict[str, Planned]:
    """Note what is wrong with the models; those there are, by name, as far as they can be told."""
    known = suite.names("tasks")
    check_names(draft, recipe, known, faults)
    every = members(recipe, known)
    _check_families(draft, recipe, every, faults)
    planned = {model.name: model for model in every}
    for model in (model for model in every if not model.stage_of):
        _check_needs(draft, model, planned, faults)
        for number, stage in enumerate(model.stages):
            _check_settings(draft, model, number, stage, faults)
    try:
        planned = expand(recipe, known)
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        model = planned[circle[0]]
        place = setting_place(draft, model, "starts_from" if model.starts_from == circle[1] else "distil")
        faults.add(f"models that need each other to be trained first: {' → '.join(circle)}", place)
    check_bases(draft, suite, planned, faults)
    return planned


def _check_families(draft: RecipeDraft, recipe: Recipe, every: Sequence[Planned], faults: Faults) -> None:
    """Each makes a model at least, and no two models are called alike."""
    families = {model.family for model in every}
    for name, declared in recipe.models.items():
        if name not in families:
            place = draft.place("models", name, "matrix")
            faults.add(f"`matrix: {declared.matrix}` makes no model of a single task", place, "it takes two at least")
    counts = Counter(model.name for model in every)
    for model in every:
        if counts[model.name] > 1:
            place = draft.place("models", model.family, key=True)
            faults.add(f"two models would be called {model.name}", place, "call one of those they come from otherwise")


def _check_needs(draft: RecipeDraft, model: Planned, planned: Mapping[str, Planned], faults: Faults) -> None:
    """What it starts from and what it learns from are there."""
    if model.starts_from is not None:
        _check_need(draft, model, ("starts_from",), model.starts_from, planned, faults)
    if model.distil is None:
        return
    teacher = model.distil.teacher
    if teacher in planned or not (draft.folder / teacher).is_dir():
        _check_need(draft, model, ("distil", "teacher"), teacher, planned, faults)
    if teacher in planned and (untaught := set(model.tasks) - set(planned[teacher].tasks)):
        message = f"the teacher {teacher} is not trained on {', '.join(sorted(untaught))}"
        faults.add(message, draft.place("models", model.family, "distil", "teacher"), "name one that is")


def _check_need(
    draft: RecipeDraft, model: Planned, keys: KeyPath, need: str, planned: Mapping[str, Planned], faults: Faults
) -> None:
    if need in planned:
        return
    place = draft.place("models", model.family, *keys)
    meant = [name for name, other in planned.items() if other.family == need]
    if meant:
        faults.add(f"“{need}” stands for {len(meant)} models", place, f"name one of them: {', '.join(meant)}")
    else:
        message = f"the recipe has no model “{need}”{did_you_mean(need, list(planned))}"
        faults.add(message, place, f"its models are {', '.join(planned)}")


def _check_settings(draft: RecipeDraft, model: Planned, number: int, stage: PlannedStage, faults: Faults) -> None:
    """Settings, from wherever they come, fit the stage's tasks and each other."""
    settings = stage.settings
    for key in ("sampling", "balancing"):
        weights: Mapping[str, float] | None = getattr(settings, key).weights
        if weights is None:
            continue
        place = setting_place(draft, model, key, "weights", stage=number)
        missing = [task for task in stage.tasks if task not in weights]
        if missing:
            faults.add(
                f"`{key}.weights` says nothing of {', '.join(missing)}", place, "give each task a weight, 0 or more"
            )
        elif not any(weights[task] for task in stage.tasks):
            faults.add(f"`{key}.weights` are all 0 for {', '.join(stage.tasks)}", place, "give one of them more")
    frozen = [part for part in settings.freeze or () if part.startswith(WHOLE)]
    if settings.unfreeze_every is not None and frozen:
        place = setting_place(draft, model, "unfreeze_every", stage=number)
        faults.add(
            f"`unfreeze_every` trains all layers in the end, which `freeze: [{', '.join(frozen)}]` forbids",
            place,
            "leave one of them out",
        )
    for part in settings.freeze or ():
        task = part.removeprefix("head:")
        if task != part and task not in model.tasks:
            place = setting_place(draft, model, "freeze", stage=number)
            faults.add(f"`{part}` is no head of a model trained on {', '.join(model.tasks)}", place)
