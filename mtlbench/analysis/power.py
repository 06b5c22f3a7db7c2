"""What a run's test sets can show: the smallest difference on each task, and the rows that a smaller one would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

from mtlbench.results.schema import ComparisonRow, Results, ScoreRow
from mtlbench.stats.power import disagreement_error, minimum_detectable, required_n, standard_error


@dataclass(frozen=True, slots=True)
class Precision:
    """The standard error, in points, of a difference between two models on `n` rows of a task; None if not known.

    `paired` says that it was measured on the same rows; otherwise it is what independent rows would have, an upper bound
    for models that are right and wrong together.
    """

    task: str
    n: int
    se: float | None
    paired: bool = True

    def mde(self, alpha: float, power: float) -> float | None:
        """The minimum detectable difference of one two-sided test."""
        return None if self.se is None else minimum_detectable(self.se, alpha=alpha, power=power)

    def needed(self, effect: float, alpha: float, power: float) -> int | None:
        """The rows that find a difference of `effect` points."""
        return None if self.se is None else required_n(self.se, self.n, effect, alpha=alpha, power=power)


def assumed_precision(n: int, disagreement: float) -> Precision:
    """Of two models of which exactly one is right on a share of the rows."""
    return Precision("assumed", n, disagreement_error(disagreement, n))


def run_precision(results: Results) -> list[Precision]:
    """Of each task: the median of its paired comparisons, else what its scores' intervals tell."""
    alpha = 1 - results.suite.confidence
    found = []
    for task in results.tasks:
        measured = _paired([row for row in results.comparisons if row.task == task.name], alpha)
        scores = [row for row in results.scores if row.task == task.name and row.headline]
        se = _unpaired(scores, results.suite.confidence) if measured is None else measured
        found.append(Precision(task.name, task.n, se, measured is not None))
    return found


def _paired(rows: Sequence[ComparisonRow], alpha: float) -> float | None:
    known = [standard_error(row.mde, alpha=alpha) for row in rows if row.mde is not None]
    return median(known) if known else None


def _unpaired(rows: Sequence[ScoreRow], confidence: float) -> float | None:
    """√2 times the median standard error of a score, as half its interval tells."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    widths = [row.ci_high - row.ci_low for row in rows if row.ci_low is not None and row.ci_high is not None]
    se = median(widths) / (2 * z) * 2**0.5 if widths else 0.0
    return se or None
