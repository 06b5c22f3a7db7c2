"""ROUGE-1, -2, -L and -Lsum (Lin 2004): the mean of each example's best F over its references, as rouge_score."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_flag, check_texts, sign
from mtlbench.metrics.mean import MeanMetric, counted
from mtlbench.metrics.ngrams import shared, word_ngrams

Sentences: TypeAlias = list[tuple[str, ...]]
"""A text's tokens, sentence by sentence; only ROUGE-Lsum has more than one."""

AGREES_WITH = "rouge-score-0.1.2"
"""The implementation whose numbers these are."""

_TOKEN = re.compile(r"[a-z0-9]+")


class Rouge(MeanMetric):
    """`rouge1`, `rouge2`, `rougeL`, `rougeLsum`; `stemmer` applies Porter's stemmer to words of over three letters.

    Tokens are runs of ASCII letters and digits, lower-cased: text in another script has none and scores 0. ROUGE-Lsum
    takes each line for a sentence.
    """

    names = ("rouge1", "rouge2", "rougeL", "rougeLsum")
    accepts = frozenset({"text"})
    columns = ("precision", "recall", "f", "count")

    def __init__(self, name: str, context: MetricContext, *, stemmer: bool = False) -> None:
        check_flag("stemmer", stemmer)
        self.name, self._stemmer = name, stemmer
        self.signature = sign(name, AGREES_WITH, stem=stemmer, tok="default")
        self._hits = _HITS[name]

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (precision, recall, F, 1) against the reference with the best F, the first of equals; `[n, 4]`."""
        check_texts(predictions, references)
        rows = np.zeros((len(predictions), 3))
        for row, prediction, texts in zip(rows, predictions, references, strict=True):
            output = self._sentences(prediction)
            row[:] = max((self._compare(output, self._sentences(text)) for text in texts), key=lambda scores: scores[2])
        return counted(rows)

    def _sentences(self, text: str) -> Sentences:
        return [tokens(line, self._stemmer) for line in (text.split("\n") if self.name == "rougeLsum" else [text])]

    def _compare(self, output: Sentences, reference: Sentences) -> tuple[float, float, float]:
        """Precision, recall and F, each in [0, 1] and 0 where nothing is shared."""
        hits, of_output, of_reference = self._hits(output, reference)
        if not hits:
            return 0.0, 0.0, 0.0
        precision, recall = hits / of_output, hits / of_reference
        return precision, recall, 2 * precision * recall / (precision + recall)


@lru_cache(maxsize=2**14)
def tokens(text: str, stemmer: bool) -> tuple[str, ...]:
    """rouge_score's default tokens, remembered: several models and ROUGEs see the same texts."""
    found = map(sys.intern, _TOKEN.findall(text.lower()))
    return tuple(stem(token) if len(token) > 3 else token for token in found) if stemmer else tuple(found)


@lru_cache(maxsize=2**17)
def stem(word: str) -> str:
    """Porter's stem of a word, as NLTK gives it."""
    return str(_porter()(word))


@lru_cache(maxsize=1)
def _porter() -> Callable[[str], str]:
    from nltk.stem.porter import PorterStemmer  # type: ignore[import-untyped]

    porter: Callable[[str], str] = PorterStemmer().stem
    return porter


def _ngram_hits(output: Sentences, reference: Sentences, n: int) -> tuple[int, int, int]:
    """(shared n-grams, n-grams of the output, n-grams of the reference)."""
    grams, others = word_ngrams(output[0], n), word_ngrams(reference[0], n)
    return shared(grams, others), len(grams), len(others)


def _lcs_hits(output: Sentences, reference: Sentences) -> tuple[int, int, int]:
    """(length of the longest common subsequence, length of the output, length of the reference)."""
    from rapidfuzz.distance import LCSseq

    return LCSseq.similarity(output[0], reference[0]), len(output[0]), len(reference[0])


def _summary_hits(output: Sentences, reference: Sentences) -> tuple[int, int, int]:
    """(tokens in the union LCS of each reference sentence with all output sentences, lengths of both).

    A token counts no more often than it occurs in the output and in the reference, as in ROUGE-1.5.5.
    """
    left_output = Counter(token for sentence in output for token in sentence)
    left_reference = Counter(token for sentence in reference for token in sentence)
    lengths = left_output.total(), left_reference.total()
    hits = 0
    for sentence in reference:
        union = set().union(*(lcs_positions(sentence, other) for other in output))
        for position in sorted(union):
            token = sentence[position]
            if left_output[token] > 0 and left_reference[token] > 0:
                left_output[token] -= 1
                left_reference[token] -= 1
                hits += 1
    return hits, *lengths


def lcs_columns(rows: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The table of longest-common-subsequence lengths as bit vectors, one for each prefix of `columns`.

    Bit i of entry j is 0 where the length for (rows[:i+1], columns[:j]) exceeds that for (rows[:i], columns[:j]), so
    that the number of zeros is the length itself (Hyyrö 2004).
    """
    where: dict[str, int] = {}
    for i, token in enumerate(rows):
        where[token] = where.get(token, 0) | 1 << i
    all_ones = (1 << len(rows)) - 1
    vector = all_ones
    table = [vector]
    for token in columns:
        matching = vector & where.get(token, 0)
        vector = ((vector + matching) | (vector - matching)) & all_ones
        table.append(vector)
    return table


def lcs_positions(rows: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The positions in `rows` of one longest common subsequence: the one rouge_score's backtracking finds.

    It goes back along `columns` where that keeps the length and going back along `rows` would not: where bit i is 0.
    """
    table = lcs_columns(rows, columns)
    i, j = len(rows), len(columns)
    found = []
    while i and j:
        if rows[i - 1] == columns[j - 1]:
            i, j = i - 1, j - 1
            found.append(i)
        elif table[j] >> (i - 1) & 1:
            i -= 1
        else:
            j -= 1
    return found


_HITS: dict[str, Callable[[Sentences, Sentences], tuple[int, int, int]]] = {
    "rouge1": lambda output, reference: _ngram_hits(output, reference, 1),
    "rouge2": lambda output, reference: _ngram_hits(output, reference, 2),
    "rougeL": _lcs_hits,
    "rougeLsum": _summary_hits,
}
