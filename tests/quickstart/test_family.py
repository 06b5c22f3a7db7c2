"""The quickstart's recipe, the suite written by it and the checkpoints in the repository belong together."""

from __future__ import annotations

import json

import pytest

from mtlbench.checking import load_suite
from mtlbench.training.jobs import check_folders, fingerprints
from mtlbench.training.loading import load_recipe
from mtlbench.training.rows import Rows
from tests.quickstart.claims import ROOT, SUITE, Scores, models, planted, unmet

RECIPE = load_recipe(ROOT / "baselines" / "quickstart.yaml")
WHOLE = {"config.json", "model.safetensors", "tokenizer.json", "training.json"}
ADAPTER = {"adapter_config.json", "adapter_model.safetensors", "training.json"}


def test_checkpoints_are_small() -> None:
    assert sum(file.stat().st_size for file in RECIPE.output.rglob("*") if file.is_file()) < 40e6


@pytest.mark.parametrize("name", RECIPE.planned)
def test_a_checkpoint_is_the_recipes(name: str) -> None:
    folder = RECIPE.output / name
    files = {file.name for file in folder.iterdir()}
    assert files >= (ADAPTER if "adapter_config.json" in files else WHOLE)
    told = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    assert (told["recipe"], told["model"]) == ("quickstart", name)
    assert set(RECIPE.planned[name].tasks) <= set(told["tasks"])


def test_nothing_of_the_family_is_left_to_train_and_nothing_else_lies_there() -> None:
    names = list(RECIPE.planned)
    assert check_folders(RECIPE, fingerprints(RECIPE, Rows(RECIPE), names)) == []
    assert {folder.name for folder in RECIPE.output.glob("*/")} - {"__pycache__"} == set(names)


def test_planted_claims_speak_of_models_and_tasks_of_the_suite() -> None:
    suite = load_suite(SUITE).suite
    for claim in planted():
        assert set(models(claim)) <= set(suite.models)
        assert all(claim["task"] in (suite.models[name].tasks or ()) for name in models(claim))


def test_the_published_records_show_what_was_planted() -> None:
    """All but the claims on groups of rows, of which records hold no scores."""
    claims = [claim for claim in planted() if "group" not in claim]
    assert {claim["quantity"] for claim in claims} == {"score", "difference", "forgetting", "curve"}
    assert unmet(claims, Scores.published()) == []
