"""SQuAD's exact match and token F1: the official normalisation, and the best over an example's references."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_flag, check_texts, sign
from mtlbench.metrics.mean import MeanMetric, counted

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(maxsize=2**16)
def normalise(text: str) -> tuple[str, ...]:
    """The words of an answer, lower-cased, without ASCII punctuation and English articles (evaluate-v1.1.py)."""
    return tuple(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def token_f1(prediction: tuple[str, ...], reference: tuple[str, ...]) -> float:
    """The harmonic mean of precision and recall of the bag of words, in [0, 1]; 0 where they share none."""
    same = sum((Counter(prediction) & Counter(reference)).values())
    return 2 * same / (len(prediction) + len(reference)) if same else 0.0


class Squad(MeanMetric):
    """`squad_em` and `squad_f1` as SQuAD's evaluate-v1.1.py, or with `unanswerable` as evaluate-v2.0.py.

    In v2.0 references that normalise to nothing are left out unless none is left (“no answer”), and an empty side
    scores 1 against an empty side; v1.1 gives an F1 of 0 there.
    """

    names = ("squad_em", "squad_f1")
    accepts = frozenset({"text"})

    def __init__(self, name: str, context: MetricContext, *, unanswerable: bool = False) -> None:
        check_flag("unanswerable", unanswerable)
        self.name, self._unanswerable = name, unanswerable
        self.signature = sign(name, "1", unanswerable=unanswerable)
        self._is_exact = name.endswith("_em")
        self.columns = ("hit" if self._is_exact else "f1", "count")
        self.law = "proportion" if self._is_exact else "mean"

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (best exact match or F1 over the references, 1)."""
        check_texts(predictions, references)
        compare = self._exact if self._is_exact else self._f1
        best = [
            max(compare(normalise(prediction), answer) for answer in self._answers(texts))
            for prediction, texts in zip(predictions, references, strict=True)
        ]
        return counted(np.array(best, dtype=np.float64))

    def _answers(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        answers = [normalise(text) for text in texts]
        if not self._unanswerable:
            return answers
        return [answer for answer in answers if answer] or [()]

    def _exact(self, prediction: tuple[str, ...], reference: tuple[str, ...]) -> float:
        return float(prediction == reference)

    def _f1(self, prediction: tuple[str, ...], reference: tuple[str, ...]) -> float:
        if self._unanswerable and not (prediction and reference):
            return float(prediction == reference)
        return token_f1(prediction, reference)
