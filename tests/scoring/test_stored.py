"""Statistics are kept with a run: only what has changed is computed again, whatever state the file is in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import mtlbench
from mtlbench.results import Results, RunFolder
from mtlbench.results.folder import read_table, write_table
from mtlbench.scoring.statistics import Scorer
from tests.projects import write_rows

SUITE = """\
version: 1
name: kept
models:
  m: {predictions: m}
tasks:
  mood:
    kind: classification
    data: {path: mood.jsonl}
    input: "{text}"
    reference: label
    labels: [bad, good]
    metrics: [accuracy, f1_macro]
  tale:
    kind: generation
    data: {path: mood.jsonl}
    input: "{text}"
    reference: tale
    metrics: [bleu, distinct_1, "own.py:Ends"]
significance: {resamples: 200, permutations: 199}
"""
ENDS = """\
from mtlbench.metrics.mean import MeanMetric, counted

class Ends(MeanMetric):
    accepts = {"text"}

    def __init__(self, name, context, *, mark="."):
        self.mark = mark

    def statistics(self, predictions, references):
        return counted([float(text.endswith(self.mark)) for text in predictions])
"""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    rows = [{"text": f"t{n}", "label": ["bad", "good"][n % 2], "tale": f"the cat {n} sat."} for n in range(20)]
    write_rows(tmp_path / "mood.jsonl", rows)
    (tmp_path / "own.py").write_text(ENDS)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "mood.txt").write_text("".join(f"{['bad', 'Good'][n % 2]}\n" for n in range(20)))
    (tmp_path / "m" / "tale.txt").write_text("".join(f"the cat {n}{'.' * (n % 2)}\n" for n in range(20)))
    (tmp_path / "suite.yaml").write_text(SUITE)
    run = mtlbench.execute(mtlbench.plan(mtlbench.load_suite(tmp_path / "suite.yaml"), output=tmp_path / "results"))
    mtlbench.score(run)
    return run


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunFolder], tuple[list[str], Results]]:
    """Scores a run and says which metrics were computed for it."""
    names: list[str] = []
    plain = Scorer.statistics

    def counted(self: Scorer, metrics, *texts):  # type: ignore[no-untyped-def]
        names.extend(metric.name for metric in metrics)
        return plain(self, metrics, *texts)

    monkeypatch.setattr(Scorer, "statistics", counted)

    def score(run: RunFolder) -> tuple[list[str], Results]:
        names.clear()
        results = mtlbench.score(run)
        return list(names), results

    return score


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nothing_changed(run, computed):
    """All but `distinct_1`, which must have seen the texts; and the results are the same to the last bit."""
    before = run.results_path.read_bytes()
    assert computed(run)[0] == ["distinct_1"]
    assert run.results_path.read_bytes() == before


def test_an_added_metric_is_computed_alone(run, computed):
    before = {row.metric: row for row in run.read_results().scores}
    edit(run.suite_path, "- f1_macro\n", "- f1_macro\n    - mcc\n")
    names, results = computed(run)
    assert names == ["mcc", "distinct_1"]
    after = {row.metric: row for row in results.scores}
    assert after.pop("mcc").value is not None
    assert after == before
    assert computed(run)[0] == ["distinct_1"], "it is stored with the others"


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("- own.py:Ends\n", "- own.py:Ends: {mark: t}\n", ["distinct_1", "own.py:Ends"]),
        ("- bleu\n", "- bleu: {tokenize: char}\n", ["bleu", "distinct_1"]),
        (
            "    labels:\n",
            "    match: normalized\n    labels:\n",
            ["accuracy", "f1_macro", "invalid_rate", "distinct_1"],
        ),
    ],
)
def test_what_has_changed_is_computed_anew(run, computed, old, new, names):
    edit(run.suite_path, old, new)
    assert computed(run)[0] == names


@pytest.mark.parametrize(
    ("new", "message"), [("f1_makro", "no metric “f1_makro”"), ("f1_macro: {b: 1}", "argument 'b'")]
)
def test_a_wrong_edit_is_told_as_such(run, new, message):
    edit(run.suite_path, "- f1_macro\n", f"- {new}\n")
    with pytest.raises(mtlbench.InputError, match=message):
        mtlbench.score(run)


def test_a_changed_file_of_the_users(run, computed, tmp_path):
    edit(tmp_path / "own.py", "float(text", "0.5 * float(text")
    names, results = computed(run)
    assert names == ["distinct_1", "own.py:Ends"]
    assert next(row.value for row in results.scores if row.metric == "own.py:Ends") == 25


def test_changed_predictions(run, computed):
    path = run.predictions_path("m", "mood")
    table = read_table(path)
    write_table(path, table.set_column(table.column_names.index("output"), "output", [["good"] * 20]))
    names, results = computed(run)
    assert names == ["accuracy", "f1_macro", "invalid_rate", "distinct_1"]
    assert results.scores[0].value == 50


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def overwritten(path: Path) -> None:
    """A flipped bit among the numbers, which no decoder need notice."""
    whole = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    whole[(column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size // 2] ^= 4
    path.write_bytes(whole)


def rows_lost(path: Path) -> None:
    write_table(path, read_table(path).slice(1))


def column_lost(path: Path) -> None:
    write_table(path, read_table(path).drop_columns(["accuracy.count"]))


def unsigned(path: Path) -> None:
    write_table(path, read_table(path).replace_schema_metadata(None))


@pytest.mark.parametrize("spoil", [truncated, overwritten, rows_lost, column_lost, unsigned, Path.unlink])
def test_a_spoilt_file_is_computed_anew(run, computed, spoil):
    before = run.results_path.read_bytes()
    spoil(run.statistics_path("m", "mood"))
    assert computed(run)[0] == ["accuracy", "f1_macro", "invalid_rate", "distinct_1"]
    assert run.results_path.read_bytes() == before
