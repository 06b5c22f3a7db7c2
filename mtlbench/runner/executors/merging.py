"""What a model cost on several workers, as if it were one turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mtlbench.runner.costs import COLD_START, ENERGY, FLOPS, Costs

LOST = "the worker that measured it was lost"


def merged(costs: Mapping[int, Costs], begun: Sequence[int], counting: int | None, measure: Collection[str]) -> Costs:
    """`costs` by worker, of those that did not get lost; `begun` are all, in the order in which they began.

    Memory is the largest, seconds are sums, energy too if it was measured everywhere; the cold start is the first
    worker's, operations those that worker `counting` counted. What has no value keeps its reason.
    """
    gone = Costs.none(measure, LOST)
    every = [costs.get(worker, gone) for worker in begun] or [Costs.none(measure, "no worker could run it")]
    first = every[0]
    counted = first if counting is None else costs.get(counting, gone)
    unknown = next((each for each in every if each.joules is None), None)
    reasons = {
        COLD_START: first.unmeasured[COLD_START],
        FLOPS: counted.unmeasured[FLOPS],
        ENERGY: (unknown or first).unmeasured[ENERGY],
    }
    return Costs(
        reasons,
        max((each.peak_memory for each in every if each.peak_memory is not None), default=None),
        max((each.weight_bytes for each in every if each.weight_bytes is not None), default=None),
        first.cold_start,
        sum(each.joules or 0.0 for each in every) if unknown is None else None,
        counted.flops,
        {phase: sum(each.phases.get(phase, 0.0) for each in every) for each in every for phase in each.phases},
        max((each.matmul_peak for each in every if each.matmul_peak is not None), default=None),
    )
