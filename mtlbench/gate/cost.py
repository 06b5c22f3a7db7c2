"""Is the candidate slower, or does it take more memory? That gates only where one run measured both models.

One program was seen to vary by 26% between jobs and by 0.3% within one, so what another job measured is told as a warning,
whatever it is.
"""

from __future__ import annotations

from typing import Literal

from mtlbench.analysis.claims import OVERALL
from mtlbench.gate.baseline import Cost, StoredBaseline
from mtlbench.gate.candidate import cost_of
from mtlbench.gate.rules import Rules
from mtlbench.gate.verdict import CheckRow, GateWarning
from mtlbench.results import Results
from mtlbench.results.schema import Number

Kind = Literal["speed", "memory"]

_UNIT = {"speed": "seconds", "memory": "bytes"}


def cost_checks(
    results: Results, mine: StoredBaseline, stored: StoredBaseline, rules: Rules
) -> tuple[list[CheckRow], list[GateWarning]]:
    """Of each limit that the rules set: a check where the run measured both models, else a warning."""
    checks: list[CheckRow] = []
    warnings: list[GateWarning] = []
    beside = _measured_beside(results, mine, stored)
    limits: dict[Kind, float | None] = {"speed": rules.keys.speed, "memory": rules.keys.memory}
    for kind, most in limits.items():
        if most is None:
            continue
        value, base = _amount(kind, mine.cost), beside and _amount(kind, beside)
        if value is None or not base:
            warnings.append(_warning(kind, value, _amount(kind, stored.cost)))
        else:
            checks.append(_check(kind, value, base, most))
    return checks, warnings


def _measured_beside(results: Results, mine: StoredBaseline, stored: StoredBaseline) -> Cost | None:
    """What the stored baseline's model took in this very run, on the same kind of device; None where it was not in it."""
    for model in results.models:
        if model.fingerprint == stored.fingerprint and model.name != mine.model:
            cost = cost_of([row for row in results.efficiency if row.model == model.name])
            if (cost.device, cost.dtype) == (mine.cost.device, mine.cost.dtype):
                return cost
    return None


def _amount(kind: Kind, cost: Cost) -> Number:
    return cost.seconds if kind == "speed" else cost.memory


def _check(kind: Kind, value: float, base: float, most: float) -> CheckRow:
    more = 100.0 * (value / base - 1)
    return CheckRow(
        kind=kind,
        task=OVERALL,
        metric=_UNIT[kind],
        outcome="fail" if more > most else "pass",
        gates=True,
        value=value,
        baseline_value=base,
        bound=most,
        reason=f"{more:+.1f}% {_UNIT[kind]} against the baseline's model in the same run; at most {most:+g}%",
    )


def _warning(kind: Kind, value: Number, base: Number) -> GateWarning:
    """What can be said of a limit that cannot gate."""
    told = "outputs came from the cache" if value is None else "the baseline's model was not measured in this run"
    if value is not None and base:
        told += f" ({100.0 * (value / base - 1):+.0f}% {_UNIT[kind]} since another job measured it)"
    return GateWarning(where=kind, message=f"not gated: {told}; `--measure-baseline` measures both")
