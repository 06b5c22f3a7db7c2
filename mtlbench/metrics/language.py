"""Language modelling: perplexity and bits per byte, from the negative log-likelihoods of texts. Lower is better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, sign
from mtlbench.metrics.correlation import LARGEST

MOST_NATS = 700.0
"""Nats per token beyond which perplexity is too large for a number."""


class LanguageModelling(Metric):
    """`perplexity` = exp(Σ nats / Σ tokens), from 1 up; `bits_per_byte` = Σ nats / (ln 2 · Σ bytes), from 0 up.

    Neither is on 0–100 nor has an upper bound. Perplexities compare models of one tokeniser only; bits per byte compare
    any. Not defined where there are no tokens (bytes), nor a perplexity of more than 700 nats per token.
    """

    names = ("perplexity", "bits_per_byte")
    accepts = frozenset({"nats"})
    higher_is_better = False
    columns = ("nats", "tokens", "bytes", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self.bounds = (1.0 if name == "perplexity" else 0.0, math.inf)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (nats, tokens, bytes, 1)."""
        check_lengths(predictions, references)
        rows = np.ones((len(predictions), 4))
        for number, (row, prediction) in enumerate(zip(rows, predictions, strict=True)):
            if not _is_likelihood(prediction):
                raise ValueError(
                    f"row {number}: the prediction must be (nats, tokens, bytes), each at least 0, not {prediction!r}"
                )
            row[:3] = prediction
        return rows

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 4]` → perplexity or bits per byte `[...]`."""
        nats, units = totals[..., 0], totals[..., 1 if self.name == "perplexity" else 2]
        each = np.full(np.shape(nats), np.nan)
        np.divide(nats, units, out=each, where=units > 0)
        if self.name == "bits_per_byte":
            return each / math.log(2.0)
        return np.exp(np.where(each <= MOST_NATS, each, np.nan))

    def undefined(self, totals: FloatArray) -> str:
        """No examples, no tokens or bytes, or too many nats."""
        if not totals[3] > 0:
            return "no examples"
        if self.name == "bits_per_byte":
            return "no bytes"
        return f"more than {MOST_NATS:g} nats per token" if totals[1] > 0 else "no tokens"


def _is_likelihood(prediction: object) -> bool:
    """Whether it is (nats, tokens, bytes): a finite number and two whole ones, none below 0."""
    if not isinstance(prediction, (list, tuple, np.ndarray)) or len(prediction) != 3:
        return False
    if not all(isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool) for x in prediction):
        return False
    nats, *units = prediction
    return bool(0 <= nats <= LARGEST) and all(0 <= unit <= LARGEST and unit == int(unit) for unit in units)
