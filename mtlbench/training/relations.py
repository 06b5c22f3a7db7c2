"""What the models of a recipe are to each other, as their suite declares it: seeds, fractions, families, sequences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from mtlbench.training.family import Planned

UNNAMED: dict[str, Any] = {"name": "", "family": "", "description": ""}


def declare(models: dict[str, dict[str, Any]], planned: Collection[Planned]) -> dict[str, Any]:
    """Add to each model as declared what it is to others; gives the suite's `sequences:`. `planned` are those there are."""
    trained = [model for model in planned if not model.stage_of]
    for key, value, firsts in (("seed_of", "seed", {}), ("fraction_of", "fraction", {"fraction": 1.0})):
        for first, other in _varied(trained, value, firsts):
            models[other][key] = first
    names = _families(planned)
    if len(set(names.values())) > 1:
        for name, family in names.items():
            models[name]["family"] = family
    return {model.name: {"stages": stages} for model in trained if len(stages := _stages(model, planned)) > 1}


def _varied(planned: Iterable[Planned], key: str, first: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs that differ in `key` alone: the first of its like, or of those with the value in `first`, and another."""
    blank, likes = {**UNNAMED, key: 0}, dict[str, list[Planned]]()
    for model in planned:
        heads = {task: head for task, head in model.heads.items() if task in model.tasks}
        likes.setdefault(repr(replace(model, **blank, heads=heads)), []).append(model)
    pairs = []
    for alike in likes.values():
        firsts = [model for model in alike if all(getattr(model, key) == value for key, value in first.items())]
        pairs += [
            (firsts[0].name, model.name) for model in alike if firsts and getattr(model, key) != getattr(firsts[0], key)
        ]
    return pairs


def _families(planned: Collection[Planned]) -> dict[str, str]:
    """Models of one backbone are a family, called after its checkpoint or type; a number tells apart those called alike."""
    names: dict[str, str] = {}
    for model in planned:
        backbone = model.backbone
        called = backbone.checkpoint or str((backbone.config or {})["model_type"])
        key = backbone.model_dump_json()
        if key not in names:
            taken = sum(name.rpartition(" ")[0] == called or name == called for name in names.values())
            names[key] = f"{called} {taken + 1}" if taken else called
    return {model.name: names[model.backbone.model_dump_json()] for model in planned}


def _stages(model: Planned, planned: Collection[Planned]) -> list[dict[str, Any]]:
    """The models after each stage, if all are there."""
    passing = [other for other in planned if other.stage_of == model.name]
    after = sorted([*passing, model], key=lambda each: len(each.stages))
    return [
        {"model": each.name, "tasks": list(each.stages[-1].tasks)} for each in after if len(after) == len(model.stages)
    ]
