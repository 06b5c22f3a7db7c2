"""Runs of several machines on one board: ranked together on the same rows, apart elsewhere, each with its history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import mtlbench as api
from mtlbench.board import export_records
from mtlbench.board.entry import entries
from mtlbench.board.history import remeasured, stretches
from mtlbench.board.merge import Board, merge
from mtlbench.board.standing import SHARED_DRAWS, UNPAIRED
from mtlbench.results import Results, RunFolder
from mtlbench.results.schema import ComparisonRow
from tests.board.worlds import a_run

GOOD, FAIR, POOR = range(2), range(12), range(40)
"""Rows that a model is wrong on: its accuracy is 98, 88 or 60."""
NOVEMBER, DECEMBER = "2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, RunFolder]:
    """Of the same rows, with other models."""
    world = tmp_path_factory.mktemp("two-runs")
    return a_run(world / "here", {"good": GOOD, "poor": POOR}), a_run(world / "there", {"fair": FAIR})


def board(*sources: object) -> Board:
    return merge(entries(sources))  # type: ignore[arg-type]


def standings(found: Board) -> list[tuple[str, float | None, int | None, int | None]]:
    return [(row.model, row.value, row.rank_low, row.rank_high) for row in found.results.overall]


def overall_tests(results: Results) -> dict[frozenset[str], float | None]:
    ranked = {row.model for row in results.overall}
    rows = (row for row in results.comparisons if row.task == "overall" and {row.model, row.baseline} <= ranked)
    return {frozenset((row.model, row.baseline)): row.p_value for row in rows}


def test_disjoint_models_of_two_runs_rank_as_in_one(two_runs: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    together = a_run(tmp_path / "one", {"good": GOOD, "fair": FAIR, "poor": POOR}).read_results()
    found = board(*two_runs).results
    assert [(row.model, row.value) for row in found.overall] == [("good", 98.0), ("fair", 88.0), ("poor", 60.0)]
    assert [row.model_dump() for row in found.overall] == [row.model_dump() for row in together.overall]
    theirs = overall_tests(together)
    assert overall_tests(found) == theirs
    assert len(theirs) == 3
    assert not found.warnings


def test_without_the_examples_models_are_told_apart_by_their_intervals(two_runs: tuple[RunFolder, RunFolder]) -> None:
    found = board(*(run.read_results() for run in two_runs))
    tests = {(row.model, row.baseline): row for row in found.results.comparisons}
    assert {pair: row.test == UNPAIRED for pair, row in tests.items()} == {
        ("good", "fair"): True, ("good", "poor"): False, ("fair", "poor"): True,
    }  # fmt: skip
    assert [(row.rank_low, row.rank_high) for row in found.results.overall] == [(1, 1), (2, 2), (3, 3)]
    (warning,) = found.results.warnings
    assert warning.message.startswith("2 of 3 pairs of models are told apart by their intervals alone")


def test_records_are_compared_on_their_shared_draws(two_runs: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    """Standard errors of differences as the runs' own paired intervals have them, and as no unpaired test could."""
    export_records(two_runs, tmp_path)
    with_folders = {(row.model, row.baseline): row for row in board(*two_runs).results.comparisons}
    alone = {(row.model, row.baseline): row for row in board(tmp_path).results.comparisons}
    apart = {
        (row.model, row.baseline): row for row in board(*(run.read_results() for run in two_runs)).results.comparisons
    }
    assert {row.test for row in alone.values()} == {SHARED_DRAWS}
    for pair, row in alone.items():
        assert width(row) == pytest.approx(width(with_folders[pair]), rel=0.15)
    assert width(apart["good", "fair"]) > width(alone["good", "fair"])
    assert standings(board(tmp_path)) == standings(board(*two_runs))


def width(row: ComparisonRow) -> float:
    assert row.ci_low is not None
    assert row.ci_high is not None
    return row.ci_high - row.ci_low


def test_records_and_folders_of_one_run_are_one_entry(two_runs: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    export_records(two_runs, tmp_path)
    found = entries([tmp_path, *two_runs])
    assert [entry.folder is not None for entry in found] == [True] * 3
    assert standings(board(tmp_path, *two_runs)) == standings(board(*two_runs))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rows": 90}, "other data of mood, topic"),
        ({"metric": "f1_macro"}, "another metric of mood"),
    ],
)
def test_other_data_or_metrics_are_shown_apart(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    old = a_run(tmp_path / "old", {"fair": FAIR}, created=NOVEMBER, **changes)  # type: ignore[arg-type]
    new = a_run(tmp_path / "new", {"good": GOOD}, created=DECEMBER)
    found = board(old, new)
    assert [row.model for row in found.results.overall] == ["good"]
    assert [(each.entry.model, each.reason) for each in found.apart] == [("fair", reason)]


def test_a_model_of_fewer_tasks_is_covered_in_part_even_if_newest(tmp_path: Path) -> None:
    whole = a_run(tmp_path / "whole", {"good": GOOD}, created=NOVEMBER)
    part = a_run(tmp_path / "part", {"fair": FAIR}, created=DECEMBER, tasks=["mood"])
    found = board(whole, part).results
    assert [(row.model, row.rank, row.coverage, row.reason) for row in found.overall] == [
        ("good", 1, 1.0, None),
        ("fair", None, 0.5, "no score on topic"),
    ]


def test_of_one_model_the_newest_counts_and_both_are_history(tmp_path: Path) -> None:
    first = a_run(tmp_path / "first", {"model": FAIR, "still": POOR}, created=NOVEMBER)
    second = a_run(tmp_path / "second", {"model": POOR, "still": POOR}, created=DECEMBER)
    found = board(second, first)
    assert [(row.model, row.value) for row in found.results.overall] == [("model", 60.0), ("still", 60.0)]
    drawn = {(each.model, each.task): each for each in stretches(found.entries)}
    assert set(drawn) == {("model", "overall"), ("model", "mood"), ("model", "topic")}  # `still` is one revision
    assert [point.value for point in drawn["model", "overall"].points] == [88.0, 60.0]
    (step,) = drawn["model", "overall"].steps
    assert (step.place, step.change, step.kind) == (1, pytest.approx(-28.0), "step")


def test_history_breaks_where_the_data_changed(tmp_path: Path) -> None:
    old = a_run(tmp_path / "old", {"model": FAIR}, rows=90, created=NOVEMBER)
    new = a_run(tmp_path / "new", {"model": FAIR}, created=DECEMBER)
    found = entries([old, new])
    assert [(each.task, len(each.points)) for each in stretches(found)] == [
        (task, 1) for task in ("overall", "overall", "mood", "mood", "topic", "topic")
    ]
    assert [(entry.created, reason) for entry, reason in remeasured(found)] == [(DECEMBER, "other data of mood, topic")]


def test_suites_lie_apart_and_each_run_has_its_page(tmp_path: Path) -> None:
    runs = [a_run(tmp_path / name, {"good": GOOD, "poor": POOR}, name=name) for name in ("moods", "other")]
    boards = api.publish(runs, tmp_path / "site")
    assert [each.results.suite.name for each in boards] == ["moods", "other"]
    pages = sorted(str(path.relative_to(tmp_path / "site")) for path in (tmp_path / "site").rglob("index.html"))
    ids = {name: run.read_manifest().run for name, run in zip(("moods", "other"), runs, strict=True)}
    assert pages == sorted(
        ["index.html", *(f"{n}/index.html" for n in ids), *(f"{n}/runs/{run}/index.html" for n, run in ids.items())]
    )
    assert f'href="runs/{ids["moods"]}/index.html"' in (tmp_path / "site/moods/index.html").read_text()
    assert 'href="other/index.html"' in (tmp_path / "site/index.html").read_text()


def test_publish_takes_results(two_runs: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    results: Results = two_runs[0].read_results()
    (found,) = api.publish([results], tmp_path)
    assert found.results.overall == list(results.overall)
    assert (tmp_path / "index.html").is_file()


def test_a_model_that_fell_out_of_its_folder_is_not_there(
    two_runs: tuple[RunFolder, RunFolder], tmp_path: Path
) -> None:
    """A run that is not scored is passed over in a folder of runs, and refused where it is named."""
    shutil.copytree(two_runs[0].path, tmp_path / "runs/a")
    shutil.copytree(two_runs[1].path, tmp_path / "runs/b")
    (tmp_path / "runs/b/results.json").unlink()
    assert [entry.model for entry in entries([tmp_path / "runs"])] == ["good", "poor"]
    with pytest.raises(api.InputError, match="cannot read"):
        entries([tmp_path / "runs/b"])
