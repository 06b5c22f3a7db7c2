"""Several processes, or Ray: the same outputs as in one process, whatever happens to a worker."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mtlbench
from mtlbench.runner.events import Event, Notice
from mtlbench.runner.executors import Executor, Turn
from mtlbench.runner.executors.devices import Devices
from mtlbench.runner.executors.local import Local
from mtlbench.runner.executors.ray import Ray, share
from mtlbench.runner.executors.serving import Loading
from mtlbench.suite.faults import InputError
from tests.projects import without_times, write_project

FRAGILE = '''
import os, signal, time
from pathlib import Path
from mtlbench.engines import Engine, Output

class Fragile(Engine):
    """Writes texts backwards. The first process that has answered some of a shard is killed."""

    kinds = ("mine",)

    @classmethod
    def load(cls, identity, model, options, notify):
        return cls()

    def run(self, requests):
        for request in requests:
            yield [(request.number, Output(request.text[::-1], seconds=0.0))]
            if request is requests[3]:
                self.die_once()

    def die_once(self):
        try:
            (Path(__file__).parent / "died").touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)
'''


@pytest.fixture(params=[lambda: Devices(["cpu", "cpu"]), lambda: Ray(workers=2)], ids=["devices", "ray"])
def make(request: pytest.FixtureRequest) -> Callable[[], Executor]:
    if "ray" in request.node.callspec.id:
        pytest.importorskip("ray")
    found: Callable[[], Executor] = request.param
    return found


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtlbench.runner.backlog.SHARD", 16)
    monkeypatch.setattr("mtlbench.runner.executors.ray.cores", lambda: 2)


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    """One more model cannot be loaded; the others have answers to give all the same."""
    suite = write_project(tmp_path / "project", t5, rows=40)
    broken = shutil.copytree(t5, tmp_path / "broken")
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps(config | {"num_layers": 3}))
    text = suite.read_text().replace("models:\n", f"models:\n  broken: {{checkpoint: {broken}}}\n")
    suite.write_text(f"{text}measure: [flops]\n")
    return suite


@pytest.fixture
def fragile(tmp_path: Path, t5: Path) -> Path:
    suite = write_project(tmp_path / "project", t5, rows=40)
    (suite.parent / "fragile.py").write_text(FRAGILE)
    own = f"models:\n  own: {{checkpoint: {t5}, kind: mine, engine: fragile.py:Fragile, tasks: [headline]}}\n"
    suite.write_text(suite.read_text().replace("models:\n", own))
    return suite


def ran(suite: Path, output: Path, executor: Executor) -> tuple[dict[str, pa.Table], dict[str, Any], list[str]]:
    """Each pair's predictions without their seconds, the results without times, and what was noticed."""
    told: list[Event] = []
    planned = mtlbench.plan(mtlbench.load_suite(suite), output=output, options=executor.options())
    with mtlbench.runner.Cache(None) as cache:
        folder = mtlbench.execute(planned, cache, told.append, executor)
    tables = {f"{path.parent.name} {path.stem}": pq.read_table(path) for path in folder.path.glob("predictions/*/*")}
    tables = {pair: table.drop_columns(["seconds"]) for pair, table in tables.items()}
    mtlbench.score(folder)
    return tables, without_times(folder.results_path), [each.message for each in told if isinstance(each, Notice)]


def test_results_are_those_of_one_process(project: Path, make: Callable[[], Executor]) -> None:
    tables, results, _ = ran(project, project.parent / "one", Local())
    others, same, _ = ran(project, project.parent / "two", make())
    assert tables.keys() == others.keys() == {
        "multi mood", "multi headline", "single-mood mood", "elsewhere mood", "elsewhere headline"
    }  # fmt: skip
    assert all(table.equals(others[pair]) for pair, table in tables.items())
    assert same == results
    assert results["status"] == "incomplete"
    counted = {(row["model"], row["task"]): row["flops_per_example"] for row in results["efficiency"]}
    assert counted["multi", "mood"] > 0


def test_a_killed_worker_changes_no_result(fragile: Path, make: Callable[[], Executor]) -> None:
    others, same, told = ran(fragile, fragile.parent / "two", make())
    assert (fragile.parent / "died").exists()
    tables, results, _ = ran(fragile, fragile.parent / "one", Local())
    assert all(table.equals(others[pair]) for pair, table in tables.items())
    assert same == results
    assert results["status"] == "complete"
    assert len([message for message in told if message.startswith("a worker was lost")]) == 1


def test_a_model_travels_whole_and_is_told_where_it_is_not_found(fragile: Path) -> None:
    planned = mtlbench.plan(mtlbench.load_suite(fragile), models=["own"])
    model = planned.models["own"]
    turn = Turn(model, planned.base, planned.options, frozenset(), 1, lambda place: (), dict)
    sent = pickle.loads(pickle.dumps(Loading.of(turn)))
    assert sent.planned().engine.engine == "fragile.py:Fragile"
    assert sent.identity.fingerprint == model.identity.fingerprint
    with pytest.raises(InputError, match="has no /nowhere: workers read models by path, so every machine must see"):
        replace(sent, identity=replace(sent.identity, folder=Path("/nowhere"))).planned()


@pytest.mark.parametrize(
    ("devices", "told"),
    [
        ([], "there is no device"),
        (["cpu", "0"], "outputs of different kinds of devices differ"),
        (["77"], "this machine has no GPU “77”"),
        (["cuda:77"], "this machine has no GPU “cuda:77”"),
        (["tpu"], "this machine has no GPU “tpu”"),
    ],
)
def test_devices_that_are_not_there(devices: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Devices(devices)


@pytest.mark.parametrize(
    ("machines", "workers", "expected"),
    [
        ([2], None, (1, 2)),
        ([16], None, (4, 4)),
        ([6, 6], None, (2, 4)),  # the two cores left over on each machine make no third
        ([6, 6], 3, (3, 3)),
        ([16], 2, (2, 8)),
        ([4], 3, (3, 1)),
    ],
)
def test_each_worker_lies_on_one_machine(machines: list[int], workers: int | None, expected: tuple[int, int]) -> None:
    assert share(machines, workers) == expected


def test_more_workers_than_cores_are_refused() -> None:
    with pytest.raises(InputError, match="5 workers need a core each, and the Ray cluster has 4 cores"):
        share([2, 2], 5)
