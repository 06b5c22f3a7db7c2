"""Slices: scores on some of a task's examples (long inputs, one label, one value of a column) against those on the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.answers import Answers
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.metrics.base import FloatArray, corpus_score
from mtlbench.results.schema import SliceRow
from mtlbench.stats.independent import fisher_exact, jackknife_difference, newcombe_interval
from mtlbench.stats.intervals import Interval, jackknife_t_interval, wilson_interval
from mtlbench.stats.multiplicity import benjamini_hochberg
from mtlbench.stats.resampling import cluster_sums
from mtlbench.stats.seeds import GROUPED, generator

INPUT_WORDS, LABEL = "input words", "label"
FEWEST = 30
"""Examples that a slice, and the rest, must have to be told apart."""
MOST_VALUES = 20
"""Of a column with more values the most frequent are slices, all others one more."""
OTHER, NONE = "(other)", "(none)"
FEW_NUMBERS = 4
"""A column of no more different numbers is one of categories."""
GROUPS = 20
"""Of examples, left out in turn where a score is no function of sums: each takes scoring the slice anew."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slice:
    column: str
    name: str
    mask: Mask
    """Which examples are in it `[n]`."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The scores within a slice and on the rest, their intervals and the test that they are equal."""

    value: float
    rest: float
    interval: Interval
    difference: Interval
    p_value: float | None
    test: str


def slice_rows(answers: Sequence[Answers], models: Sequence[str], design: Design) -> list[SliceRow]:
    """Every slice of every task for each model, with p-values adjusted over all slices of the model."""
    slices = {each.task.name: find_slices(each) for each in answers}
    rows: list[SliceRow] = []
    for model in models:
        mine = [
            _row(model, each.task, each.rows[model], part, design)
            for each in answers
            if model in each.rows
            for part in slices[each.task.name]
        ]
        adjusted = benjamini_hochberg([row.p_value for row in mine])
        lower = {each.task.name for each in answers if not each.task.headline.higher_is_better}
        for row, p_value in zip(mine, adjusted, strict=True):
            worse = None
            if p_value is not None and row.delta is not None:
                worse = p_value <= design.alpha and (row.delta > 0 if row.task in lower else row.delta < 0)
            rows.append(row.model_copy(update={"p_adjusted": p_value, "worse": worse}))
    return rows


def find_slices(answers: Answers) -> list[Slice]:
    """By length of the input, by label, and by each column.

    By label only where the score is a mean over examples: F1 or a correlation of one label's examples means nothing.
    """
    columns = dict(answers.columns)
    labelled, metric = answers.labelled, answers.task.headline
    if labelled is not None and metric.law in ("proportion", "mean"):
        columns[LABEL] = [labelled.labels[place] for place in labelled.references]
    return [Slice(name, value, mask) for name, values in columns.items() for value, mask in parts(values).items()]


def parts(values: Sequence[str | None]) -> dict[str, Mask]:
    """Name → mask `[n]` of the examples: quarters of numbers, else each value, of many the most frequent and the others."""
    numbers = _numbers(values)
    if len(np.unique(numbers[~np.isnan(numbers)])) > FEW_NUMBERS:
        return _quarters(numbers)
    named = [NONE if value is None else value for value in values]
    counts = Counter(named).most_common()
    if len(counts) > MOST_VALUES:
        kept = {value for value, _ in counts[: MOST_VALUES - 1]}
        named = [value if value in kept else OTHER for value in named]
    array = np.array(named, dtype=object)
    return {value: np.asarray(array == value, dtype=np.bool_) for value in sorted(set(named))}


def _numbers(values: Sequence[str | None]) -> FloatArray:
    """The values as numbers `[n]`, NaN where there is none; all NaN unless every value is a finite number."""
    try:
        numbers = np.array([np.nan if value is None else float(value) for value in values])
    except ValueError:
        return np.full(len(values), np.nan)
    given = np.array([value is not None for value in values], dtype=np.bool_)
    return numbers if np.isfinite(numbers[given]).all() else np.full(len(values), np.nan)


def _quarters(numbers: FloatArray) -> dict[str, Mask]:
    """Quarters of the examples by size, named by the numbers in them; equal numbers stay together."""
    known = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[known], (0.25, 0.5, 0.75)))
    place = np.searchsorted(edges, numbers)
    masks = [known & (place == quarter) for quarter in np.unique(place[known])]
    named = {" to ".join(map(_plain, (numbers[mask].min(), numbers[mask].max()))): mask for mask in masks}
    return named if known.all() else {**named, NONE: ~known}


def _plain(number: np.float64) -> str:
    """All its digits, so that no two quarters have one name."""
    return repr(float(number)).removesuffix(".0")


def _row(model: str, task: TaskEvidence, rows: FloatArray, part: Slice, design: Design) -> SliceRow:
    n = int(part.mask.sum())
    row = partial(
        SliceRow, model=model, task=task.name, metric=task.headline.name, column=part.column, slice=part.name, n=n
    )
    for count, where in ((n, "in it"), (len(rows) - n, "outside it")):
        if count < FEWEST:
            return row(reason=f"fewer than {FEWEST} examples {where}")
    found = contrast(task, rows, part.mask, design)
    if np.isnan(found.value) or np.isnan(found.rest):
        return row(reason="the score is not defined on these examples, or not on the others")
    return row(
        value=found.value,
        ci_low=found.interval.low,
        ci_high=found.interval.high,
        rest=found.rest,
        delta=found.value - found.rest,
        delta_low=found.difference.low,
        delta_high=found.difference.high,
        p_value=found.p_value,
        test=None if found.p_value is None else found.test,
        reason=found.interval.reason or found.difference.reason,
    )


def contrast(task: TaskEvidence, rows: FloatArray, mask: Mask, design: Design) -> Contrast:
    """A slice against the rest, from the statistics `[n, k]` of each example, which are drawn by examples or by clusters.

    Shares of hits have Newcombe's interval and Fisher's test; all else the jackknife's t: without each example or cluster
    where the score is a function of sums, else without each of GROUPS groups of them (the delete-a-group jackknife).
    """
    if task.headline.law == "proportion" and task.clusters is None:
        return _of_hits(rows[:, -2], mask, design)
    side = _by_units if task.headline.additive else _by_groups
    here, there = (side(task, rows, each, design) for each in (mask, ~mask))
    difference, p_value = jackknife_difference(
        here.value - there.value, here.without - there.without, min(here.units, there.units), design.confidence
    )
    interval = jackknife_t_interval(here.value, here.without[here.present], design.confidence)
    return Contrast(here.value, there.value, interval, difference, p_value, "jackknife t")


def _of_hits(hits: FloatArray, mask: Mask, design: Design) -> Contrast:
    n, m = int(mask.sum()), int((~mask).sum())
    here, there = int(hits[mask].sum()), int(hits[~mask].sum())
    return Contrast(
        100 * here / n,
        100 * there / m,
        wilson_interval(here, n, design.confidence),
        newcombe_interval(here, n, there, m, design.confidence),
        fisher_exact(here, n, there, m),
        "Fisher, exact",
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """A slice or the rest: its score, the scores without each unit, and which units have examples in it."""

    value: float
    without: FloatArray
    present: Mask

    @property
    def units(self) -> int:
        return int(self.present.sum())


def _by_units(task: TaskEvidence, rows: FloatArray, mask: Mask, design: Design) -> _Side:
    """By examples, or by clusters. A unit without examples here leaves the score as it is."""
    mine, units = rows[mask], np.flatnonzero(mask)
    if task.clusters is not None:
        units, places = np.unique(task.clusters[mask], return_inverse=True)
        mine = cluster_sums(mine, places)
    total = mine.sum(0)
    value = float(task.headline.score(total))
    without, present = np.full(task.units, value), np.zeros(task.units, dtype=np.bool_)
    without[units], present[units] = task.headline.score(total - mine), True
    return _Side(value, without, present)


def _by_groups(task: TaskEvidence, rows: FloatArray, mask: Mask, design: Design) -> _Side:
    """By groups of units, which are the same for both sides and every model."""
    groups = generator(design.seed, task.fingerprint, GROUPED, 0).permutation(task.units) % GROUPS
    of_rows = (groups if task.clusters is None else groups[task.clusters])[mask]
    kept = (of_rows != np.arange(GROUPS)[:, None]).astype(np.float64)
    without = task.headline.resample(kept, rows[mask])
    return _Side(corpus_score(task.headline, rows[mask]), without, np.ones(GROUPS, dtype=np.bool_))
