"""What is published under results/ is so: its suites give these scores, and its records make a board."""

from __future__ import annotations

from pathlib import Path

import mtlbench as api

ROOT = Path(__file__).parents[2]


def test_the_suite_of_floors_gives_the_published_scores(tmp_path: Path) -> None:
    (published,) = api.publish([ROOT / "results/floors"], tmp_path / "site")
    run = api.execute(api.plan(api.load_suite(ROOT / "suites/floors.yaml"), output=tmp_path))
    keys = ("model", "task", "metric", "value", "reason")
    assert {tuple(getattr(row, key) for key in keys) for row in published.results.scores} == {
        tuple(getattr(row, key) for key in keys)
        for row in api.score(run).scores
        if "." not in row.metric
    }  # fmt: skip


def test_all_published_records_make_boards(tmp_path: Path) -> None:
    boards = api.publish([ROOT / "results"], tmp_path)
    assert [board.results.suite.name for board in boards] == ["floors", "quickstart"]
    assert not any(board.apart for board in boards)
