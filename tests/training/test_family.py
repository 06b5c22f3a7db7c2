"""Matrices, fractions, seeds and defaults written out."""

from __future__ import annotations

from graphlib import CycleError
from typing import Any

import pytest

from mtlbench.suite.recipe import Recipe, Settings
from mtlbench.training.family import DEFAULTS, expand, members, resolved

TASKS = ["a", "b", "c"]
CHECKPOINT = {"checkpoint": "base"}


def recipe(models: dict[str, Any], **others: Any) -> Recipe:
    return Recipe.model_validate(
        {"version": 1, "name": "r", "suite": "s", "output": "o", "backbone": CHECKPOINT, "models": models} | others
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({}, {"m": "abc"}),
        ({"tasks": ["c", "a"]}, {"m": "ca"}),
        ({"matrix": "all"}, {"m": "abc"}),
        ({"matrix": "single"}, {"m-a": "a", "m-b": "b", "m-c": "c"}),
        ({"matrix": "pairs"}, {"m-a-b": "ab", "m-a-c": "ac", "m-b-c": "bc"}),
        ({"matrix": "leave-one-out"}, {"m-a": "bc", "m-b": "ac", "m-c": "ab"}),
        ({"matrix": "pairs", "tasks": ["a", "b"]}, {"m-a-b": "ab"}),
        ({"matrix": "pairs", "tasks": ["a"]}, {}),
        ({"matrix": "leave-one-out", "tasks": ["a"]}, {}),
        ({"fractions": [0.1, 0.125, 1.0]}, {"m-10": "abc", "m-12.5": "abc", "m-100": "abc"}),
        ({"seeds": [0, 7]}, {"m-seed0": "abc", "m-seed7": "abc"}),
        ({"matrix": "single", "tasks": ["a"], "fractions": [0.5], "seeds": [1]}, {"m-a-50-seed1": "a"}),
        ({"stages": [{"tasks": ["a", "b"]}, {"tasks": ["b", "c"]}]}, {"m": "abc", "m-1": "ab"}),
    ],
)
def test_names_and_tasks(model: dict[str, Any], expected: dict[str, str]) -> None:
    planned = expand(recipe({"m": model}), TASKS)
    assert {name: "".join(each.tasks) for name, each in planned.items()} == expected
    assert all(each.family == "m" for each in planned.values())


def test_fractions_and_seeds_are_told() -> None:
    planned = expand(recipe({"m": {"fractions": [0.25], "seeds": [3]}, "n": {}}, seed=5), TASKS)
    assert [(each.fraction, each.seed) for each in planned.values()] == [(0.25, 3), (1.0, 5)]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], {"epochs": 3.0, "examples": None, "batch_size": 32, "learning_rate": 3e-4, "freeze": []}),
        ([{"batch_size": 8}], {"batch_size": 8, "epochs": 3.0}),
        ([{"examples": 100}], {"examples": 100, "epochs": None}),
        ([{"epochs": 1.0}, {"examples": 100}], {"examples": None, "epochs": 1.0}),
        ([{"examples": 7}, {"epochs": 2.0, "clip": 5.0}], {"examples": 7, "epochs": None, "clip": 5.0}),
        ([{"freeze": []}, {"freeze": ["backbone"]}], {"freeze": []}),
        ([{"group_by_length": False}], {"group_by_length": False}),
    ],
)
def test_settings_are_laid_over_each_other(layers: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    found = resolved(*(Settings.model_validate(layer) for layer in layers))
    assert {key: getattr(found, key) for key in expected} == expected


def test_stages_take_from_model_and_recipe() -> None:
    stages = [{"tasks": ["a"], "epochs": 1.0}, {"tasks": ["b"], "rehearsal": 0.2}]
    given = recipe({"m": {"stages": stages, "batch_size": 4}}, training={"examples": 50, "clip": 2.0})
    first, second = expand(given, TASKS)["m"].stages
    assert (first.settings.epochs, first.settings.examples, first.rehearsal) == (1.0, None, 0.0)
    assert (second.settings.epochs, second.settings.examples, second.rehearsal) == (None, 50, 0.2)
    assert {stage.settings.batch_size for stage in (first, second)} == {4}
    assert {stage.settings.clip for stage in (first, second)} == {2.0}


def test_every_default_is_filled_in() -> None:
    left_open = {"examples", "dropout", "unfreeze_every", "early_stopping"}
    assert {key for key in Settings.model_fields if getattr(DEFAULTS, key) is None} == left_open


def test_a_model_comes_after_those_it_needs_and_has_the_base_of_its_parent() -> None:
    models = {
        "late": {"starts_from": "middle", "tasks": ["a"]},
        "middle": {"starts_from": "first"},
        "pupil": {"distil": {"teacher": "late"}, "tasks": ["a"]},
        "first": {"backbone": {"checkpoint": "other"}},
    }
    planned = expand(recipe(models), TASKS)
    order = list(planned)
    assert order.index("first") < order.index("middle") < order.index("late") < order.index("pupil")
    assert [planned[name].backbone.checkpoint for name in models] == ["other", "other", "base", "other"]


def test_a_circle_is_refused() -> None:
    models = {"m": {"starts_from": "n"}, "n": {"distil": {"teacher": "m"}}}
    with pytest.raises(CycleError):
        expand(recipe(models), TASKS)


def test_members_keep_what_clashes() -> None:
    models = {"m": {"matrix": "single", "tasks": ["a"]}, "m-a": {}}
    assert [model.name for model in members(recipe(models), TASKS)] == ["m-a", "m-a"]
