"""Predictions on disk → results: clusters, methods, parts, aggregates, and what `mtlbench power` makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import mtlbench
from mtlbench.analysis.power import run_precision
from mtlbench.cli.app import run_command
from mtlbench.results import Results
from tests.projects import write_rows

SUITE = """\
version: 1
name: passages
models:
  both: {{predictions: both, trained_on: [mood, other]}}
  alone: {{predictions: alone, trained_on: [mood]}}
tasks:
  mood:
    kind: classification
    data: {{path: mood.jsonl}}
    input: "{{text}}"
    reference: label
    labels: [bad, good]
    metrics: [accuracy, f1_macro]
{extra}
significance: {{resamples: 200, permutations: 199}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """60 rows from 12 passages and two rows from none; the models differ on whole passages."""
    labels = ["good" if row % 3 else "bad" for row in range(62)]
    rows = [{"text": f"t{n}", "label": y, "passage": f"p{n // 5}" if n < 60 else None} for n, y in enumerate(labels)]
    write_rows(tmp_path / "mood.jsonl", rows)
    for model, wrong in (("both", range(55, 60)), ("alone", range(15))):
        (tmp_path / model).mkdir()
        other = {"good": "bad", "bad": "good"}
        lines = [other[y] if n in wrong else y for n, y in enumerate(labels)]
        (tmp_path / model / "mood.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def scored(project: Path, extra: str = "") -> Results:
    (project / "suite.yaml").write_text(SUITE.format(extra=extra))
    loaded = mtlbench.load_suite(project / "suite.yaml")
    return mtlbench.score(mtlbench.execute(mtlbench.plan(loaded, output=project / "results")))


def test_rows(project: Path) -> None:
    results = scored(project)
    methods = {row.metric: row.method for row in results.scores if row.model == "both"}
    assert methods["accuracy"] == methods["invalid_rate"] == "wilson"
    assert methods["f1_macro"] == "bca"
    row = next(row for row in results.comparisons if row.task == "mood")
    assert (row.test, row.method, row.odds_ratio) == ("McNemar, exact", "tango", 3)
    assert row.p_value == pytest.approx(0.0414, abs=1e-4)
    names = {row.name for row in results.aggregates}
    assert {"harmonic_mean", "win_rate", "task_bootstrap"} <= names


def test_rare_classes_are_told(project: Path) -> None:
    assert [row.code for row in scored(project).warnings if row.code == "rare-class"] == []
    rows = [{"text": f"t{n}", "label": "good" if n else "bad", "passage": "p"} for n in range(62)]
    write_rows(project / "mood.jsonl", rows)
    (warning,) = (row for row in scored(project).warnings if row.code == "rare-class")
    assert warning.message.startswith("fewer than 10 examples of “bad” (1): ")


def test_clusters(project: Path) -> None:
    results = scored(project, "    cluster: passage")
    (task,) = results.tasks
    assert (task.cluster, task.clusters, task.n) == ("passage", 14, 62)
    assert {row.method for row in results.scores if row.metric == "accuracy"} == {"clustered t"}
    row = next(row for row in results.comparisons if row.task == "mood")
    assert (row.test, row.p_value) == ("paired permutation, exact", 10 / 16)
    assert row.odds_ratio is None
    plain = scored(project)
    assert plain.tasks[0].fingerprint == task.fingerprint
    wide, narrow = (next(row for row in each.scores if row.headline) for each in (results, plain))
    assert wide.value == narrow.value
    assert wide.ci_low is not None
    assert narrow.ci_low is not None
    assert wide.ci_low < narrow.ci_low


def test_no_such_column(project: Path) -> None:
    with pytest.raises(mtlbench.SuiteError, match="no column “pasage”: did you mean `passage`"):
        scored(project, "    cluster: pasage")


def test_power_of_a_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (task,) = run_precision(scored(project))
    assert task.paired
    found = next(row.mde for row in scored(project).comparisons if row.task == "mood")
    assert found is not None
    assert task.mde(0.05, 0.8) == pytest.approx(found)
    assert run_command(["power", str(project / "results" / "passages"), "--effect", "5"]) == 0
    shown = capsys.readouterr().out
    assert f"{found:.2f} pt" in shown
    assert f"{task.needed(5, 0.05, 0.8):,}" in shown


def test_power_without_a_comparison(project: Path) -> None:
    results = scored(project).model_copy(update={"comparisons": []})
    (task,) = run_precision(results)
    assert not task.paired
    assert task.se == pytest.approx(2**0.5 * 100 * (0.84 * 0.16 / 62) ** 0.5, rel=0.3)


def test_power_of_assumptions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["power", "--n", "1000", "--disagreement", "0.1"]) == 0
    assert "2.80 pt             7,849" in capsys.readouterr().out
    for wrong in (["power"], ["power", "--n", "10", "--disagreement", "2"], ["power", "--effect", "0"]):
        assert run_command(wrong) == 2


def test_seeds(project: Path) -> None:
    (project / "suite.yaml").write_text(
        SUITE.format(extra="").replace("{predictions: alone,", "{predictions: alone, seed_of: both,")
    )
    loaded = mtlbench.load_suite(project / "suite.yaml")
    results = mtlbench.score(mtlbench.execute(mtlbench.plan(loaded, output=project / "results")))
    assert [(row.model, row.task, row.seeds) for row in results.seeds] == [("both", "mood", 2), ("both", "overall", 2)]


@pytest.mark.parametrize(
    ("other", "message"), [("alone", "cannot be a seed of itself"), ("boht", "no model “boht”: did you mean `both`")]
)
def test_no_such_seed(project: Path, other: str, message: str) -> None:
    text = SUITE.format(extra="").replace("{predictions: alone,", f"{{predictions: alone, seed_of: {other},")
    (project / "suite.yaml").write_text(text)
    with pytest.raises(mtlbench.SuiteError, match=message):
        mtlbench.load_suite(project / "suite.yaml")


def test_a_score_without_bounds_needs_them_for_the_overall(project: Path) -> None:
    write_rows(project / "number.jsonl", [{"text": "a", "label": 1.0}, {"text": "b", "label": 2.0}])
    for model in ("both", "alone"):
        (project / model / "mood.txt").write_text("1\n2\n")
    text = SUITE.format(extra="overall: {normalize: floor_ceiling}").replace("mood.jsonl", "number.jsonl")
    text = text.replace("classification", "regression").replace("    labels: [bad, good]\n", "")
    (project / "suite.yaml").write_text(text.replace("[accuracy, f1_macro]", "[mae]"))
    with pytest.raises(mtlbench.SuiteError, match="task `mood` needs `floor`: mae has no bound there"):
        mtlbench.load_suite(project / "suite.yaml")


def test_parts_are_rows_of_their_own(project: Path) -> None:
    results = scored(project)
    parts = {row.metric: row for row in results.scores if row.model == "both" and row.metric.startswith("f1_macro.")}
    assert "f1_macro.f1[good]" in parts
    row = parts["f1_macro.f1[good]"]
    assert (row.method, row.headline) == ("jackknife t", False)
    assert row.value is not None
    assert row.ci_low is not None
    assert row.ci_low < row.value
    assert [metric.name for metric in results.tasks[0].metrics] == ["accuracy", "f1_macro", "invalid_rate"]
