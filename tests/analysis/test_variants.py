"""Which models are variants of which, and what a variant costs and wins, from cases checked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mtlbench.analysis.variants import Variant, find_variants, variant_rows
from mtlbench.results.manifest import DataRecord, Hardware, Manifest, ModelRecord, PairRecord
from mtlbench.results.schema import VariantRow
from mtlbench.suite.declarations import Model
from tests.analysis.evidence import DESIGN, accuracy_task, hits


def record(base: str | None = "files", dtype: str = "float32", **keys: Any) -> ModelRecord:
    known = {"kind": "text2text", "engine": "transformers", "source": "x", "fingerprint": "f", "parameters": 1}
    return ModelRecord(**{**known, "bytes": 100, "device": "cpu", "base": base, "dtype": dtype, **keys})


def pair(model: str, task: str, seconds: float = 1.0, cached: int = 0, weights: int | None = 400) -> PairRecord:
    return PairRecord(
        model=model, task=task, generation={}, cached=cached, computed=50 - cached, truncated=0, limited=0,
        seconds=seconds, peak_memory=None, weight_bytes=weights,
    )  # fmt: skip


def manifest(models: dict[str, ModelRecord], pairs: list[PairRecord]) -> Manifest:
    return Manifest(
        status="complete", run="r", created="", version="0", suite="s", suite_hash="h", limit=None, seed=1, models=models,
        tasks={name: DataRecord(source="", fingerprint="", n=50) for name in ("one", "two")}, pairs=pairs, versions={},
        hardware=Hardware(processor="", cores=1, memory=None, accelerators=[]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "fields", "what"),
    [
        ({"quantize": "int8"}, {}, "quantize: int8"),
        ({"prune": 0.3}, {}, "prune: 0.3"),
        ({"adapter": "loras/mood"}, {}, "adapter: mood"),
        ({"dtype": "bfloat16"}, {"dtype": "bfloat16"}, "dtype: bfloat16"),
        ({"prune": 0.3, "dtype": "bfloat16"}, {"dtype": "bfloat16"}, "prune: 0.3, dtype: bfloat16"),
        ({"dtype": "float32"}, {}, None),  # which is what `auto` comes to
        ({}, {}, None),
        ({"quantize": "int8"}, {"base": "other files"}, None),
        ({"quantize": "int8"}, {"base": None}, None),
        ({"quantize": "int8"}, {"kind": "heads"}, None),
        ({"quantize": "int8", "generation": {"num_beams": 4}}, {}, None),  # more than the weights differs
        ({"quantize": "int8", "trained_on": ["one"], "tasks": ["one"]}, {}, "quantize: int8"),
    ],
)
def test_what_is_a_variant(keys: dict[str, Any], fields: dict[str, Any], what: str | None) -> None:
    models = {"variant": Model(checkpoint="./x", **keys), "plain": Model(checkpoint="x")}
    found = find_variants(models, {"variant": record(**fields), "plain": record()})
    assert found == ([] if what is None else [Variant("variant", "plain", what)])


def test_variants_without_their_base_are_none() -> None:
    models = {"int8": Model(checkpoint="x", quantize="int8"), "pruned": Model(checkpoint="x", prune=0.5)}
    assert find_variants(models, {"int8": record(), "pruned": record()}) == []


def rows_of(pairs: list[PairRecord], **predictions: dict[str, list[int]]) -> dict[str, VariantRow]:
    tasks = [accuracy_task(name, made, 0.5) for name, made in predictions.items()]
    models = {"small": record(bytes=100), "plain": record(bytes=100)}
    found = variant_rows([Variant("small", "plain", "quantize: int8")], tasks, "none", manifest(models, pairs), DESIGN)
    return {row.task: row for row in found}


BOTH = {"small": hits(30, 50), "plain": hits(40, 50)}


def test_what_it_costs_and_wins() -> None:
    pairs = [
        pair("small", "one", 1.0, weights=100), pair("small", "two", 3.0, weights=100),
        pair("plain", "one", 2.0), pair("plain", "two", 4.0),
    ]  # fmt: skip
    rows = rows_of(pairs, one=BOTH, two={"small": hits(50, 50), "plain": hits(50, 50)})
    assert list(rows) == ["one", "two", "overall"]
    one, two, overall = rows.values()
    assert (one.delta, two.delta, overall.delta) == pytest.approx((-20.0, 0.0, -10.0))
    assert one.ci_low is not None
    assert one.ci_high is not None
    assert one.ci_low < -20 < one.ci_high < 0
    assert one.p_value == pytest.approx(2 * 0.5**10)  # McNemar: ten examples, all of them lost
    assert one.significant
    assert not two.significant
    assert [row.speed_ratio for row in rows.values()] == [2.0, 4 / 3, 6 / 4]
    assert {row.memory_ratio for row in rows.values()} == {0.25}
    assert {row.bytes_ratio for row in rows.values()} == {1.0}


@pytest.mark.parametrize("model", ["small", "plain"])
def test_speed_is_not_told_from_the_cache(model: str) -> None:
    pairs = [pair(name, "one", cached=int(name == model), weights=None) for name in ("small", "plain")]
    row = rows_of(pairs, one=BOTH)["one"]
    assert (row.speed_ratio, row.memory_ratio) == (None, None)
    assert row.reason == "outputs came from the cache, so speed and memory were not measured side by side"
    assert row.delta == pytest.approx(-20.0)


def test_a_task_that_one_of_them_lacks() -> None:
    pairs = [pair("small", "one"), pair("plain", "one"), pair("plain", "two")]
    rows = rows_of(pairs, one=BOTH, two={"plain": hits(50, 50)})
    assert list(rows) == ["one", "overall"]
    assert rows["one"].delta == pytest.approx(-20.0)
    assert (rows["overall"].delta, rows["overall"].reason) == (None, "small has no score on two")
