"""The clock: phases add up to the time, in every thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from mtlbench.engines.clock import Clock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [0.0]
    monkeypatch.setattr("mtlbench.engines.clock.time.perf_counter", lambda: time[0])
    return time


def test_what_lies_within_counts_for_itself_alone(now: list[float]) -> None:
    clock = Clock()
    with clock.timed("answer"):
        now[0] += 1
        for _ in range(2):
            with clock.timed("encode"):
                now[0] += 10
                with clock.timed("heads"):
                    now[0] += 100
        now[0] += 1000
    before = clock.read()
    assert before == {"answer": 1001, "encode": 20, "heads": 200}
    with clock.timed("answer"):
        now[0] += 5
    assert clock.read(before) == {"answer": 5}


def test_a_block_that_fails_is_timed_too(now: list[float]) -> None:
    clock, settled = Clock(), list[float]()
    clock.settle = lambda: settled.append(now[0])
    with clock.timed("outside"):
        with suppress(ValueError), clock.timed("load"):
            now[0] += 3
            raise ValueError
        now[0] += 1
    assert clock.read() == {"load": 3, "outside": 1}
    assert settled == [3, 4]


def test_threads_do_not_mix() -> None:
    clock = Clock()

    def work(number: int) -> None:
        for _ in range(200):
            with clock.timed("outer"), clock.timed(f"inner {number % 2}"):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert clock.read().keys() == {"outer", "inner 0", "inner 1"}
    assert all(seconds < 5 for seconds in clock.read().values())
