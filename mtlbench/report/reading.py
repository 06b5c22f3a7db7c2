"""What every report asks of Results: in which order, which score, better or worse, which caveats."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from mtlbench.results.schema import (
    ComparisonRow,
    ContributionRow,
    MatrixRow,
    MetricInfo,
    OverallRow,
    Results,
    ScoreRow,
    TransferRow,
    VariantRow,
)

OVERALL = "overall"
MOST_PLACES = 3
FAILED = "failed"
"""Code of the warning that a model gave no outputs for a task."""


class Verdict(StrEnum):
    """What a difference says. The words are those of transfer, where the difference is one that training made."""

    HELPS = "helps"
    HURTS = "hurts"
    UNCLEAR = "not separable"

    @property
    def sign(self) -> str:
        return {"helps": "▲", "hurts": "▼", "not separable": "≈"}[self.value]


@dataclass(slots=True)
class Caveat:
    """One message and all the places it was told of."""

    code: str
    message: str
    where: list[str] = field(default_factory=list)

    @property
    def places(self) -> str:
        """The first few places, and how many more there are."""
        more = f" and {len(self.where) - MOST_PLACES} more" if len(self.where) > MOST_PLACES else ""
        return ", ".join(self.where[:MOST_PLACES]) + more


def standings(results: Results) -> list[OverallRow]:
    """Ranked models, best first, then the others, most complete first; ties keep the suite's order."""
    place = {model.name: number for number, model in enumerate(results.models)}

    def key(row: OverallRow) -> tuple[float, float, int]:
        if row.rank is None:
            return (float("inf"), -row.coverage, place.get(row.model, len(place)))
        return (row.rank, -(row.value or 0.0), place.get(row.model, len(place)))

    return sorted(results.overall, key=key)


def headline_scores(results: Results) -> dict[tuple[str, str], ScoreRow]:
    """The headline score of each (model, task) that the run holds."""
    return {(row.model, row.task): row for row in results.scores if row.headline}


def metrics(results: Results) -> dict[tuple[str, str], MetricInfo]:
    """Each (task, metric)."""
    return {(task.name, metric.name): metric for task in results.tasks for metric in task.metrics}


def higher_is_better(results: Results, task: str, metric: str | None = None) -> bool:
    """The direction of a task's metric, of its headline where none is named; the overall score's best is highest."""
    known = metrics(results)
    headline = {each.name: each.headline for each in results.tasks}
    found = known.get((task, metric or headline.get(task, "")))
    return found is None or found.higher_is_better


def best_models(results: Results) -> frozenset[tuple[str, str]]:
    """(model, task) pairs that hold a task's best headline score; none where one model alone has a score."""
    scores = [row for row in headline_scores(results).values() if row.value is not None]
    best: set[tuple[str, str]] = set()
    for task in results.tasks:
        column = [(row.value or 0.0, row.model) for row in scores if row.task == task.name]
        if len(column) > 1:
            top = (max if higher_is_better(results, task.name) else min)(value for value, _ in column)
            best |= {(model, task.name) for value, model in column if value == top}
    return frozenset(best)


def transfer_verdict(row: TransferRow | MatrixRow | ContributionRow) -> Verdict | None:
    """What training with other tasks did to the target; None where it is not known."""
    words = {"positive": Verdict.HELPS, "negative": Verdict.HURTS, "not separable": Verdict.UNCLEAR}
    return None if row.verdict is None else words[row.verdict]


def comparison_verdict(results: Results, row: ComparisonRow) -> Verdict | None:
    """Whether the model is better than the baseline, by the metric's direction; overall, more is better."""
    return verdict(
        row, results.suite.confidence, row.task == OVERALL or higher_is_better(results, row.task, row.metric)
    )


def variant_verdict(results: Results, row: VariantRow) -> Verdict | None:
    """Whether the variant is better than its base, by the metric's direction; overall, more is better."""
    return verdict(
        row, results.suite.confidence, row.task == OVERALL or higher_is_better(results, row.task, row.metric)
    )


def leading_variants(results: Results) -> list[VariantRow]:
    """Each variant's overall difference, or those on its tasks where there is no overall."""
    whole = {row.model for row in results.variants if row.task == OVERALL and row.delta is not None}
    return [row for row in results.variants if (row.task == OVERALL) == (row.model in whole)]


def transfers(results: Results) -> list[TransferRow]:
    """By target in the suite's order, then by source as they stand in the ranking."""
    tasks = {task.name: number for number, task in enumerate(results.tasks)}
    models = {row.model: number for number, row in enumerate(standings(results))}
    return sorted(
        results.transfer,
        key=lambda row: (tasks.get(row.target, len(tasks)), models.get(row.source, len(models))),
    )


def caveats(results: Results) -> list[Caveat]:
    """Warnings with the same code and message told once; failures first, else in order of appearance."""
    found: dict[tuple[str, str], Caveat] = {}
    for warning in results.warnings:
        caveat = found.setdefault((warning.code, warning.message), Caveat(warning.code, warning.message))
        if warning.where and warning.where not in caveat.where:
            caveat.where.append(warning.where)
    return sorted(found.values(), key=lambda caveat: caveat.code != FAILED)


def verdict(row: ComparisonRow | VariantRow, confidence: float, higher: bool) -> Verdict | None:
    """Separable where the interval leaves out 0 and the adjusted p-value is at most 1 − confidence; both must be known."""
    if row.delta is None:
        return None
    if row.ci_low is None or row.ci_high is None or row.p_adjusted is None:
        return Verdict.UNCLEAR
    if row.ci_low <= 0 <= row.ci_high or row.p_adjusted > 1 - confidence:
        return Verdict.UNCLEAR
    return Verdict.HELPS if (row.delta > 0) == higher else Verdict.HURTS
