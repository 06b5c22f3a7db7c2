"""Gaps between groups in sentences that say what the numbers can bear, and no more."""

from __future__ import annotations

MOST_POINTS = 10.0
"""From here on a decimal of a gap tells a reader nothing."""


def called(metric: str, label: str | None) -> str:
    """What a sentence calls a metric: its name, or what a rate of a label is the share of."""
    if label is None:
        return metric
    rate = metric.removesuffix(f"[{label}]")
    return f"the share of “{label}” {_OF_RATE[rate]}"


_OF_RATE = {
    "selection_rate": "among outputs",
    "true_positive_rate": "among outputs where it is right",
    "false_positive_rate": "among outputs where it is wrong",
}


def disparity(metric: str, attribute: str, group: str, other: str, low: float, high: float, lower: bool) -> str:
    """A gap that is there: `low` to `high` points between the group that is worst off and the one that is best off.

    `lower` says whether the former's score is the lower one.
    """
    if low <= 0:
        return f"{metric} differs between the groups of {attribute}, though no two of them can be told apart"
    than = f"{span(low, high)} {'lower' if lower else 'higher'} than for “{other}”"
    return f"for {attribute} “{group}”, {metric} is {than}"


def no_evidence(metric: str, attribute: str, high: float) -> str:
    """No gap was found; `high` is the widest that the rows leave possible."""
    return f"no evidence of a gap in {metric} between groups of {attribute}; any is at most {points(high)}"


def changed(attribute: str, group: str, other: str, low: float, high: float, baseline: str) -> str:
    """A gap that joint training widened (both ends above 0) or narrowed (both below)."""
    verb, least, most = ("wider", low, high) if low > 0 else ("narrower", -high, -low)
    return f"the gap of {attribute} “{group}” to “{other}” is {span(least, most)} {verb} than {baseline}’s"


def unchanged(attribute: str, low: float, high: float, baseline: str) -> str:
    """No change of the gap was found; it lies between `low` and `high`."""
    most = points(max(abs(low), abs(high)))
    return f"no evidence that the gap between groups of {attribute} differs from {baseline}’s; by at most {most}"


def limit(attribute: str, verdict: str, max_gap: float, low: float | None, high: float | None) -> str:
    """Whether a limit on the gap is kept."""
    allowed = f"the limit of {points(max_gap)}"
    if low is None or high is None:
        return f"not enough rows to tell whether the gap between groups of {attribute} is within {allowed}"
    gap = f"the gap between groups of {attribute} is {span(low, high)}"
    return {
        "violated": f"{gap}, beyond {allowed}",
        "kept": f"{gap}, within {allowed}",
        "not certain": f"{gap}: whether within {allowed} is not certain",
    }[verdict]


def span(low: float, high: float) -> str:
    """`14 to 31 points`"""
    return f"{_number(low)} to {points(high)}"


def points(value: float) -> str:
    """`4.2 points`, `14 points`"""
    text = _number(value)
    return f"{text} point" if text == "1" else f"{text} points"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= MOST_POINTS else f"{round(value, 1):g}"
