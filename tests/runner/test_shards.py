"""A run in shards: whatever their size, the same files; the next one is read while one is answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mtlbench
from mtlbench.engines import Output, Request
from mtlbench.results import RunFolder
from mtlbench.runner import asking, backlog, storing
from mtlbench.runner.asking import Asking
from mtlbench.runner.backlog import Backlog
from mtlbench.runner.cache import Cache
from mtlbench.runner.outputs import Outputs
from mtlbench.runner.plan import Plan
from mtlbench.runner.reading import read_ahead
from tests.projects import write_rows

ECHO = """\
from mtlbench.engines import Engine, Identity, Output

class Echo(Engine):
    kinds = ("echo",)

    @classmethod
    def identify(cls, model, base, options):
        return Identity("echo", "", "", "0" * 64, base / model.checkpoint, device="cpu")

    @classmethod
    def load(cls, identity, model, options, notify):
        return cls()

    def run(self, requests):
        with open(FILE, "a") as file:
            file.write("".join(f"{request.number} " for request in requests) + "\\n")
        yield [(request.number, Output(request.text.upper(), len(request.text))) for request in requests]
"""
SUITE = """\
version: 1
name: shards
models:
  echo: {checkpoint: net, engine: "echo.py:Echo"}
tasks:
  first:
    kind: generation
    data: {path: first.jsonl}
    input: "{text}"
    reference: answer
    robustness: [case]
  second:
    kind: generation
    data: {path: second.jsonl}
    input: "{text}"
    reference: answer
    generation: {num_beams: 2}
significance: {resamples: 100, permutations: 99}
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("plan")
    (folder / "net").mkdir()
    (folder / "net" / "config.json").write_text("{}")
    (folder / "echo.py").write_text(f"FILE = {str(folder / 'asked.txt')!r}\n{ECHO}")
    write_rows(folder / "first.jsonl", [{"text": "A" * (n % 9 + 1), "answer": "b"} for n in range(30)])
    write_rows(folder / "second.jsonl", [{"text": f"b{n}", "answer": "b"} for n in range(7)])
    (folder / "suite.yaml").write_text(SUITE)
    return mtlbench.plan(mtlbench.load_suite(folder / "suite.yaml"), output=folder / "results")


def tables(run: RunFolder) -> dict[str, pa.Table]:
    found = {}
    for task in ("first", "second"):
        found[task] = run.read_predictions("echo", task)
    found["variants"] = mtlbench.results.folder.read_table(run.variants_path("echo", "first"))
    return found


def test_the_size_of_shards_and_parts_changes_no_file(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with Cache(None) as cache:
        whole = tables(mtlbench.execute(plan, cache))
        for module, name, size in ((backlog, "SHARD", 3), (asking, "AT_ONCE", 4), (storing, "AT_ONCE", 5)):
            monkeypatch.setattr(module, name, size)
        assert tables(mtlbench.execute(plan, cache)) == whole
    lines = (plan.base / "asked.txt").read_text().splitlines()
    assert [len(line.split()) for line in lines[1:]] == [3] * (len(lines) - 2) + [len(lines[-1].split())]
    assert sorted(lines[0].split()) == sorted(" ".join(lines[1:]).split()), "each distinct text was asked once"


@settings(max_examples=20, deadline=None)
@given(known=st.sets(st.integers(0, 8)), size=st.integers(1, 12))
def test_shards_are_all_that_is_missing_each_once(known: set[int], size: int, plan: Plan) -> None:
    model = plan.models["echo"]
    made = Asking(plan, model)
    with Cache(None) as cache, pytest.MonkeyPatch.context() as patch:
        patch.setattr(backlog, "SHARD", size)
        outputs = Outputs(cache, print)
        empty = Backlog(made, plan.versions, outputs)
        texts = {request.number: request.text for task in model.tasks for part in made.parts(task) for request in part}
        outputs.put([(empty.key(number), Output("")) for number in known])
        found = Backlog(made, plan.versions, outputs)
        shards = [found.shard(place) for place in range(found.shards)]
    asked = [request.number for shard in shards for request in shard]
    assert len(asked) == len(set(asked)) == len(found)
    answered = {copy for number in asked for copy in found.copies(number)}
    held = {number for number in texts if found.cached[number]}
    assert answered | held == set(texts)
    assert not answered & held
    assert known <= held
    assert all(texts[copy] == texts[number] for number in asked for copy in found.copies(number))
    assert all(len(shard) == size for shard in shards[:-1])


class Meeting:
    """Answers a shard only once the next one is read."""

    def __init__(self, shards: int) -> None:
        self.read_ones = [threading.Event() for _ in range(shards)]
        self.threads: set[str] = set()

    def read(self, requests: Sequence[int]) -> Sequence[int]:
        self.threads.add(threading.current_thread().name)
        self.read_ones[requests[0]].set()
        return requests

    def answer(self, read: Sequence[int]) -> Iterator[list[tuple[int, Output]]]:
        later = self.read_ones[read[0] + 1 : read[0] + 2]
        assert all(event.wait(20) for event in later)
        yield [(read[0], Output("done"))]


def test_the_next_shard_is_read_while_one_is_answered() -> None:
    engine = Meeting(4)
    made: list[int] = []

    def shard(number: int) -> Sequence[Request]:
        made.append(number)
        return [number]  # type: ignore[list-item]

    shards = read_ahead(engine, map(shard, range(4)))  # type: ignore[arg-type]
    numbers = [number for batches in shards for batch in batches for number, _ in batch]
    assert numbers == made == [0, 1, 2, 3]
    assert engine.threads == {"read_0"}


def test_a_fault_in_reading_is_raised_where_it_is_answered() -> None:
    def broken() -> Iterator[Sequence[Request]]:
        raise ValueError("no such row")
        yield []

    with pytest.raises(ValueError, match="no such row"):
        list(read_ahead(Meeting(1), broken()))  # type: ignore[arg-type]
