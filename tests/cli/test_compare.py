"""`mtlbench compare`: what differs between runs comes first, other rows are refused, differences are those by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import mtlbench as api
from mtlbench.results import RunFolder
from tests.projects import mtlbench, write_rows

SUITE = """\
version: 1
name: {name}
seed: {seed}
models:
  first: {{predictions: first}}
  second: {{predictions: second}}
tasks:
  mood:
    kind: classification
    data: {{path: mood.jsonl}}
    input: "{template}"
    reference: label
    labels: [bad, good]
    metrics: [{metric}]
  rating:
    kind: regression
    data: {{path: rating.jsonl}}
    input: "{{text}}"
    reference: value
    metrics: [mae]
    weight: 0
significance: {{resamples: 200, permutations: 199}}
"""
WORDS = ("bad", "good")


def a_run(
    folder: Path,
    wrong: dict[str, Sequence[int]],
    rows: range = range(40),
    metric: str = "accuracy",
    seed: int = 3,
    template: str = "{text}",
    name: str = "moods",
) -> str:
    """A run of two models, each of which is wrong on some rows of `mood` and always 1 off on `rating`."""
    folder.mkdir(parents=True)
    write_rows(folder / "mood.jsonl", [{"id": f"r{n}", "text": f"t{n}", "label": WORDS[n % 2]} for n in rows])
    write_rows(folder / "rating.jsonl", [{"text": f"t{n}", "value": n % 5} for n in range(30)])
    for model in ("first", "second"):
        (folder / model).mkdir()
        mood = [WORDS[(n % 2) ^ (n in wrong.get(model, ()))] for n in rows]
        (folder / model / "mood.txt").write_text("".join(f"{word}\n" for word in mood))
        (folder / model / "rating.txt").write_text("".join(f"{n % 5 + 1}\n" for n in range(30)))
    suite = folder / "suite.yaml"
    suite.write_text(SUITE.format(name=name, seed=seed, template=template, metric=metric))
    api.score(api.execute(api.plan(api.load_suite(suite), output=folder / "results")))
    return f"{folder.name}/results/{name}"


def the_folder(project: Path) -> RunFolder:
    (found,) = project.glob("results/*/*/manifest.json")
    return RunFolder(found.parent)


def compared(cwd: Path, *arguments: str) -> tuple[str, dict[str, Any]]:
    """What is printed, and the rows by (task, model)."""
    done = mtlbench("compare", *arguments, "--json", "found.json", cwd=cwd, COLUMNS="160")
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((cwd / "found.json").read_text())


def by_task(found: dict[str, Any], model: str) -> dict[str, dict[str, Any]]:
    return {row["task"]: row for row in found["rows"] if row["model"] == model}


def test_models_of_one_name_are_compared_row_by_row(tmp_path: Path) -> None:
    a = a_run(tmp_path / "a", {"first": range(20), "second": range(5)})
    b = a_run(tmp_path / "b", {"second": range(5)})
    text, found = compared(tmp_path, a, b)
    first, second = by_task(found, "B:first"), by_task(found, "B:second")
    assert (first["mood"]["baseline_value"], first["mood"]["value"], first["mood"]["delta"]) == (50, 100, 50)
    assert first["mood"]["n"] == 40
    assert first["mood"]["p_value"] == pytest.approx(2 * 0.5**20)
    assert first["mood"]["p_adjusted"] == pytest.approx(3 * 2 * 0.5**20), "Holm, of two tasks and the overall"
    assert first["overall"]["delta"] == 50
    assert (second["mood"]["delta"], second["mood"]["p_value"]) == (0, 1)
    assert (second["rating"]["delta"], second["rating"]["higher_is_better"]) == (0, False)
    assert found["differences"] == []
    assert "Nothing but models differs between A and B." in text
    assert "▲ better" in text
    assert "mae ↓" in text


def test_two_models_of_a_run_differ_as_in_its_results(tmp_path: Path) -> None:
    a = a_run(tmp_path / "a", {"first": range(9), "second": range(7, 20)})
    _, found = compared(tmp_path, f"{a}:second", f"{a}:first")
    (row,) = (row for row in the_folder(tmp_path / "a").read_results().comparisons if row.task == "overall")
    mine = by_task(found, "B:first")["overall"]
    assert (row.model, row.baseline) == ("first", "second")
    assert mine["delta"] == row.delta == 10
    assert (mine["ci_low"], mine["ci_high"]) == (row.ci_low, row.ci_high)


def test_a_third_run_is_compared_with_the_first(tmp_path: Path) -> None:
    runs = [a_run(tmp_path / name, {"first": range(wrong)}) for name, wrong in (("a", 4), ("b", 2), ("c", 8))]
    _, found = compared(tmp_path, *(f"{run}:first" for run in runs), "--tasks", "mood")
    deltas = {row["model"]: (row["baseline"], row["delta"]) for row in found["rows"] if row["task"] == "mood"}
    assert deltas == {"B:first": ("A:first", 5.0), "C:first": ("A:first", -10.0)}


def test_what_differs_is_told_in_order(tmp_path: Path) -> None:
    a = a_run(tmp_path / "a", {})
    b = a_run(tmp_path / "b", {}, seed=4, template="say: {text}")
    folder = the_folder(tmp_path / "b")
    manifest = folder.read_manifest()
    pairs = [pair.model_copy(update={"generation": {"num_beams": 4}}) for pair in manifest.pairs]
    hardware = manifest.hardware.model_copy(update={"processor": "another"})
    update = {"versions": {"torch": "1.0"}, "hardware": hardware, "pairs": pairs}
    folder.write_manifest(manifest.model_copy(update=update))
    text, found = compared(tmp_path, a, b)
    rows = {row["what"]: row for row in found["differences"]}
    about = [row["about"] for row in found["differences"]]
    assert list(dict.fromkeys(about)) == ["tasks", "generation", "versions", "hardware", "statistics"]
    assert (rows["input"]["where"], rows["input"]["other"]) == (["mood"], "say: {text}")
    assert (rows["num_beams"]["where"], rows["num_beams"]["other"]) == (["mood", "rating"], "4")
    assert (rows["seed"]["baseline"], rows["seed"]["other"]) == ("3", "4")
    assert text.index("What differs between A and B") < text.index("B:first − A:first")
    assert by_task(found, "B:first")["mood"]["n"] == 40, "the same data asked in other words is compared"


def test_other_rows_are_refused_and_the_common_ones_compared(tmp_path: Path) -> None:
    a = a_run(tmp_path / "a", {"first": range(20)})
    b = a_run(tmp_path / "b", {}, rows=range(10, 60))
    done = mtlbench("compare", a, b, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("error:") == 1
    assert "mood (40 and 50 rows, 30 of them the same)" in done.stderr
    assert "--common" in done.stderr
    text, found = compared(tmp_path, a, b, "--common")
    mood = by_task(found, "B:first")["mood"]
    assert (mood["n"], mood["left_out"]) == (30, 30)
    assert mood["delta"] == pytest.approx(100 / 3), "wrong on 10 of 30 rows"
    assert "30 of mood" in text
    assert found["differences"][0]["about"] == "data"


def test_a_task_without_common_rows_is_named_and_dropped(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", {}), a_run(tmp_path / "b", {}, rows=range(40, 80))
    text, found = compared(tmp_path, a, b, "--common")
    rows = by_task(found, "B:first")
    assert "mood" not in rows
    assert rows["overall"]["delta"] is None
    assert "mood" in rows["overall"]["reason"]
    assert "not compared on mood: A and B share no row of it" in text
    assert mtlbench("compare", a, b, "--common", "--tasks", "mood", cwd=tmp_path).returncode == 2


def test_other_metrics_are_refused_whatever_the_rows(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", {}), a_run(tmp_path / "b", {}, metric="f1_macro")
    done = mtlbench("compare", a, b, "--common", cwd=tmp_path)
    assert done.returncode == 2
    assert "mood by accuracy" in done.stderr
    assert "f1_macro" in done.stderr
    assert compared(tmp_path, a, b, "--tasks", "rating")[1]["differences"] == []


def test_what_one_model_lacks_is_null_with_a_reason(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", {}), a_run(tmp_path / "b", {})
    folder = the_folder(tmp_path / "b")
    manifest = folder.read_manifest()
    pairs = [pair for pair in manifest.pairs if (pair.model, pair.task) != ("first", "mood")]
    folder.write_manifest(manifest.model_copy(update={"pairs": pairs}))
    text, found = compared(tmp_path, a, f"{b}:first")
    rows = by_task(found, "B:first")
    assert (rows["mood"]["delta"], rows["mood"]["reason"]) == (None, "B:first has no predictions for mood")
    assert rows["overall"]["reason"] == "B:first: no score on mood"
    assert rows["rating"]["delta"] == 0
    assert "B:first has no predictions for mood" in text


def test_comparing_leaves_the_runs_as_they_are(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", {}), a_run(tmp_path / "b", {})
    folder = the_folder(tmp_path / "a")
    folder.statistics_path("first", "mood").unlink()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert mtlbench("compare", a, b, cwd=tmp_path).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def unfinished(project: Path) -> None:
    folder = the_folder(project)
    folder.write_manifest(folder.read_manifest().model_copy(update={"status": "running"}))


def unscored(project: Path) -> None:
    the_folder(project).results_path.unlink()


def not_a_run(project: Path) -> None:
    shutil.rmtree(project / "results")
    (project / "results" / "moods").mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (unfinished, ["not finished", "run the suite again"]),
        (unscored, ["not scored", "mtlbench score"]),
        (not_a_run, ["no run in b/results/moods"]),
    ],
)
def test_what_is_no_whole_run_is_told(tmp_path: Path, spoil: Callable[[Path], None], told: list[str]) -> None:
    a, b = a_run(tmp_path / "a", {}), a_run(tmp_path / "b", {})
    spoil(tmp_path / "b")
    done = mtlbench("compare", a, b, cwd=tmp_path)
    assert done.returncode == 2
    for part in told:
        assert part in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["RUN:frist", "RUN:second"], ["no model “frist”: did you mean `first`?", "first, second"]),
        (["RUN", "RUN"], ["is named twice", "RUN:MODEL"]),
        (["RUN:first", "RUN:first"], ["is named twice"]),
        (["RUN"], ["1 cannot be compared"]),
        (["RUN", "nowhere"], ["there is no run nowhere"]),
        (["RUN:first", "RUN:second", "--tasks", "moood"], ["no run has a task “moood”: did you mean `mood`?"]),
    ],
)
def test_wrong_arguments_are_told(tmp_path: Path, arguments: list[str], told: list[str]) -> None:
    a = a_run(tmp_path / "a", {})
    done = mtlbench("compare", *(each.replace("RUN", a) for each in arguments), cwd=tmp_path)
    assert done.returncode == 2
    for part in told:
        assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_runs_of_other_models_must_be_told_which(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", {}), a_run(tmp_path / "b", {})
    done = mtlbench("compare", f"{a}:first", f"{b}:second", cwd=tmp_path)
    assert done.returncode == 0, "two chosen models need not have one name"
    folder = the_folder(tmp_path / "b")
    manifest = folder.read_manifest()
    models = {name + "-new": record for name, record in manifest.models.items()}
    folder.write_manifest(manifest.model_copy(update={"models": models}))
    done = mtlbench("compare", a, b, cwd=tmp_path)
    assert done.returncode == 2
    assert "A and B have no model of the same name: first, second against first-new, second-new" in done.stderr
