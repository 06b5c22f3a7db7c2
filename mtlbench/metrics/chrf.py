"""Corpus chrF and chrF++ (Popović 2015, 2017), as sacreBLEU computes and signs them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_flag, check_texts, check_whole, sign
from mtlbench.metrics.mean import counted
from mtlbench.metrics.ngrams import compare_symbols

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TINY = 1e-16
_WORD_ORDER = {"chrf": 0, "chrf++": 2}
_PAIRS = 128
"""Pairs of texts compared at a time: their n-grams stay in the processor's cache."""


class Chrf(Metric):
    """`chrf` is F-beta of character n-grams, `chrf++` of word n-grams up to `word_order` 2 too, over the whole corpus.

    Precision and recall are averaged over the orders of which output and references both have n-grams, then combined:
    (1 + β²)·P·R / (β²·P + R). With `eps_smoothing` each order has its own F, and all orders are averaged. Of several
    references each example takes the one with the best F of its own.
    """

    names = ("chrf", "chrf++")
    accepts = frozenset({"text"})
    higher_is_better = True
    bounds = (0.0, 100.0)

    def __init__(
        self,
        name: str,
        context: MetricContext,
        *,
        char_order: int = 6,
        word_order: int | None = None,
        beta: int = 2,
        lowercase: bool = False,
        whitespace: bool = False,
        eps_smoothing: bool = False,
    ) -> None:
        word_order = _WORD_ORDER[name] if word_order is None else word_order
        check_whole("char_order", char_order, 1)
        check_whole("word_order", word_order, 0)
        check_whole("beta", beta, 1)
        for option, value in (("lowercase", lowercase), ("whitespace", whitespace), ("eps_smoothing", eps_smoothing)):
            check_flag(option, value)
        self.name, self._chars, self._words, self._factor = name, char_order, word_order, float(beta) ** 2
        self._lowercase, self._whitespace, self._eps = lowercase, whitespace, eps_smoothing
        orders = [f"char_{n + 1}" for n in range(char_order)] + [f"word_{n + 1}" for n in range(word_order)]
        self.columns = (*(f"{what}:{n}" for n in orders for what in ("output", "reference", "match")), "count")
        case = "lc" if lowercase else "mixed"
        settings = {"case": case, "eff": not eps_smoothing, "nc": char_order, "nw": word_order, "space": whitespace}
        self.signature = sign(name, version("sacrebleu"), **settings, beta=beta)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (n-grams of the output, of the reference, shared) for each order, then 1, `[n, 3·orders + 1]`."""
        check_texts(predictions, references)
        candidates = self._compare(
            [prediction for prediction, texts in zip(predictions, references, strict=True) for _ in texts],
            [text for texts in references for text in texts],
        )
        scores = self._f(candidates)
        ends = np.cumsum([len(texts) for texts in references], dtype=np.intp)
        best = [start + int(np.argmax(scores[start:end])) for start, end in pairwise([0, *ends])]
        return counted(candidates[np.array(best, dtype=np.intp)])

    def _compare(self, outputs: list[str], references: list[str]) -> FloatArray:
        """Counts `[pairs, 3·orders]` of each output with one reference; an output's n-grams of an order count as none
        where the reference has none of that order.
        """
        counts = np.zeros((len(outputs), len(self.columns) // 3, 3))
        for start in range(0, len(outputs), _PAIRS):
            pairs = slice(start, start + _PAIRS)
            texts = [text.lower() if self._lowercase else text for text in outputs[pairs] + references[pairs]]
            lines = texts if self._whitespace else ["".join(text.split()) for text in texts]
            counts[pairs, : self._chars] = compare_symbols(lines, self._chars)
            if self._words:
                words = [[part for word in text.split() for part in split_punctuation(word)] for text in texts]
                counts[pairs, self._chars :] = compare_symbols(words, self._words)
        return counts.reshape(len(outputs), len(self.columns) - 1)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3·orders + 1]` → chrF on 0–100 `[...]`; NaN where there is no example."""
        return np.where(totals[..., -1] > 0, self._f(totals[..., :-1]), np.nan)

    def _f(self, counts: FloatArray) -> FloatArray:
        """Counts `[..., 3·orders]` → F-beta on 0–100 `[...]`."""
        output, reference, match = (counts[..., start::3] for start in range(3))
        precision = np.divide(match, output, out=np.full(np.shape(match), _TINY), where=output > 0)
        recall = np.divide(match, reference, out=np.full(np.shape(match), _TINY), where=reference > 0)
        if self._eps:
            each = _f_beta(precision, recall, self._factor, otherwise=_TINY)
            return np.asarray(100.0 * _sum_in_turn(each) / each.shape[-1])
        both = (output > 0) & (reference > 0)
        orders = np.maximum(both.sum(-1), 1)
        mean_precision = _sum_in_turn(np.where(both, precision, 0.0)) / orders
        mean_recall = _sum_in_turn(np.where(both, recall, 0.0)) / orders
        return 100.0 * _f_beta(mean_precision, mean_recall, self._factor, otherwise=0.0)


def _f_beta(precision: FloatArray, recall: FloatArray, factor: float, otherwise: float) -> FloatArray:
    """(1 + β²)·P·R / (β²·P + R), elementwise; `otherwise` where both are 0."""
    below = factor * precision + recall
    value = np.full(np.shape(below), otherwise)
    np.divide((1.0 + factor) * precision * recall, below, out=value, where=below > 0)
    return value


def _sum_in_turn(values: FloatArray) -> FloatArray:
    """Sums `[..., orders]` → `[...]`, added up from left to right as in sacreBLEU: where two references are equally
    good the last bit of F chooses between them.
    """
    sums: FloatArray = np.cumsum(values, axis=-1)[..., -1]
    return sums


@lru_cache(maxsize=2**16)
def split_punctuation(word: str) -> tuple[str, ...]:
    """A word with one ASCII punctuation mark split from its end, or else from its start, as chrF++.py does."""
    if len(word) > 1 and word[-1] in _PUNCTUATION:
        return word[:-1], word[-1]
    if len(word) > 1 and word[0] in _PUNCTUATION:
        return word[0], word[1:]
    return (word,)
