"""Recipes are read as suites are: the same loader, faults at their places, `extends`, a schema that says the same."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from mtlbench.suite.draft import read_recipe
from mtlbench.suite.schema import recipe_schema
from mtlbench.suite.tree import plain
from tests.suite.conftest import Write

VALID = """\
version: 1
name: family
suite: suites/small.yaml
output: checkpoints
backbone:
  config: {model_type: t5, d_model: 32}
  tokenizer: 200
training:
  epochs: 2
  sampling: {strategy: temperature, temperature: 2.0}
models:
  single: {matrix: single}
  joint:
    tasks: [a, b]
    freeze: [embeddings, "layers:1"]
  sequence:
    stages:
      - {tasks: [a]}
      - {tasks: [b], rehearsal: 0.1}
    ewc: {strength: 10}
"""
SCHEMA = recipe_schema()


def test_the_example_is_valid(write: Write) -> None:
    draft = read_recipe(write(VALID))
    assert draft.faults == []
    assert draft.recipe is not None
    assert list(draft.recipe.models) == draft.names("models") == ["single", "joint", "sequence"]
    assert draft.written is not None
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(plain(draft.written, resolved=False), SCHEMA)


WRONG = [
    ("suite: suites/small.yaml\n", "", 1, 1, "the recipe lacks `suite`"),
    ("name: family", "name: family\nepochs: 3", 3, 1, "unknown key `epochs` | `epochs` belongs to `training:`"),
    ("name: family", "name: family\nrank: 3", 3, 1, "unknown key `rank` | `rank` belongs to `adapter:`"),
    ("  config: {model_type: t5, d_model: 32}\n", "", 5, 1, "a backbone has either `checkpoint:` or `config:`"),
    ("model_type: t5, ", "", 6, 3, "`config:` needs `model_type`"),
    ("  tokenizer: 200\n", "", 6, 3, "`config:` needs `tokenizer:`"),
    ("temperature: 2.0", "temperature: 0", 10, 50, "`temperature` must be more than 0, not 0"),
    ("temperature: 2.0", "temperature: -1", 10, 50, "`temperature` must be more than 0, not -1"),
    ("strategy: temperature", "strategy: sqrt", 10, 30, "`temperature:` goes with `strategy: temperature`"),
    ("strategy: temperature, temperature: 2.0", "strategy: weights", 10, 14, "`strategy: weights` needs `weights:`"),
    ("strategy: temperature, temperature: 2.0", "strategy: wieghts", 10, 24, "did you mean `weights`?"),
    ("epochs: 2", "epochs: 2\n  examples: 10", 10, 3, "a budget is either `examples:` or `epochs:`"),
    ("{matrix: single}", "{matrix: pair}", 12, 20, "not text “pair”: did you mean `pairs`?"),
    ("tasks: [a, b]", "matrixx: all", 14, 5, "unknown key `matrixx`: did you mean `matrix`?"),
    ('"layers:1"', "layer", 15, 26, "“layer” is no part of a model: parts are backbone, embeddings, layers:K, head:TASK"),
    ("    stages:", "    tasks: [a]\n    stages:", 18, 5, "the `stages:` of a model name its tasks"),
    ("rehearsal: 0.1", "rehearsal: 1", 19, 33, "`rehearsal` must be less than 1, not 1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "column", "message"), WRONG)
def test_one_fault(write: Write, old: str, new: str, line: int, column: int, message: str) -> None:
    assert VALID.count(old) == 1
    (fault,) = read_recipe(write(VALID.replace(old, new))).faults
    assert message in f"{fault.message} | {fault.hint}"
    assert fault.place is not None
    assert (fault.place.line, fault.place.column) == (line, column)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("suite: suites/small.yaml\n", ""),
        ("temperature: 2.0", "temperature: 0"),
        ("  tokenizer: 200\n", ""),
        ('"layers:1"', "layer"),
        ("{matrix: single}", "{matrix: pair}"),
    ],
)
def test_what_the_schema_refuses(write: Write, old: str, new: str) -> None:
    draft = read_recipe(write(VALID.replace(old, new)))
    assert draft.written is not None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(draft.written, resolved=False), SCHEMA)


def test_all_faults_at_once(write: Write) -> None:
    text = VALID.replace("epochs: 2", "epochs: -2").replace("rehearsal: 0.1", "rehearsal: 2").replace("version: 1", "")
    assert len(read_recipe(write(text)).faults) == 3


def test_a_recipe_extends_another_and_keeps_its_paths_right(write: Write, tmp_path: Path) -> None:
    (tmp_path / "shared" / "bases" / "here").mkdir(parents=True)
    write(
        """
        version: 1
        name: shared
        suite: ../suite.yaml
        output: out
        backbone: {checkpoint: bases/here}
        models:
          hub: {backbone: {checkpoint: google/t5-small}}
          rows: {rows: {a: {path: more.jsonl}}, distil: {teacher: hub}}
        """,
        "shared/base.yaml",
    )
    draft = read_recipe(write("extends: ../shared/base.yaml\nname: own\noutput: here\n", "recipes/own.yaml"))
    assert draft.faults == []
    recipe = draft.recipe
    assert recipe is not None
    assert (recipe.name, recipe.suite, recipe.output) == ("own", "../suite.yaml", "here")
    assert recipe.backbone.checkpoint == "../shared/bases/here"
    hub, rows = recipe.models["hub"], recipe.models["rows"]
    assert hub.backbone is not None
    assert hub.backbone.checkpoint == "google/t5-small"
    assert rows.rows["a"].path == "../shared/more.jsonl"
    assert rows.distil is not None
    assert rows.distil.teacher == "hub"


def test_recipes_in_a_circle(write: Write) -> None:
    (fault,) = [fault for fault in read_recipe(write("extends: suite.yaml")).faults if "circle" in fault.message]
    assert fault.message == "recipes that extend each other in a circle: suite.yaml → suite.yaml"


def test_the_example_in_the_manual_is_sound(write: Write) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    assert read_recipe(write(manual.split("```yaml\n")[1].split("```")[0])).faults == []
