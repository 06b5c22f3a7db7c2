"""Speeds: what is learned from a turn, what it foretells, and how it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.engines import Output
from mtlbench.runner.calibration import FILE, Calibration, Speed, shape
from mtlbench.runner.costs import Costs
from mtlbench.runner.estimate import UNMEASURED, Estimate, model_estimate
from mtlbench.runner.events import Spent
from mtlbench.runner.measuring import shares
from mtlbench.runner.moments import Moments
from mtlbench.runner.remaining import Remaining, expecting

SPEED = Speed(
    load=2, per_request=0.01, per_answer=0.1, per_input_token=0.001, per_output_token=0.02, mean=0.5, memory=7, answers=9
)  # fmt: skip


def moments(rows: Sequence[tuple[int, int, float]]) -> Moments:
    """Of outputs given as (input tokens, output tokens, seconds)."""
    found = Moments()
    found.add([Output("", read, written, seconds) for read, written, seconds in rows])
    return found


@pytest.mark.parametrize(
    ("answer", "read", "written"), [(0.5, 0.25, 2.0), (0.0, 0.125, 0.5), (0.25, 0.0, 1.0), (1.0, 0.0, 0.0)]
)
def test_rates_are_found_again(answer: float, read: float, written: float) -> None:
    lengths = [(10, 1), (20, 3), (35, 2), (7, 9)]
    found = moments([(a, b, answer + read * a + written * b) for a, b in lengths])
    assert found.rates() == pytest.approx((answer, read, written), abs=1e-6)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 50), st.floats(0.001, 10)), min_size=1, max_size=30))
def test_rates_are_never_negative_and_foretell_what_was_measured(rows: list[tuple[int, int, float]]) -> None:
    found = moments(rows)
    rates = found.rates()
    assert min(rates) >= 0
    total = sum(
        rate * sum(each) for rate, each in zip(rates, ([1] * len(rows), *zip(*rows, strict=True)), strict=False)
    )
    assert total == pytest.approx(sum(seconds for _, _, seconds in rows))


def test_outputs_without_tokens_have_a_mean() -> None:
    found = Moments()
    found.add([Output("", seconds=0.5), Output("", seconds=1.5), Output("")])
    assert found.rates() == pytest.approx((2 / 3, 0, 0))
    assert Moments().rates() == (0, 0, 0)


def test_a_speed_is_told_from_a_turn() -> None:
    """20 s of answering in all, of which the outputs tell 15."""
    costs = Costs({}, peak_memory=99)
    costs.phases = {
        "load": 3,
        "look up": 1,
        "store": 2,
        "tokenise": 50,
        "wait": 4,
        "encode": 6,
        "answer": 10,
        "import": 70,
    }
    spent = Spent("m", 100, {"a": moments([(10, 0, 5)]), "b": moments([(20, 0, 10)])}, costs)
    speed = Speed.of(spent)
    assert (speed.load, speed.per_request, speed.memory, speed.answers) == (3, 0.03, 99, 2)
    assert speed.answering(2, 30, 0) == pytest.approx(20)
    assert speed.answering(4, None, None) == pytest.approx(40)


def turn(rows: int, answering: float, storing: float) -> Spent:
    costs = Costs({}, phases={"load": 3, "store": storing, "answer": answering})
    return Spent("m", rows, {"a": moments([(10, 0, 0.5 * answering / rows)] * rows)}, costs)


@pytest.mark.parametrize(
    ("few", "many", "load", "store", "each"),
    [
        (turn(10, 6, 2), turn(110, 26, 12), 3 + 4 + 1, 0.1, 0.2),  # 4 and 1 seconds are paid once
        (turn(10, 2, 1), turn(110, 22, 11), 3, 0.1, 0.2),
        (turn(10, 1, 0.1), turn(110, 22, 11), 3, 0.1, 0.2),  # less than in proportion: chance
        (turn(10, 30, 20), turn(110, 22, 11), 3 + 22 + 11, 0, 0),
        (turn(5, 1, 1), turn(5, 2, 2), 3, 0.4, 0.4),
    ],
)
def test_what_is_paid_once_is_told_from_two_turns(
    few: Spent, many: Spent, load: float, store: float, each: float
) -> None:
    found = Speed.between(few, many)
    assert (found.load, found.per_request) == pytest.approx((load, store))
    assert found.answering(7, 70, 0) == pytest.approx(7 * each)
    assert found.answering(7, None, None) == pytest.approx(7 * each)


@pytest.mark.parametrize(
    ("answers", "read", "written", "seconds"),
    [(10, 1000, 100, 1 + 1 + 2), (10, 1000, None, 2), (10, None, None, 5), (0, 0, 0, 0)],
)
def test_answering(answers: int, read: int | None, written: int | None, seconds: float) -> None:
    assert SPEED.answering(answers, read, written) == pytest.approx(seconds)


def left(answers: int, cached: int = 0) -> Remaining:
    return Remaining("m", "t", answers + cached, 0, cached, 0, answers, answers * 10, None)


@pytest.mark.parametrize(
    ("some", "speed", "seconds", "memory", "reason"),
    [
        ([left(10), left(0, 10)], SPEED, 2 + 20 * 0.01 + 10 * 0.1 + 100 * 0.001, 7, None),
        ([left(0, 10)], SPEED, 10 * 0.01, None, None),  # nothing is loaded
        ([left(0, 10)], None, 0, None, None),
        ([left(10)], None, None, None, UNMEASURED),
    ],
)
def test_a_model_takes(
    some: list[Remaining], speed: Speed | None, seconds: float | None, memory: int | None, reason: str | None
) -> None:
    found = model_estimate("m", some, speed, None)
    assert (found.seconds, found.memory, found.reason) == (seconds and pytest.approx(seconds), memory, reason)


def test_a_whole_is_known_if_all_models_are() -> None:
    known, unknown = model_estimate("a", [left(10)], SPEED, None), model_estimate("b", [left(10)], None, "broken")
    assert Estimate((known,), 4.0, 5.0).seconds == pytest.approx((known.seconds or 0) + 9)
    assert Estimate((known,), None, None).seconds == known.seconds
    assert Estimate((known, unknown), 4.0, 5.0).seconds is None


def test_what_a_model_wrote_before_is_expected_again() -> None:
    some = [left(10), left(0, 10)]
    assert [each.output_tokens for each in expecting(some, {"t": 2.5, "other": 9.0})] == [25, None]
    assert expecting(some, {}) == some


def test_shape_is_sizes_alone() -> None:
    config = {"d_model": 64, "pad_token_id": 0, "tied": True, "model_type": "t5", "label2id": {"a": 0}, "heads": [1],
              "inner": {"layers": 2, "eos_token_id": 5}}  # fmt: skip
    assert shape(config) == {"model_type": "t5", "d_model": 64, "inner": {"model_type": None, "layers": 2}}


def test_what_is_kept_is_added_to(tmp_path: Path) -> None:
    big, small, bigger = (SPEED.model_copy(update={"answers": count}) for count in (1000, 20, 300))
    Calibration(speeds={"x": big}, scoring={"s": 1.0}, importing=4.0).keep(tmp_path)
    Calibration(speeds={"x": small, "y": small}, lengths={"f": {"t": 2.0}}, importing=0.001).keep(tmp_path)
    found = Calibration.read(tmp_path)
    assert {key: speed.answers for key, speed in found.speeds.items()} == {"x": 1000, "y": 20}
    assert (found.scoring, found.lengths, found.importing) == ({"s": 1.0}, {"f": {"t": 2.0}}, 4.0)
    Calibration(speeds={"x": bigger}).keep(tmp_path)
    assert Calibration.read(tmp_path).speeds["x"].answers == 300  # newer, and of enough


@pytest.mark.parametrize("text", ["", "{", '{"version": 99}', '{"speeds": {"x": 1}}'])
def test_what_cannot_be_read_counts_as_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    assert Calibration.read(tmp_path) == Calibration()


def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Calibration(importing=1.0).keep(tmp_path / "file")
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.parametrize(
    ("sizes", "count", "expected"), [([500, 500], 16, [8, 8]), ([1000, 1], 10, [10, 1]), ([3, 2], 100, [3, 2])]
)
def test_shares(sizes: list[int], count: int, expected: list[int]) -> None:
    assert shares(sizes, count) == expected
