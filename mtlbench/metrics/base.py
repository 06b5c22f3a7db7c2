"""The contract of a metric: one row of sufficient statistics per example, and a score of their sums.

A corpus score is `score(statistics.sum(0))`, so a bootstrap is `score(weights @ statistics)`, a subgroup a masked sum
and a shard a partial sum. A metric that is no function of sums overrides `resample` alone, and says `additive = False`.
`corpus_score` is the one way to the score of a set of rows, whatever the metric.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.ranked import Ranked
from mtlbench.stats.sums import weighted_sums
from mtlbench.suite.declarations import Task

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MetricContext:
    """What a metric may know of its task: the label set, in declared order, and the positive label's index.

    `folder` is what relative paths are relative to: the suite's folder.
    """

    labels: tuple[str, ...] = ()
    positive: int | None = None
    folder: Path = Path()

    @classmethod
    def of(cls, task: Task, folder: Path) -> Self:
        """What a task of a suite in `folder` tells its metrics."""
        labels = tuple(task.labels or ())
        return cls(labels, None if task.positive is None else labels.index(task.positive), folder)


class Metric(Protocol):
    """(predictions, references) → statistics `[n, k]` → score on 0–100 (correlations and MCC on −100–100).

    A class lists in `names` the metrics it gives and in `accepts` what a task must produce for it; a prediction and its
    reference are, for

    - "label": ints, indices into `context.labels`; −1 is an invalid output, never a reference;
    - "labels": a list or set of such ints each, the labels that hold; −1 stands for an output that is none of them;
    - "scores": a list of log-likelihoods, one for each choice in label order, and the index of the gold choice;
    - "normalized_scores": the same, each score divided by the tokens that it is the sum of;
    - "number": floats;
    - "text": a str, and a sequence of one or more str;
    - "tags": a sequence of str each, one for each token: part-of-speech tags, or "O", "B-PER", "I-PER" …;
    - "arcs": a sequence of (head, relation) each, one for each token: the head is a token's number, from 1, or 0 for
      the root;
    - "spans": a set of (start, end, label) each;
    - "answers": a sequence of bools each, one for each of a question's answers; in a prediction None is an output that
      is neither;
    - "nats": (nats, tokens, bytes) of a text, nats being its negative log-likelihood; references are not looked at.

    It is made as `cls(name, context, **options)`; the keyword-only parameters of `__init__` are the options a suite may
    set, and a bad value raises ValueError with a message for the user.
    """

    names: ClassVar[tuple[str, ...]]
    accepts: ClassVar[frozenset[str]]
    additive: ClassVar[bool] = True
    """Whether `resample` is `score(weights @ statistics)`, so that sums of rows may stand for the rows."""
    sees_invalid: ClassVar[bool] = False
    """Whether it wants None for an output that is no number; others get the number it counts as."""
    law: Literal["proportion", "mean", "ratio", "cells", "rank", "pearson"] = "ratio"
    """What the score is of its rows, from which intervals and tests are chosen: a share of hits (rows (0 or 1, 1)), a mean
    on 0–100 (rows (…, value, 1)), a function of sums, one of few distinct rows (counts of labels), one of ranks, or
    Pearson's correlation."""
    unbiased: ClassVar[float | None] = None
    """Of a share of preferences, with rows (…, preferred, counted): what it is of a model that prefers neither."""
    reusable: bool = True
    """Whether stored rows of the same signature, options and texts may stand for new ones: not where the signature leaves
    out what makes them (a file that may change), nor where the metric must have seen the texts to score them."""
    needs_inputs: ClassVar[bool] = False
    """Whether `statistics` takes one more keyword, `inputs`: what the model was asked, a text for each example."""

    name: str
    higher_is_better: bool
    bounds: tuple[float, float]
    columns: tuple[str, ...]
    """The names of the k statistics."""
    signature: str
    """All settings that made the number, as sacreBLEU prints them: `name|key:value|…|version:…`."""
    parts: tuple[str, ...] = ()
    """The names of the numbers that the score is made of (a class's F1, BLEU's precisions); additive metrics only."""

    def __init__(self, name: str, context: MetricContext, **options: Any) -> None: ...

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """One row per example, float64 `[n, k]`. Raises ValueError where the lengths differ or a value is of no use."""
        ...

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., k]` → scores `[...]`; NaN marks “not defined” inside arrays and never leaves the scoring room.

        Raises TypeError where the metric is no function of sums at all.
        """
        ...

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., k]` → the values of `parts` `[..., len(parts)]`; NaN where one is not defined."""
        return np.empty((*np.shape(totals)[:-1], 0))

    def undefined(self, totals: FloatArray) -> str:
        """Why the score of rows that sum to `totals` `[k]` is not defined, in words for a report."""
        return "no examples"

    def unsampled(self, statistics: FloatArray) -> str | None:
        """Why rows `[n, k]` that have a score have none for their resamples; None where they do."""
        return None

    def exchangeable(self, statistics: FloatArray) -> FloatArray:
        """Rows of the same score that equally good systems may exchange: on one scale, where the score knows none."""
        return statistics

    def ranked(self, statistics: FloatArray) -> Ranked | None:
        """Rows that can be exchanged as ranks, where the score is one of Σ coefficient·rank: many tests are then fast."""
        return None

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """Scores `[B]` of the resamples whose multiplicities are `weights` `[B, n]`."""
        return self.score(weighted_sums(weights, statistics))


def corpus_score(metric: Metric, statistics: FloatArray) -> float:
    """The score of the rows `statistics` `[n, k]`, each counted once; NaN where it is not defined."""
    return float(metric.resample(np.ones((1, len(statistics))), statistics)[0])


def sign(name: str, version: str, **settings: object) -> str:
    """A signature: `name|key:value|…|version:…`, settings in the given order, booleans as yes and no."""
    words = {True: "yes", False: "no"}
    pairs = [f"{key}:{words[value] if isinstance(value, bool) else value}" for key, value in settings.items()]
    return "|".join([name, *pairs, f"version:{version}"])


def check_lengths(predictions: Sequence[Any], references: Sequence[Any]) -> None:
    """Raises ValueError unless there is one reference for each prediction."""
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions but {len(references)} references")


def check_texts(predictions: Sequence[Any], references: Sequence[Any]) -> None:
    """Raises ValueError, naming the row, unless each prediction is a str and each reference a sequence of str."""
    check_lengths(predictions, references)
    for row, (prediction, texts) in enumerate(zip(predictions, references, strict=True)):
        if not isinstance(prediction, str):
            raise ValueError(f"row {row}: the prediction must be text, not {prediction!r}")
        several = isinstance(texts, (Sequence, np.ndarray)) and not isinstance(texts, str) and len(texts) > 0
        if not several or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"row {row}: the reference must be a list of one or more texts, not {texts!r}")


def listed(value: object) -> bool:
    """Whether a value is a list, a tuple, a set or an array, and no text."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes))


def check_lists(values: Sequence[Any], what: str, of: str) -> None:
    """Raises ValueError, naming the row, unless each value is a list or the like; `of` says of what."""
    for row, value in enumerate(values):
        if not listed(value):
            raise ValueError(f"row {row}: the {what} must be a list of {of}, not {value!r}")


def check_flag(option: str, value: object) -> None:
    """Raises ValueError unless the option's value is true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{option} must be true or false, not {value!r}")


def check_whole(option: str, value: object, least: int) -> None:
    """Raises ValueError unless the option's value is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{option} must be a whole number of at least {least}, not {value!r}")
