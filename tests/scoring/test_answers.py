"""Predictions on disk → confusions, flips and slices: by length, by label, by columns of the data."""

from __future__ import annotations

import pytest

import mtlbench
from mtlbench.results import Results
from tests.projects import write_rows

SUITE = """\
version: 1
name: reviews
models:
  both: {predictions: both, trained_on: [mood, other]}
  alone: {predictions: alone, trained_on: [mood]}
tasks:
  mood:
    kind: classification
    data: {path: mood.jsonl}
    input: "{text}"
    reference: label
    labels: {bad: 0, good: 1}
    groups: [region]
    slices: [source, year]
significance: {resamples: 100, permutations: 99}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """120 reviews: `both` fails on the 40 from the web, which are also the longest; `alone` on the last four."""
    folder = tmp_path_factory.mktemp("reviews")
    rows = [
        {
            "id": f"r{n}",
            "text": " ".join(["word"] * (20 if n < 40 else 5 + n % 3)),
            "label": n % 2,
            "region": None if n < 4 else "north",
            "source": "web" if n < 40 else "print",
            "year": 1900 + n,
        }
        for n in range(120)
    ]
    write_rows(folder / "mood.jsonl", rows)
    words = ["bad", "good"]
    made = {
        "both": ["neither" if n == 0 else words[1 - n % 2] if n < 40 else words[n % 2] for n in range(120)],
        "alone": [words[n % 2] if n < 116 else words[1 - n % 2] for n in range(120)],
    }
    for model, outputs in made.items():
        (folder / model).mkdir()
        (folder / model / "mood.txt").write_text("\n".join(outputs) + "\n")
    (folder / "suite.yaml").write_text(SUITE)
    loaded = mtlbench.load_suite(folder / "suite.yaml")
    return mtlbench.score(mtlbench.execute(mtlbench.plan(loaded, output=folder / "results")))


def test_confusions(results: Results) -> None:
    cells = {(row.reference, row.prediction): row.count for row in results.confusions if row.model == "both"}
    assert cells == {
        ("bad", "bad"): 40,
        ("bad", "good"): 19,
        ("bad", None): 1,
        ("good", "good"): 40,
        ("good", "bad"): 20,
    }


def test_flips(results: Results) -> None:
    row = next(row for row in results.flips if (row.model, row.baseline) == ("both", "alone"))
    assert (row.lost_count, row.won_count, row.both_right, row.both_wrong, row.oracle) == (40, 4, 76, 0, 100)
    assert row.lost == [f"r{n}" for n in range(20)]
    assert row.won == ["r116", "r117", "r118", "r119"]
    assert row.complementarity == 100


def test_slices(results: Results) -> None:
    mine = {(row.column, row.slice): row for row in results.slices if row.model == "both"}
    assert {column for column, _ in mine} == {"input words", "label", "region", "source", "year"}
    web = mine["source", "web"]
    assert (web.n, web.value, web.rest, web.worse) == (40, 0, 100, True)
    assert mine["input words", "20"].n == 40
    assert mine["year", "1900 to 1929"].worse
    assert mine["label", "good"].value == pytest.approx(100 * 40 / 60)
    few = mine["region", "(none)"]
    assert (few.n, few.value, few.reason) == (4, None, "fewer than 30 examples in it")
    assert not any(row.worse for row in results.slices if row.model == "alone" and row.column != "year")
