"""What is published under results/ is so: its suites give these scores, and its records make a board."""

from __future__ import annotations

from pathlib import Path

import mtlbench as api
from mtlbench.results.schema import ScoreRow

ROOT = Path(__file__).parents[2]


def test_the_suite_of_floors_gives_the_published_scores(tmp_path: Path) -> None:
    (published,) = api.publish([ROOT / "results/floors"], tmp_path / "site")
    run = api.execute(api.plan(api.load_suite(ROOT / "suites/floors.yaml"), output=tmp_path))

    def told(row: ScoreRow) -> tuple[object, ...]:
        """Processors of different kinds round the last digit of a sum differently."""
        return row.model, row.task, row.metric, row.value and round(row.value, 9), row.reason

    scores = api.score(run).scores
    assert set(map(told, published.results.scores)) == {told(row) for row in scores if "." not in row.metric}


def test_all_published_records_make_boards(tmp_path: Path) -> None:
    boards = api.publish([ROOT / "results"], tmp_path)
    assert [board.results.suite.name for board in boards] == ["floors", "quickstart"]
    assert not any(board.apart for board in boards)
