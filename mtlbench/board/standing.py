"""Ranks of models of several runs: by permutation tests where the examples of both are at hand, by their replicates where
these were drawn alike, else by their intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import hypot

from mtlbench.analysis.claims import OVERALL
from mtlbench.analysis.overall import rank_groups, rank_ranges, superiority
from mtlbench.board.draws import shared_draws
from mtlbench.board.entry import Entry
from mtlbench.results.schema import ComparisonRow, Number, OverallRow, TaskInfo
from mtlbench.scoring.together import paired_tests
from mtlbench.stats.multiplicity import holm

UNPAIRED = "z, unpaired"
SHARED_DRAWS = "z, paired draws"

MOST_PERMUTED = 20
"""Models of several folders that are tested by permutation: pairs and exchanges both grow with their square."""

Pair = frozenset[str]


def standard_error(low: Number, high: Number, confidence: float) -> Number:
    """Half the interval's width ÷ the normal quantile of its confidence; None where there is no interval."""
    return None if low is None or high is None else (high - low) / 2 / _quantile(confidence)


def rank_tests(entries: Sequence[Entry], tasks: Sequence[TaskInfo]) -> list[ComparisonRow]:
    """The overall scores of every two models, best first, all tests adjusted as one family by Holm."""
    if not entries:
        return []
    alpha = 1 - entries[0].record.suite.confidence
    paired = _paired(entries, tasks)
    ranked = sorted(entries, key=lambda entry: -(entry.record.overall.value or 0.0))
    rows = [
        paired.get(frozenset((first.model, second.model))) or _by_error(first, second, tasks)
        for first, second in combinations(ranked, 2)
    ]
    adjusted = holm([row.p_value for row in rows])
    return [
        row.model_copy(update={"p_adjusted": p, "significant": None if p is None else p <= alpha})
        for row, p in zip(rows, adjusted, strict=True)
    ]


def ranked_rows(entries: Sequence[Entry], comparisons: Sequence[ComparisonRow]) -> list[OverallRow]:
    """The overall scores, best first, with the ranks that the tests allow."""
    rows = sorted((entry.record.overall for entry in entries), key=lambda row: -(row.value or 0.0))
    better = superiority([row.model for row in rows], comparisons)
    (lows, highs), groups = rank_ranges(better), rank_groups(better)
    return [
        row.model_copy(
            update={
                "rank": 1 + sum((other.value or 0.0) > (row.value or 0.0) for other in rows),
                "rank_low": lows[place],
                "rank_high": highs[place],
                "group": groups[place],
            }
        )
        for place, row in enumerate(rows)
    ]


def _paired(entries: Sequence[Entry], tasks: Sequence[TaskInfo]) -> Mapping[Pair, ComparisonRow]:
    """The paired tests that runs hold of their own models, and those of models of several folders, if these are few."""
    mine = {(entry.record.run.id, entry.model) for entry in entries}
    found: dict[Pair, ComparisonRow] = {}
    for results in {entry.record.run.id: entry.results for entry in entries if entry.results is not None}.values():
        found |= {
            frozenset((row.model, row.baseline)): row
            for row in results.comparisons
            if row.task == OVERALL and {(results.run.id, row.model), (results.run.id, row.baseline)} <= mine
        }
    folders = {entry.model: entry.folder for entry in entries if entry.folder is not None}
    if len(folders) <= MOST_PERMUTED and len({folder.path for folder in folders.values()}) > 1:
        tested = paired_tests(folders, entries[0].record.suite, tasks)
        found |= {frozenset((row.model, row.baseline)): row for row in tested}
    return found


def _by_error(first: Entry, second: Entry, tasks: Sequence[TaskInfo]) -> ComparisonRow:
    """A z test of the difference by its standard error: that over shared draws, else √(se² + se²), which is too wide
    where, as is usual, models fail on the same examples.
    """
    rows = first.record.overall, second.record.overall
    confidence = first.record.suite.confidence
    test, error = SHARED_DRAWS, _paired_error(first, second, tasks)
    if error is None:
        errors = [standard_error(row.ci_low, row.ci_high, confidence) for row in rows]
        known = [each for each in errors if each is not None]
        test, error = UNPAIRED, hypot(*known) if len(known) == len(errors) else None
    delta = (rows[0].value or 0.0) - (rows[1].value or 0.0)
    half = None if error is None else _quantile(confidence) * error
    return ComparisonRow(
        task=OVERALL,
        metric=OVERALL,
        model=first.model,
        baseline=second.model,
        delta=delta,
        ci_low=None if half is None else delta - half,
        ci_high=None if half is None else delta + half,
        method=None if half is None else "normal",
        p_value=None if error is None else _z_test(delta, error),
        p_adjusted=None,
        test=test,
        significant=None,
        reason="a score of the two has no interval" if half is None else None,
    )


def _paired_error(first: Entry, second: Entry, tasks: Sequence[TaskInfo]) -> float | None:
    """Standard deviation of the difference over the draws in which both overall scores are defined."""
    import numpy as np

    found = shared_draws((first, second), tasks)
    if found is None:
        return None
    counted = [place for place, task in enumerate(tasks) if task.weight]
    overall = np.einsum("t,stb->sb", [tasks[place].weight for place in counted], found.drawn[:, counted])
    differences = overall[0] - overall[1]
    defined = differences[~np.isnan(differences)]
    return float(defined.std(ddof=1)) if len(defined) > 1 else None


def _z_test(delta: float, error: float) -> float:
    """Two-sided p-value; of two exact scores, 1 where they are the same."""
    from scipy.stats import norm

    if not error:
        return 0.0 if delta else 1.0
    return float(2 * norm.sf(abs(delta) / error))


def _quantile(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + confidence) / 2))
