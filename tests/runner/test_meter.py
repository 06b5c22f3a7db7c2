"""What a run measures of its models, and why it does not measure the rest."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import mtlbench
from mtlbench.engines.text2text import Text2Text
from mtlbench.results.manifest import PairRecord
from mtlbench.results.schema import EfficiencyRow
from tests.projects import write_project

NOT_ASKED = "no flops or energy: `measure` does not ask for it"
CODECARBON = """\
class OfflineEmissionsTracker:
    final_emissions_data = None
    def __init__(self, **keys):
        assert keys["save_to_file"] is False
    def start(self):
        self.energy_consumed = {kwh}
    def stop(self):
        self.final_emissions_data = self
"""

Ran = tuple[dict[tuple[str, str], PairRecord], dict[tuple[str, str], EfficiencyRow]]


def ran(folder: Path, measure: str = "") -> Ran:
    """The project's suite, asked to measure."""
    suite = folder / "suite.yaml"
    suite.write_text(suite.read_text().replace("measure:", "#") + f"\nmeasure: [{measure}]\n")
    run = mtlbench.execute(mtlbench.plan(mtlbench.load_suite(suite), output=folder / "results"))
    pairs = {(pair.model, pair.task): pair for pair in run.read_manifest().pairs}
    return pairs, {(row.model, row.task): row for row in mtlbench.score(run).efficiency}


def install_codecarbon(folder: Path, kwh: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that always finds so much energy."""
    path = folder / "codecarbon.py"
    path.write_text(CODECARBON.format(kwh=kwh))
    spec = spec_from_file_location("codecarbon", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "codecarbon", module)


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    return write_project(tmp_path, t5, rows=12).parent


def test_a_cold_start_is_loading_and_the_first_batch(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    load, answer = Text2Text.load, Text2Text.answer

    def slow_load(*args: object) -> object:
        now[0] += 100
        return load(*args)  # type: ignore[arg-type]

    def slow_answer(*args: object) -> object:
        for batch in answer(*args):  # type: ignore[arg-type]
            now[0] += 7
            yield batch

    monkeypatch.setattr(Text2Text, "load", slow_load)
    monkeypatch.setattr(Text2Text, "answer", slow_answer)
    monkeypatch.setattr("mtlbench.runner.meter.time.perf_counter", lambda: now[0])
    pairs, rows = ran(project)
    assert {rows["multi", task].cold_start for task in ("mood", "headline")} == {107}
    assert pairs["multi", "mood"].unmeasured.keys() == {"flops", "energy"}


def test_what_is_not_asked_for_or_not_there(project: Path) -> None:
    _, rows = ran(project)
    assert (rows["multi", "mood"].cold_start or 0) > 0
    assert (rows["multi", "mood"].flops_per_example, rows["multi", "mood"].reason) == (None, NOT_ASKED)
    again = "no cold start: its network was in memory already, for the model before it"
    assert (rows["single-mood", "mood"].cold_start, rows["single-mood", "mood"].reason) == (
        None,
        f"{again}; {NOT_ASKED}",
    )
    assert rows["elsewhere", "mood"].cold_start is None
    assert "no cold start: no network is loaded" in (rows["elsewhere", "mood"].reason or "")


def test_of_cached_outputs_nothing_is_measured_but_operations(project: Path) -> None:
    _, first = ran(project)
    _, again = ran(project)
    assert (first["multi", "mood"].cached, again["multi", "mood"].cached) == (0, 12)
    assert again["multi", "mood"].cold_start is None
    assert again["multi", "mood"].reason == f"no cold start: all outputs came from the cache; {NOT_ASKED}"
    _, counted = ran(project, "flops")
    assert (counted["multi", "mood"].cached, counted["multi", "mood"].cold_start) == (12, None)
    assert (counted["multi", "headline"].flops_per_example or 0) > (counted["multi", "mood"].flops_per_example or 0) > 0
    reason = counted["elsewhere", "mood"].reason or ""
    assert "no flops: the engine does nothing that PyTorch could count" in reason


def test_a_count_that_fails_costs_no_output(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> float:
        raise RuntimeError("odd shapes")

    monkeypatch.setattr("mtlbench.runner.meter.flops_per_example", fail)
    pairs, rows = ran(project, "flops")
    assert pairs["multi", "mood"].error is None
    assert "no flops: they could not be counted (RuntimeError: odd shapes)" in (rows["multi", "mood"].reason or "")


def test_quantised_products_are_not_counted(project: Path) -> None:
    suite = project / "suite.yaml"
    suite.write_text(suite.read_text().replace("trained_on: [mood, headline]}", "quantize: int8}"))
    _, rows = ran(project, "flops")
    assert rows["multi", "mood"].flops_per_example is None
    assert "no flops: products of quantised weights are not counted" in (rows["multi", "mood"].reason or "")


def test_energy_is_shared_among_tasks_by_time(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.001 kWh are 3,600 J."""
    install_codecarbon(project, 0.001, monkeypatch)
    pairs, rows = ran(project, "energy")
    joules = [pairs["multi", task].energy or 0 for task in ("mood", "headline")]
    assert sum(joules) == pytest.approx(3600)
    assert joules[0] / joules[1] == pytest.approx(pairs["multi", "mood"].seconds / pairs["multi", "headline"].seconds)
    assert rows["multi", "mood"].energy_per_example == pytest.approx(joules[0] / 12)


def test_energy_that_codecarbon_does_not_find(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_codecarbon(project, 0.0, monkeypatch)
    _, rows = ran(project, "energy")
    assert rows["multi", "mood"].energy_per_example is None
    assert "no energy: codecarbon found nothing to measure" in (rows["multi", "mood"].reason or "")
