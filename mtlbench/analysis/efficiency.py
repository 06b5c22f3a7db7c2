"""What each model's answers cost, from what was measured when they were made."""

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
        parameters=model.parameters,
        trainable=model.trainable,
        bytes=model.bytes,
        peak_memory=pair.peak_memory,
        weight_bytes=pair.weight_bytes,
        seconds=total if measured else None,
        examples_per_second=len(times) / total if measured else None,
        tokens_per_second=sum(tokens) / total if measured and tokens else None,
        p50=None if middle is None else float(middle),
        p95=None if tail is None else float(tail),
        device=model.device,
        dtype=model.dtype,
        reason=None if measured else pair.error or "the engine measures no time",
    )
