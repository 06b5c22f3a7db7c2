"""Corpus BLEU (Papineni et al. 2002), with sacreBLEU's tokenisation, smoothing and signature."""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version
from itertools import chain, count
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_flag, check_texts, check_whole, sign
from mtlbench.metrics.ngrams import Ints, most, overlaps, shared, word_ngrams

_SEGMENTS = 256
"""Segments compared at a time: their n-grams stay in the processor's cache."""

_BYTES = np.dtype(np.intc).itemsize
"""Of a token's number, as `_Vocabulary` packs it."""

SMOOTHING: dict[str, float | None] = {"none": None, "floor": 0.1, "add-k": 1.0, "exp": None}
"""Smoothing methods and the default of their value, as in sacreBLEU (Chen and Cherry 2014)."""

TOKENIZERS = (
    "13a", "char", "flores101", "flores200", "intl", "ja-mecab", "ko-mecab", "none", "spBLEU-1K", "spm", "zh",
)  # fmt: skip
"""sacreBLEU's tokenisers, named here so that a suite is checked without importing it."""


class Bleu(Metric):
    """BP × the geometric mean of clipped n-gram precisions, over the whole corpus.

    BP = exp(1 − r/h) where the output is shorter (h < r), r being the length of the closest reference, the shorter of
    two equally close. Matches are clipped by each n-gram's largest count in any reference. Equals sacreBLEU's corpus
    score. Its parts are the smoothed precisions on 0–100, as sacreBLEU prints them, and the brevity penalty in [0, 1].
    """

    names = ("bleu",)
    accepts = frozenset({"text"})
    higher_is_better = True
    bounds = (0.0, 100.0)

    def __init__(
        self,
        name: str,
        context: MetricContext,
        *,
        tokenize: str = "13a",
        lowercase: bool = False,
        smooth_method: str = "exp",
        smooth_value: float | None = None,
        max_ngram_order: int = 4,
    ) -> None:
        check_tokenizer(tokenize)
        check_flag("lowercase", lowercase)
        check_whole("max_ngram_order", max_ngram_order, 1)
        self._smooth_value = checked_smoothing(smooth_method, smooth_value)
        self.name, self._order, self._smoothing = name, max_ngram_order, smooth_method
        self._tokenize, self._lowercase = tokenize, lowercase
        orders = range(1, max_ngram_order + 1)
        self.columns = ("length", "reference_length", *(f"match_{n}" for n in orders), *(f"total_{n}" for n in orders))
        self.columns += ("count",)
        self.parts = (*(f"precision_{n}" for n in orders), "brevity_penalty")
        bracket = "" if self._smooth_value is None else f"[{self._smooth_value:.2f}]"
        settings: dict[str, object] = {
            "case": "lc" if lowercase else "mixed",
            "eff": "no",
            "tok": tokenize,
            "smooth": smooth_method + bracket,
        }
        if max_ngram_order != 4:
            settings["order"] = max_ngram_order
        self.signature = sign(name, version("sacrebleu"), **settings)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (length, closest reference's length, matches of order 1…N, n-grams of order 1…N, 1), `[n, 3 + 2N]`."""
        check_texts(predictions, references)
        vocabulary = _vocabulary() if self._tokenize == "13a" else _Vocabulary()
        outputs = [self._symbols(prediction, vocabulary) for prediction in predictions]
        others = [[self._symbols(text, vocabulary) for text in texts] for texts in references]
        rows = np.ones((len(outputs), len(self.columns)))
        rows[:, 0] = [len(symbols) // _BYTES for symbols in outputs]
        for start in range(0, len(outputs), _SEGMENTS):
            block = slice(start, start + _SEGMENTS)
            if all(len(several) == 1 for several in others[block]):
                pairs = [*outputs[block], *(several[0] for several in others[block])]
                rows[block, 1], rows[block, 2 : 2 + self._order] = self._compare(pairs, vocabulary.size)
            else:
                rows[block, 1 : 2 + self._order] = [
                    self._compare_several(*pair) for pair in zip(outputs[block], others[block], strict=True)
                ]
        rows[:, 2 + self._order : -1] = np.maximum(rows[:, :1] - np.arange(self._order), 0)
        return rows

    def _symbols(self, text: str, vocabulary: _Vocabulary) -> bytes:
        text = text.lower() if self._lowercase else text
        return vocabulary.text_13a(text) if self._tokenize == "13a" else vocabulary.pack(self._split(text))

    def _compare(self, documents: Sequence[bytes], size: int) -> tuple[Ints, Ints]:
        """The references' lengths `[n]` and the clipped matches `[n, N]` of n outputs, then n references."""
        symbols = np.frombuffer(b"".join(documents), np.intc).astype(np.int64)
        lengths = np.array([len(document) // _BYTES for document in documents])
        return lengths[len(lengths) // 2 :], overlaps(symbols, lengths, size, self._order)

    def _compare_several(self, output: bytes, references: Sequence[bytes]) -> list[int]:
        """The closest reference's length and the clipped matches of order 1…N."""
        words, *several = (memoryview(document).cast("i").tolist() for document in (output, *references))
        orders = range(1, self._order + 1)
        highest = (most(word_ngrams(each, n) for each in several) for n in orders)
        matches = [shared(word_ngrams(words, n), limit.elements()) for n, limit in zip(orders, highest, strict=True)]
        return [closest(len(words), map(len, several)), *matches]

    @cached_property
    def _split(self) -> Callable[[str], list[str]]:
        """The tokeniser, made when first needed: some load a model or a dictionary."""
        if self._tokenize == "none":
            return str.split
        tokenizer = sacrebleu_tokenizer(self._tokenize)
        return lambda text: tokenizer(text.rstrip()).split()

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3 + 2N]` → BLEU on 0–100 `[...]`; 0 where nothing matches, NaN where there is no example."""
        value = 100.0 * np.exp(_log_penalty(totals) + self._log_precisions(totals).mean(-1))
        matches = totals[..., 2 : 2 + self._order]
        return np.where(totals[..., -1] > 0, np.where(matches.any(-1), value, 0.0), np.nan)

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3 + 2N]` → (precisions of order 1…N, brevity penalty) `[..., N + 1]`.

        All are 0 where the output is empty, and the precisions where nothing matches.
        """
        matches = totals[..., 2 : 2 + self._order]
        precisions = np.where(matches.any(-1, keepdims=True), 100.0 * np.exp(self._log_precisions(totals)), 0.0)
        values = np.concatenate([precisions, np.exp(_log_penalty(totals))[..., None]], axis=-1)
        return np.where(totals[..., -1:] > 0, values, np.nan)

    def _log_precisions(self, totals: FloatArray) -> FloatArray:
        """Natural logarithms of the smoothed precisions `[..., N]` as fractions; −∞ where a precision is 0."""
        matches, ngrams = totals[..., 2 : 2 + self._order], totals[..., 2 + self._order : -1]
        if self._smoothing == "add-k":
            added = np.where(np.arange(self._order) > 0, self._smooth_value or 0.0, 0.0)
            matches, ngrams = matches + added, ngrams + added
        zero = (matches == 0) & (ngrams > 0)
        numerator = matches
        if self._smoothing == "exp":
            # The j-th order without a match counts 1/2^j of an n-gram.
            numerator = np.where(zero, 0.5 ** np.cumsum(zero, axis=-1), matches)
        elif self._smoothing == "floor":
            numerator = np.where(zero, self._smooth_value or 0.0, matches)
        present = (ngrams > 0) & (numerator > 0)
        precisions = np.divide(numerator, ngrams, out=np.ones(np.shape(ngrams)), where=present)
        return np.where(present, np.log(precisions), -np.inf)


def _log_penalty(totals: FloatArray) -> FloatArray:
    """The natural logarithm of the brevity penalty `[...]`; −∞ for an empty output of a reference that is not."""
    length, reference_length = totals[..., 0], totals[..., 1]
    ratio = np.divide(reference_length, length, out=np.full(np.shape(length), np.inf), where=length > 0)
    return np.where(length < reference_length, 1.0 - ratio, 0.0)


def check_tokenizer(name: str) -> None:
    """Raises ValueError unless sacreBLEU has a tokeniser of this name."""
    if name not in TOKENIZERS:
        raise ValueError(f"tokenize must be one of {', '.join(TOKENIZERS)}, not {name!r}")


def checked_smoothing(method: str, value: float | None) -> float | None:
    """The value a smoothing method works with, its default where None is given; raises ValueError for a bad one."""
    if method not in SMOOTHING:
        raise ValueError(f"smooth_method must be one of {', '.join(SMOOTHING)}, not {method!r}")
    default = SMOOTHING[method]
    if default is None or value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e6:
        raise ValueError(f"smooth_value must be a number of at least 0, not {value!r}")
    return float(value)


def sacrebleu_tokenizer(name: str) -> Callable[[str], str]:
    """sacreBLEU's tokeniser; raises ValueError where its optional package is not installed."""
    from sacrebleu.metrics.bleu import BLEU

    try:
        tokenizer: Callable[[str], str] = BLEU(tokenize=name).tokenizer
    except (ImportError, RuntimeError) as error:
        raise ValueError(f"tokenize: {name} cannot be loaded: {error}") from error
    return tokenizer


def closest(length: int, others: Iterable[int]) -> int:
    """The closest of the references' lengths, the shorter of two equally close."""
    return min(others, key=lambda other: (abs(length - other), other))


@lru_cache(maxsize=2**14)
def split_13a(text: str) -> tuple[str, ...]:
    """The tokens of mteval-v13a, remembered: several models and metrics see the same texts.

    Its rules see one character to either side at most and treat all white space alike, so that words can be split one
    by one and remembered; only a line break may join words ("-\\n"), and such a text goes to sacreBLEU whole.
    """
    if "\n" in text:
        return tuple(_tokenizer_13a()(text.rstrip()).split())
    return tuple(chain.from_iterable(map(_known_word_13a, text.split())))


class _Vocabulary(dict[str, bytes]):
    """Word → the numbers of its 13a tokens, found when first asked for; tokens are numbered as they come.

    Numbers are packed into bytes: containers would be walked by the garbage collector, time and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._numbers: defaultdict[str, bytes] = defaultdict(map(struct.Struct("i").pack, count()).__next__)
        self.text_13a = lru_cache(maxsize=2**14)(self._text_13a)

    @property
    def size(self) -> int:
        """All numbers are below it."""
        return max(1, len(self._numbers))

    def pack(self, tokens: Iterable[str]) -> bytes:
        return b"".join(map(self._numbers.__getitem__, tokens))

    def __missing__(self, word: str) -> bytes:
        packed = self[word] = self._numbers[word] if word.isalnum() else self.pack(_split_word_13a(word))
        return packed

    def _text_13a(self, text: str) -> bytes:
        return self.pack(split_13a(text)) if "\n" in text else b"".join(map(self.__getitem__, text.split()))


@lru_cache(maxsize=1)
def _known_13a() -> _Vocabulary:
    return _Vocabulary()


def _vocabulary() -> _Vocabulary:
    """The one of texts seen before, or a new one where that has grown large."""
    if len(_known_13a()) > _MOST_WORDS:
        _known_13a.cache_clear()
    return _known_13a()


@lru_cache(maxsize=1)
def _tokenizer_13a() -> Callable[[str], str]:
    return sacrebleu_tokenizer("13a")


_PLAIN = re.compile(r"[^!-&(-/:-@\[-`{-~]+")
"""A word that 13a leaves alone: its rules are about ASCII punctuation, apostrophes excepted."""

_MOST_WORDS = 2**18


def _split_word_13a(word: str) -> tuple[str, ...]:
    if word.isalnum() or _PLAIN.fullmatch(word):
        return (word,)
    start, end = word[:-1], word[-1]
    if end in ".," and (start.isalnum() or _PLAIN.fullmatch(start)):
        return (start, end)
    return tuple(_tokenizer_13a()(word).split())


_known_word_13a = lru_cache(maxsize=_MOST_WORDS)(_split_word_13a)
