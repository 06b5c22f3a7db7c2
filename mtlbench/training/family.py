"""A recipe's models written out: matrices, fractions and seeds expanded, every setting filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import combinations

from mtlbench.suite.declarations import Data
from mtlbench.suite.recipe import (
    AdapterRecipe,
    Backbone,
    Balancing,
    Distillation,
    Ewc,
    Head,
    Recipe,
    Sampling,
    Settings,
    TrainedModel,
)

DEFAULTS = Settings(
    epochs=3.0,
    batch_size=32,
    learning_rate=3e-4,
    schedule="cosine",
    warmup=0.06,
    weight_decay=0.01,
    clip=1.0,
    dtype="auto",
    sampling=Sampling(),
    balancing=Balancing(),
    freeze=[],
    layer_decay=1.0,
    head_rate=1.0,
    group_by_length=True,
    save_every=500,
)
"""What holds where a recipe is silent. Dropout is then the configuration's own, and nothing is stopped or unfrozen."""

BUDGETS = ("examples", "epochs")
"""Of which a model has one: either, where it is said, takes the place of both."""

Group = tuple[str, tuple[str, ...]]
"""What a matrix adds to a model's name, and the tasks of that model."""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """Tasks that are trained together. `settings` leave nothing open; `rehearsal` is the share of earlier tasks' rows."""

    tasks: tuple[str, ...]
    settings: Settings
    rehearsal: float = 0.0


@dataclass(frozen=True, slots=True)
class Planned:
    """One model to train. `family` is the recipe's model that it comes from; `backbone` what it starts from in the end,
    where it `starts_from` another model, that one's.
    """

    name: str
    stages: tuple[PlannedStage, ...]
    fraction: float
    seed: int
    starts_from: str | None
    backbone: Backbone
    heads: Mapping[str, Head]
    adapter: AdapterRecipe | None
    distil: Distillation | None
    ewc: Ewc | None
    rows: Mapping[str, Data]
    description: str = ""
    family: str = ""
    stage_of: str = ""
    """The model that this is as it stands after a stage that is not its last; it is written on the way."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks of all stages in order, each once."""
        return tuple(dict.fromkeys(task for stage in self.stages for task in stage.tasks))

    @property
    def needs(self) -> list[str]:
        """What must be trained before or with it: what it starts from, its teacher (which may be a folder), and the model
        that it is a stage of.
        """
        teacher = None if self.distil is None else self.distil.teacher
        return [name for name in (self.starts_from, teacher, self.stage_of) if name]


def expand(recipe: Recipe, tasks: Sequence[str]) -> dict[str, Planned]:
    """All models by name, each after those it needs; `tasks` are the suite's.

    Raises graphlib.CycleError where models need each other in a circle. Of models of one name the last counts.
    """
    planned = {model.name: model for model in members(recipe, tasks)}
    graph = {name: [need for need in model.needs if need in planned] for name, model in planned.items()}
    ordered: dict[str, Planned] = {}
    for name in TopologicalSorter(graph).static_order():
        model = planned[name]
        parent = ordered.get(model.starts_from or "")
        ordered[name] = model if parent is None else replace(model, backbone=parent.backbone)
    return ordered


def members(recipe: Recipe, tasks: Sequence[str]) -> list[Planned]:
    """All models in the order declared, those that stand after a stage before the one that they are of; two may have one
    name.
    """
    return [
        part
        for family, model in recipe.models.items()
        for suffix, stages in _stages(recipe, model, tasks)
        for fraction in model.fractions or (None,)
        for seed in model.seeds or (None,)
        for part in _with_passing(_planned(recipe, family, model, suffix, stages, fraction, seed))
    ]


def _with_passing(model: Planned) -> list[Planned]:
    passing = [
        replace(model, name=f"{model.name}-{count}", stages=model.stages[:count], stage_of=model.name)
        for count in range(1, len(model.stages))
    ]
    return [*passing, model]


def _single(tasks: Sequence[str]) -> list[Group]:
    return [(f"-{task}", (task,)) for task in tasks]


def _pairs(tasks: Sequence[str]) -> list[Group]:
    return [(f"-{one}-{other}", (one, other)) for one, other in combinations(tasks, 2)]


def _leave_one_out(tasks: Sequence[str]) -> list[Group]:
    return [(f"-{left}", tuple(task for task in tasks if task != left)) for left in tasks if len(tasks) > 1]


def _all(tasks: Sequence[str]) -> list[Group]:
    return [("", tuple(tasks))]


MATRICES: Mapping[str, Callable[[Sequence[str]], list[Group]]] = {
    "single": _single,
    "pairs": _pairs,
    "leave-one-out": _leave_one_out,
    "all": _all,
}
"""The models that a matrix stands for. A model of leave-one-out is called after the task that it has not seen."""


def resolved(*layers: Settings) -> Settings:
    """The settings of all layers together, each over those after it, and the defaults under them all."""
    found: dict[str, object] = {}
    for layer in (DEFAULTS, *reversed(layers)):
        said = {key: getattr(layer, key) for key in Settings.model_fields if getattr(layer, key) is not None}
        if any(key in said for key in BUDGETS):
            found = {key: value for key, value in found.items() if key not in BUDGETS}
        found |= said
    return Settings.model_validate(found)


def _stages(recipe: Recipe, model: TrainedModel, tasks: Sequence[str]) -> list[tuple[str, tuple[PlannedStage, ...]]]:
    """Of each model of the family, what its name ends with, and its stages."""
    if model.stages is not None:
        layers = [(stage, resolved(stage, model, recipe.training)) for stage in model.stages]
        return [("", tuple(PlannedStage(tuple(stage.tasks), every, stage.rehearsal) for stage, every in layers))]
    settings = resolved(model, recipe.training)
    groups = MATRICES[model.matrix or "all"](model.tasks or tasks)
    return [(suffix, (PlannedStage(group, settings),)) for suffix, group in groups]


def _planned(
    recipe: Recipe,
    family: str,
    model: TrainedModel,
    suffix: str,
    stages: tuple[PlannedStage, ...],
    fraction: float | None,
    seed: int | None,
) -> Planned:
    part = "" if fraction is None else f"-{100 * fraction:g}"
    run = "" if seed is None else f"-seed{seed}"
    return Planned(
        name=f"{family}{suffix}{part}{run}",
        stages=stages,
        fraction=1.0 if fraction is None else fraction,
        seed=recipe.seed if seed is None else seed,
        starts_from=model.starts_from,
        backbone=model.backbone or recipe.backbone,
        heads=model.heads or {},
        adapter=model.adapter,
        distil=model.distil,
        ewc=model.ewc,
        rows=model.rows,
        description=model.description,
        family=family,
    )
