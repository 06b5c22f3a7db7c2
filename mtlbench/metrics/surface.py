"""What a text looks like, whatever it says: its length, its repetitions, its variety, and what it copies.

Words are those of BLEU's tokeniser 13a, case kept. None of these says how good an output is: they tell how two models
differ, and warn of outputs cut short or stuck in a loop. So they should be no task's headline.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from hashlib import blake2b
from typing import Any, ClassVar

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, check_texts, check_whole, sign
from mtlbench.metrics.bleu import closest, split_13a
from mtlbench.metrics.ngrams import Ints, word_ngrams


class _Ratio(Metric):
    """100 × Σ first statistic / Σ second, over the whole corpus; not defined where the second is 0."""

    accepts = frozenset({"text"})
    bounds = (0.0, 100.0)
    _nothing: ClassVar[str]
    """Why there is no score where the second statistic is 0."""

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3]` → ratios on 0–100 `[...]`; NaN where there is nothing to divide by."""
        value = np.full(np.shape(totals)[:-1], np.nan)
        np.divide(100.0 * totals[..., 0], totals[..., 1], out=value, where=totals[..., 1] > 0)
        return value

    def undefined(self, totals: FloatArray) -> str:
        return self._nothing if totals[-1] > 0 else "no examples"


class LengthRatio(_Ratio):
    """100 × the outputs' words over the references', as BLEU's brevity penalty counts them: 100 is equal length.

    Of several references the one of the closest length counts, the shorter of two equally close. Neither more nor less is
    better: `higher_is_better` is true only because a metric must say something.
    """

    names = ("length_ratio",)
    higher_is_better = True
    bounds = (0.0, float("inf"))
    columns = ("length", "reference_length", "count")
    _nothing = "all references are empty"

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1", tok="13a")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (words of the output, of the closest reference, 1), `[n, 3]`."""
        check_texts(predictions, references)
        rows = np.ones((len(predictions), 3))
        for row, prediction, texts in zip(rows, predictions, references, strict=True):
            length = len(split_13a(prediction))
            row[:2] = length, closest(length, (len(split_13a(text)) for text in texts))
        return rows


class Repetition(_Ratio):
    """100 × the share of the outputs' n-grams that stood in the same output before (Welleck et al. 2020, seq-rep-n).

    Σ (n-grams − different n-grams) / Σ n-grams, over the whole corpus; less is better.
    """

    names = ("repetition",)
    higher_is_better = False
    columns = ("repeated", "ngrams", "count")

    def __init__(self, name: str, context: MetricContext, *, n: int = 4) -> None:
        check_whole("n", n, 1)
        self.name, self._n = name, n
        self._nothing = f"no output has {n} words"  # type: ignore[misc]
        self.signature = sign(name, "1", n=n, tok="13a")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (repeated n-grams, n-grams, 1), `[n, 3]`; references are not looked at."""
        check_texts(predictions, references)
        rows = np.ones((len(predictions), 3))
        for row, prediction in zip(rows, predictions, strict=True):
            grams = word_ngrams(split_13a(prediction), self._n)
            row[:2] = len(grams) - len(set(grams)), len(grams)
        return rows


class CopyRate(_Ratio):
    """100 × the share of the outputs' n-grams that stand in the input (the “not novel” ones of summarisation).

    Σ (n-grams found in the example's own input) / Σ n-grams, over the whole corpus; each occurrence counts. The input is
    the whole request, with what the task's template adds.
    """

    names = ("copy_rate",)
    higher_is_better = False
    needs_inputs = True
    columns = ("copied", "ngrams", "count")

    def __init__(self, name: str, context: MetricContext, *, n: int = 4) -> None:
        check_whole("n", n, 1)
        self.name, self._n = name, n
        self._nothing = f"no output has {n} words"  # type: ignore[misc]
        self.signature = sign(name, "1", n=n, tok="13a")

    def statistics(
        self, predictions: Sequence[Any], references: Sequence[Any], *, inputs: Sequence[str] | None = None
    ) -> FloatArray:
        """Rows (n-grams that stand in the input, n-grams, 1), `[n, 3]`; references are not looked at."""
        check_texts(predictions, references)
        if inputs is None:
            raise ValueError(f"{self.name} needs the inputs")
        check_lengths(predictions, inputs)
        rows = np.ones((len(predictions), 3))
        for row, prediction, text in zip(rows, predictions, inputs, strict=True):
            there = set(word_ngrams(split_13a(text), self._n))
            grams = word_ngrams(split_13a(prediction), self._n)
            row[:2] = sum(gram in there for gram in grams), len(grams)
        return rows


class Distinct(Metric):
    """`distinct_1`, `distinct_2`: 100 × different n-grams over all n-grams, of the whole corpus (Li et al. 2016).

    It falls as a corpus grows, so only corpora of one size compare; and a bootstrap, in which only 63% of the examples
    are drawn, and some of them twice, always comes out lower. So it has no interval, but a paired test, which keeps
    both systems' sizes. It is no function of sums: a resample's different n-grams are those of the examples in it.
    Which n-grams an example has cannot stand in a row of numbers: the row has a hash of them, and the metric remembers
    what it stands for. So it must have seen the texts.
    """

    names = ("distinct_1", "distinct_2")
    accepts = frozenset({"text"})
    additive = False
    reusable = False
    higher_is_better = True
    bounds = (0.0, 100.0)
    columns = ("key", "ngrams", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self._n = name, int(name[-1])
        self.signature = sign(name, "1", n=self._n, tok="13a")
        self._numbers: dict[Hashable, int] = {}
        self._seen: dict[int, list[int]] = {}

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (key of the output's n-grams, n-grams, 1), `[n, 3]`; references are not looked at."""
        check_texts(predictions, references)
        rows = np.ones((len(predictions), 3))
        for row, prediction in zip(rows, predictions, strict=True):
            grams = word_ngrams(split_13a(prediction), self._n)
            distinct = dict.fromkeys(grams)
            key = int.from_bytes(blake2b(repr(sorted(distinct)).encode(), digest_size=6).digest())
            self._seen[key] = [self._numbers.setdefault(gram, len(self._numbers)) for gram in distinct]
            row[:2] = key, len(grams)
        return rows

    def score(self, totals: FloatArray) -> FloatArray:
        raise TypeError(f"{self.name} is no function of sums")

    def undefined(self, totals: FloatArray) -> str:
        return f"no output has {self._n} words" if totals[-1] > 0 else "no examples"

    def unsampled(self, statistics: FloatArray) -> str | None:
        return "a resample holds fewer different texts, which alone lowers it"

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """100 × n-grams of the examples drawn at all, over the n-grams of all draws, `[B]`."""
        alone, members, starts = self._membership(statistics[:, 0])
        drawn = weights > 0
        distinct = drawn @ alone
        if len(starts):
            distinct = distinct + np.logical_or.reduceat(drawn[:, members], starts, axis=1).sum(1)
        total = weights @ statistics[:, 1]
        value = np.full(len(weights), np.nan)
        np.divide(100.0 * distinct, total, out=value, where=total > 0)
        return value

    def _membership(self, keys: FloatArray) -> tuple[FloatArray, Ints, Ints]:
        """How many n-grams each example `[n]` has to itself; and of the others, one by one, the examples that hold them:
        these laid end to end, and where each begins.
        """
        try:
            grams = [self._seen[int(key)] for key in keys]
        except KeyError:
            raise ValueError(f"{self.name} cannot be told from stored statistics: it needs the texts") from None
        examples = np.repeat(np.arange(len(grams)), [len(of_one) for of_one in grams])
        numbers = np.array([number for of_one in grams for number in of_one], dtype=np.int64)
        order = np.argsort(numbers, kind="stable")
        _, starts, holders = np.unique(numbers[order], return_index=True, return_counts=True)
        single = holders == 1
        alone = np.bincount(examples[order][starts[single]], minlength=len(grams)).astype(np.float64)
        shared = examples[order][np.repeat(~single, holders)]
        return alone, shared, np.cumsum(holders[~single]) - holders[~single]
