"""The keys of `verdict.json`: what the gate checked, what it found, and what follows.

Differences are candidate − stored baseline in points, turned so that more is better, whichever way the metric runs. A
number that cannot be computed is null, and `reason` says why. A change of meaning raises VERDICT_VERSION.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mtlbench.results.schema import Number, Row

VERDICT_VERSION: Literal[1] = 1

Outcome = Literal["pass", "fail", "inconclusive"]
Against = Literal["baseline", "anchor"]
CheckKind = Literal[
    "regression", "minimum", "max_regression", "fairness", "invalid_rate", "truncation", "speed", "memory"
]


class CheckRow(Row):
    """One thing that was checked: a score against a stored one, or a value against a limit."""

    kind: CheckKind
    task: str = Field(description="A task, or `overall`.")
    metric: str = Field(description="The headline, `overall`, or the name of what is limited.")
    outcome: Outcome
    gates: bool = Field(description="Whether a pass of the whole needs this one to pass; a fail always counts.")
    critical: bool = Field(False, description="Whether the suite calls the task critical.")
    against: Against | None = Field(None, description="What a regression is measured from; null for limits.")
    value: Number = Field(description="Score of the candidate; of a limit, the value that is limited.")
    baseline_value: Number = Field(None, description="Score of what it is measured from.")
    delta: Number = Field(None, description="value − baseline_value, positive is better.")
    ci_low: Number = Field(
        None, description="Of a difference: one-sided lower bound at 1 − alpha. Of a limit: interval."
    )
    ci_high: Number = None
    bound: float = Field(description="−margin, which ci_low must not be below for a pass; or the limit of the value.")
    p_value: Number = Field(None, description="One-sided, of “not worse”; with `rule: margin`, of “not by the margin”.")
    p_adjusted: Number = Field(None, description="Holm's, for all regressions of the verdict.")
    n: int | None = Field(None, description="Examples it rests on.")
    mde: Number = Field(None, description="Smallest drop, in points, that one such test finds with the gate's power.")
    needed: int | None = Field(
        None, description="Examples that would settle an inconclusive one, were the difference as measured."
    )
    reason: str = Field(description="The finding in one sentence.")


class BaselineInfo(Row):
    """A stored baseline that the candidate was held against."""

    against: Against
    path: str
    model: str
    fingerprint: str
    run: str
    created: str
    commit: str | None
    reason: str = Field(description="Why it was stored.")


class GateWarning(Row):
    """Something that does not bear on the outcome, but that a reader should know."""

    where: str
    message: str


class Verdict(Row):
    """What the gate says of one model of a run."""

    schema_version: Literal[1] = VERDICT_VERSION
    outcome: Outcome | None = Field(description="null where no verdict could be reached; `reasons` say why.")
    suite: str
    run: str
    model: str | None
    rule: Literal["drop", "margin"] | None = None
    alpha: Number = None
    power: Number = None
    baselines: list[BaselineInfo] = Field([], description="The last one, then the anchor where there is one.")
    checks: list[CheckRow] = Field([], description="Worst first.")
    reasons: list[str] = Field([], description="Why it is no pass; none where it is one.")
    warnings: list[GateWarning] = Field([])
