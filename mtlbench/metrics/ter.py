"""Translation edit rate (Snover et al. 2006), as sacreBLEU computes and signs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_flag, check_texts, sign
from mtlbench.metrics.mean import counted


class Ter(Metric):
    """100 × edits over the references' mean length, of the whole corpus; less is better, and it may exceed 100.

    Edits are insertions, deletions, substitutions and shifts of words that turn the output into the reference that needs
    fewest. Where all references are empty it is 100 if there is any edit, else 0.
    """

    names = ("ter",)
    accepts = frozenset({"text"})
    higher_is_better = False
    bounds = (0.0, float("inf"))
    columns = ("edits", "reference_length", "count")

    def __init__(
        self,
        name: str,
        context: MetricContext,
        *,
        normalized: bool = False,
        no_punct: bool = False,
        asian_support: bool = False,
        case_sensitive: bool = False,
    ) -> None:
        self.name = name
        self._options = {
            "normalized": normalized,
            "no_punct": no_punct,
            "asian_support": asian_support,
            "case_sensitive": case_sensitive,
        }
        for option, value in self._options.items():
            check_flag(option, value)
        case = "mixed" if case_sensitive else "lc"
        settings = {"case": case, "tok": "tercom", "norm": normalized, "punct": not no_punct, "asian": asian_support}
        self.signature = sign(name, version("sacrebleu"), **settings)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (fewest edits to any reference, mean length of the references, 1), `[n, 3]`."""
        check_texts(predictions, references)
        from sacrebleu.metrics.lib_ter import translation_edit_rate

        rows = np.zeros((len(predictions), 2))
        for row, prediction, texts in zip(rows, predictions, references, strict=True):
            output = self._words(prediction)
            edits, lengths = zip(*(translation_edit_rate(output, self._words(text)) for text in texts), strict=True)
            row[:] = min(edits), sum(lengths) / len(lengths)
        return counted(rows)

    def _words(self, text: str) -> list[str]:
        return self._tokenizer(text.rstrip()).split()

    @cached_property
    def _tokenizer(self) -> Callable[[str], str]:
        from sacrebleu.tokenizers.tokenizer_ter import TercomTokenizer

        tokenizer: Callable[[str], str] = TercomTokenizer(**self._options)
        return tokenizer

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3]` → TER `[...]`; NaN where there is no example."""
        edits, length, count = totals[..., 0], totals[..., 1], totals[..., 2]
        value = np.where(edits > 0, 100.0, 0.0)
        np.divide(100.0 * edits, length, out=value, where=length > 0)
        return np.where(count > 0, value, np.nan)
