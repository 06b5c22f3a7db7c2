"""A recipe's faults, each at its place, and all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtlbench.suite.faults import Fault, InputError, SuiteError
from mtlbench.training.loading import load_recipe
from tests.training.projects import write_rows, write_training_project

BERT = "{config: {model_type: bert, hidden_size: 16}, tokenizer: 150}"
STAGES = "{stages: [{tasks: [mood]}, {tasks: [stars]}]"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return write_training_project(tmp_path)


def faults_of(recipe: Path) -> list[Fault]:
    with pytest.raises(SuiteError) as caught:
        load_recipe(recipe)
    return caught.value.faults


def told(faults: list[Fault]) -> list[tuple[str | None, int | None, int | None, str]]:
    return [
        (
            fault.place and fault.place.file.name,
            fault.place and fault.place.line,
            fault.place and fault.place.column,
            f"{fault.message} | {fault.hint}",
        )
        for fault in faults
    ]


def with_models(recipe: Path, models: str, training: str = "{examples: 32}") -> Path:
    text = recipe.read_text()
    head = text[: text.index("training:")]
    recipe.write_text(f"{head}training: {training}\nmodels:\n{models}\n")
    return recipe


def test_a_sound_recipe(recipe: Path) -> None:
    loaded = load_recipe(recipe)
    assert list(loaded.planned) == ["single-mood", "single-stars", "joint"]
    assert loaded.planned["joint"].tasks == ("mood", "stars", "headline")
    assert loaded.output == recipe.parent / "out"
    assert loaded.evaluation == recipe.parent / "out" / "suite.yaml"
    assert set(loaded.suite.datasets) == {"mood", "stars", "headline"}
    assert loaded.members(["single", "joint"]) == ["single-mood", "single-stars", "joint"]
    assert loaded.members(["single-mood"]) == ["single-mood"]
    with pytest.raises(InputError, match="no model “jiont”: did you mean `joint`"):
        loaded.members(["jiont"])


MODELS = {
    "unknown tasks": (
        f"  m: {{tasks: [mod, mood, mood]}}\n  s: {STAGES[:-1].replace('mood', 'stras')}]}}",
        [
            (10, 15, "the suite has no task “mod”: did you mean `mood`? | its tasks are mood, stars, headline"),
            (10, 26, "the task “mood” stands twice"),
            (11, 25, "the suite has no task “stras”: did you mean `stars`?"),
        ],
    ),
    "names of other tasks": (
        "  m:\n    tasks: [mood]\n    sampling: {strategy: weights, weights: {mood: 1, stars: 1}}\n"
        "    rows: {stars: {path: data/stars/train.jsonl}}\n  n:\n    balancing: {strategy: fixed, weights: {mood: 1}}",
        [
            (12, 54, "“stars” is none of the tasks trained on here | they are mood"),
            (13, 12, "“stars” is none of the tasks trained on here"),
            (15, 43, "`balancing.weights` says nothing of stars, headline"),
        ],
    ),
    "weights that are all 0": (
        "  m: {tasks: [mood], sampling: {strategy: weights, weights: {mood: 0}}}",
        [(10, 61, "`sampling.weights` are all 0 for mood")],
    ),
    "freezing": (
        '  m: {freeze: ["head:mood"]}\n  n: {freeze: [backbone], unfreeze_every: 1.0}\n'
        f'  b: {{tasks: [mood], backbone: {BERT}, freeze: ["head:stars"]}}',
        [
            (10, 15, "a model of kind text2text has no heads to freeze"),
            (11, 43, "`unfreeze_every` trains all layers in the end, which `freeze: [backbone]` forbids"),
            (12, 103, "`head:stars` is no head of a model trained on mood"),
        ],
    ),
    "models that are not there": (
        "  family: {matrix: single, tasks: [mood, stars]}\n  m: {starts_from: famly-mood}\n  n: {starts_from: family}\n"
        "  o: {distil: {teacher: nobody}}\n  p: {distil: {teacher: family-mood}}",
        [
            (11, 20, "the recipe has no model “famly-mood”: did you mean `family-mood`?"),
            (12, 20, "“family” stands for 2 models | name one of them: family-mood, family-stars"),
            (13, 25, "the recipe has no model “nobody”"),
            (14, 25, "the teacher family-mood is not trained on headline, stars"),
        ],
    ),
    "a circle": (
        "  m: {starts_from: n}\n  n: {distil: {teacher: m}}",
        [(10, 20, "models that need each other to be trained first: m → n → m")],
    ),
    "itself": ("  m: {starts_from: m}", [(10, 20, "models that need each other to be trained first: m → m")]),
    "names that clash": (
        "  m: {matrix: single, tasks: [mood]}\n  m-mood: {tasks: [stars]}",
        [(10, 3, "two models would be called m-mood"), (11, 3, "two models would be called m-mood")],
    ),
    "a matrix of one task": (
        "  m: {matrix: pairs, tasks: [mood]}\n  n: {}",
        [(10, 15, "`matrix: pairs` makes no model of a single task")],
    ),
    "heads": (
        f"  m: {{backbone: {BERT}}}\n  n: {{heads: {{mood: {{pooling: mean}}}}}}\n"
        f"  o: {{tasks: [mood], backbone: {BERT}, adapter: {{type: prefix}}}}",
        [
            (10, 3, "task headline asks for text, which no head of an encoder gives"),
            (11, 7, "`heads` are of encoders, and the backbone is of kind text2text"),
            (12, 111, "a prefix adapter is for models that generate text"),
        ],
    ),
    "unlike heads in a stage of EWC": (
        f"  m:\n    backbone: {BERT}\n    stages: [{{tasks: [mood, stars]}}, {{tasks: [mood]}}]\n    ewc: {{strength: 1}}\n"
        "  t:\n    stages: [{tasks: [mood, stars]}, {tasks: [mood]}]\n    ewc: {strength: 1}",
        [(12, 22, "these have unlike heads: mood (classification), stars (regression)")],
    ),
    "bases": (
        "  m: {backbone: {checkpoint: no/such/folder}}\n  n: {backbone: {config: {model_type: t6}, tokenizer: no/such/folder}}",
        [
            (10, 30, "there is no folder"),
            (11, 26, "t6"),
            (11, 55, "there is no folder no/such/folder"),
        ],
    ),
    "a curriculum": (
        "  m: {tasks: [mood], sampling: {strategy: curriculum, by: size}}\n"
        "  n: {tasks: [mood], sampling: {strategy: curriculum, by: label}}\n"
        "  o: {tasks: [stars], sampling: {strategy: curriculum, by: stars}}",
        [
            (10, 59, "data/mood/train.jsonl has no column “size” | leave the key out for the length"),
            (11, 59, "`label` of line 1 of data/mood/train.jsonl is no number"),
        ],
    ),
    "rows of its own": (
        "  m: {tasks: [mood], rows: {mood: {path: nowhere.jsonl}}}",
        [(10, 29, "there is no file nowhere.jsonl")],
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_models(recipe: Path, case: str) -> None:
    models, expected = MODELS[case]
    found = told(faults_of(with_models(recipe, models)))
    assert len(found) == len(expected), found
    for line, column, message in expected:
        places = [(each[1], each[2]) for each in found if message in each[3] and each[0] == "recipe.yaml"]
        assert places, (message, found)
        assert line is None or (line, column) in places, (message, found)


def test_weights_of_all_models_are_the_suites_tasks(recipe: Path) -> None:
    training = "{sampling: {strategy: weights, weights: {mood: 1, stars: 1, headline: 1}}}"
    assert load_recipe(with_models(recipe, "  m: {matrix: single}", training)).planned
    found = faults_of(with_models(recipe, "  m: {matrix: single}", training.replace("stars", "stras")))
    assert [each[3].split(" | ")[0] for each in told(found)] == [
        "`sampling.weights` says nothing of stars",
        "the suite has no task “stras”: did you mean `stars`?",
    ]


def test_tasks_without_training_rows(recipe: Path) -> None:
    folder = recipe.parent
    (folder / "data/mood/train.jsonl").rename(folder / "data/mood/tarin.jsonl")
    suite = folder / "suite.yaml"
    suite.write_text(suite.read_text().replace("{path: data/stars, split: test}", "{path: data/stars/test.jsonl}"))
    assert told(faults_of(recipe)) == [
        (
            "suite.yaml", 6, 18, "task `mood` has no train split: the folder data/mood holds no split “train” | did you "
            "mean “tarin”? it holds tarin.jsonl, test.jsonl, validation.jsonl",
        ),
        (
            "suite.yaml", 13, 18, "task `stars` has no train split: its rows are one file, data/stars/test.jsonl | give a "
            "folder with files such as train.jsonl as `path:`, and the evaluated one as `split:`",
        ),
    ]  # fmt: skip


def test_rows_of_a_models_own_make_up_for_a_split(recipe: Path) -> None:
    (recipe.parent / "data/mood/train.jsonl").rename(recipe.parent / "elsewhere.jsonl")
    models = "  m: {tasks: [mood], rows: {mood: {path: elsewhere.jsonl}}}"
    assert load_recipe(with_models(recipe, models)).planned["m"].rows["mood"].path == "elsewhere.jsonl"


def test_a_split_to_stop_by(recipe: Path) -> None:
    (recipe.parent / "data/stars/validation.jsonl").unlink()
    models = "  m: {tasks: [mood, stars], early_stopping: {every: 5}}"
    (found,) = told(faults_of(with_models(recipe, models)))
    assert found[:3] == ("suite.yaml", 13, 18)
    assert found[3].startswith("task `stars` has no validation split: ")


def test_an_empty_class(recipe: Path) -> None:
    write_rows(recipe.parent / "data/mood/train.jsonl", [{"text": "fine", "label": "positive"}] * 3)
    (found,) = told(faults_of(recipe))
    assert found == (
        "suite.yaml", 9, 14, "none of the 3 training rows of task `mood` (data/mood/train.jsonl) is “negative” | add such "
        "rows, or leave the label out",
    )  # fmt: skip


def test_training_rows_of_no_use(recipe: Path) -> None:
    write_rows(
        recipe.parent / "data/mood/train.jsonl", [{"text": "fine", "label": "good"}, {"text": "x", "label": "bad"}]
    )
    write_rows(recipe.parent / "data/headline/train.jsonl", [{"txt": "fine", "headline": "good"}])
    found = told(faults_of(recipe))
    assert [each[:2] for each in found] == [("suite.yaml", 8), ("suite.yaml", 19)]
    assert "2 of 2 references in data/mood/train.jsonl cannot be used" in found[0][3]
    assert "data/headline/train.jsonl has no column “text”: did you mean `txt`?" in found[1][3]


def test_a_suite_that_is_not_there(recipe: Path) -> None:
    recipe.write_text(recipe.read_text().replace("suite.yaml", "siute.yaml"))
    assert told(faults_of(recipe)) == [
        ("recipe.yaml", 3, 8, "there is no suite siute.yaml: did you mean suite.yaml? | ")
    ]


def test_faults_of_recipe_suite_and_rows_together(recipe: Path) -> None:
    recipe.write_text(
        recipe.read_text().replace("batch_size: 8", "batch_size: 0").replace("joint: {}", "joint: {tasks: [x]}")
    )
    suite = recipe.parent / "suite.yaml"
    suite.write_text(suite.read_text().replace("metrics: [rougeL]", "metrics: [rougeL]\n    wieght: 3"))
    write_rows(recipe.parent / "data/mood/train.jsonl", [{"text": "fine", "label": "positive"}] * 3)
    assert [(each[0], each[1]) for each in told(faults_of(recipe))] == [
        ("recipe.yaml", 8), ("recipe.yaml", 11), ("suite.yaml", 9), ("suite.yaml", 22),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("out/joint/notes.txt", "mine", "joint holds other work, which is left as it is"),
        ("out/joint/training.json", json.dumps({"recipe": "another"}), "joint holds other work"),
        ("out/suite.yaml", "version: 1\n", "suite.yaml was not written by `mtlbench train`"),
        ("out", "a file", "out is a file, where a folder is needed"),
    ],
)
def test_other_work_is_left_alone(recipe: Path, file: str, content: str, message: str) -> None:
    path = recipe.parent / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    (found,) = told(faults_of(recipe))
    assert found[:3] == ("recipe.yaml", 4, 9)
    assert message in found[3]
    assert path.read_text() == content
