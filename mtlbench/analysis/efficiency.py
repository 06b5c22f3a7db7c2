"""What each model's answers cost, from what was measured when they were made: a row for each model and task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtlbench.results.manifest import ModelRecord, PairRecord
from mtlbench.results.schema import EfficiencyRow


@dataclass(frozen=True, slots=True)
class Timings:
    """Of one model on one task: seconds per example, and tokens generated, None where an engine does not say."""

    seconds: Sequence[float | None]
    output_tokens: Sequence[int | None]


def efficiency_row(pair: PairRecord, model: ModelRecord, timings: Timings | None) -> EfficiencyRow:
    """Throughput over the whole task, and the spread of seconds per example."""
    times = [seconds for seconds in timings.seconds if seconds is not None] if timings else []
    tokens = [count for count in timings.output_tokens if count is not None] if timings else []
    total = float(sum(times))
    measured = bool(times) and total > 0
    middle, tail = np.quantile(times, [0.5, 0.95]) if measured else (None, None)
    return EfficiencyRow(
        model=pair.model,
        task=pair.task,
        cached=pair.cached,
        parameters=model.parameters,
        active=pair.active,
        trainable=model.trainable,
        bytes=model.bytes,
        peak_memory=pair.peak_memory,
        weight_bytes=pair.weight_bytes,
        seconds=total if measured else None,
        examples_per_second=len(times) / total if measured else None,
        tokens_per_second=sum(tokens) / total if measured and tokens else None,
        p50=None if middle is None else float(middle),
        p95=None if tail is None else float(tail),
        cold_start=pair.cold_start,
        flops_per_example=pair.flops,
        energy_per_example=None if pair.energy is None else pair.energy / pair.computed,
        device=model.device,
        dtype=model.dtype,
        reason="; ".join(_reasons(pair, measured)) or None,
    )


def _reasons(pair: PairRecord, measured: bool) -> list[str]:
    """Why something is null; costs that are missing for one reason are named together."""
    if pair.error is not None:
        return [pair.error]
    together: dict[str, list[str]] = {}
    for cost, reason in pair.unmeasured.items():
        together.setdefault(reason, []).append(cost.replace("_", " "))
    found = [f"no {' or '.join(costs)}: {reason}" for reason, costs in together.items()]
    return found if measured else ["the engine measures no time", *found]
