"""Sequence tagging: accuracy of tokens, and F1 of the entities that the tags mark.

A sentence's tags and its gold tags may differ in number, as a generated sequence may: a missing tag counts as “O”.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, listed, sign
from mtlbench.metrics.chunks import LENIENT, OUTSIDE, SCHEMES, Chunk, Tag, chunks, parse
from mtlbench.metrics.counts import SpanCounts


def check_tags(predictions: Sequence[Any], references: Sequence[Any]) -> None:
    """Raises ValueError, naming the row, unless all are sequences of str."""
    check_lengths(predictions, references)
    for what, values in (("prediction", predictions), ("reference", references)):
        for row, tags in enumerate(values):
            ordered = listed(tags) and not isinstance(tags, (set, frozenset))
            if not ordered or not all(isinstance(tag, str) for tag in tags):
                raise ValueError(f"row {row}: the {what} must be a list of tags, not {tags!r}")


class TokenAccuracy(Metric):
    """Right tags / gold tags, over all tokens of the corpus; predicted tags beyond a sentence's end are not looked at."""

    names = ("token_accuracy",)
    accepts = frozenset({"tags"})
    higher_is_better = True
    bounds = (0.0, 100.0)
    columns = ("hits", "tokens", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (right tags, gold tags, 1)."""
        check_tags(predictions, references)
        rows = np.ones((len(references), 3))
        for row, predicted, gold in zip(rows, predictions, references, strict=True):
            pairs = list(zip_longest(predicted, gold, fillvalue=OUTSIDE))[: len(gold)]
            row[:2] = sum(tag == right for tag, right in pairs), len(gold)
        return rows

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3]` → accuracy on 0–100 `[...]`; NaN where there is no token."""
        value = np.full(totals.shape[:-1], np.nan)
        np.divide(100.0 * totals[..., 0], totals[..., 1], out=value, where=totals[..., 1] > 0)
        return value

    def undefined(self, totals: FloatArray) -> str:
        """No examples, or only empty ones."""
        return "no tokens" if totals[2] > 0 else "no examples"


class EntityF1(SpanCounts):
    """Micro-F1 of entities: a predicted one is right where a gold one has the same ends and type.

    `scheme: conlleval` reads tags as conlleval.pl and seqeval's default mode do, whatever the scheme they follow; IOB1,
    IOB2, IOBES and BILOU read them strictly, as seqeval's `mode="strict"`: what does not follow the scheme is no entity.
    A predicted tag that the scheme does not know counts as “O”; a gold one is an error.

    F1 of each type is known where the task declares its labels: the types themselves, or, where “O” is among them, tags.
    """

    names = ("entity_f1",)
    accepts = frozenset({"tags"})

    def __init__(self, name: str, context: MetricContext, *, scheme: str = LENIENT) -> None:
        if scheme != LENIENT and scheme not in SCHEMES:
            raise ValueError(f"scheme must be one of {', '.join([LENIENT, *SCHEMES])}, not {scheme!r}")
        self.name, self._scheme = name, scheme
        self.signature = sign(name, "1", average="micro", scheme=scheme)
        self._labels_are(self._types(context.labels))

    def _types(self, labels: Sequence[str]) -> tuple[str, ...]:
        """The entity types of the labels, in order."""
        if OUTSIDE not in labels:
            return tuple(labels)
        tags = [(label, parse(label, self._scheme)) for label in labels]
        unknown = next((label for label, tag in tags if tag is None), None)
        if unknown is not None:
            raise ValueError(f"{self.name}: the label “{unknown}” is no tag of the scheme {self._scheme}")
        return tuple(dict.fromkeys(tag.type for _, tag in tags if tag and tag.prefix != OUTSIDE))

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (hits, predicted, gold: of all entities and of each declared type; 1), `[n, 3(1 + T) + 1]`."""
        check_tags(predictions, references)
        outside = Tag(OUTSIDE, "")
        predicted = [
            chunks([parse(tag, self._scheme) or outside for tag in tags], self._scheme) for tags in predictions
        ]
        gold = [self._gold(row, tags) for row, tags in enumerate(references)]
        return self._span_rows(zip(predicted, gold, strict=True))

    def _gold(self, row: int, tags: Sequence[str]) -> set[Chunk]:
        parsed = []
        for tag in tags:
            found = parse(tag, self._scheme)
            if found is None:
                raise ValueError(f"row {row}: the reference's {tag!r} is no tag of the scheme {self._scheme}")
            if self._labels and found.prefix != OUTSIDE and found.type not in self._labels:
                raise ValueError(
                    f"row {row}: the reference's {tag!r} is of none of the types {', '.join(self._labels)}"
                )
            parsed.append(found)
        return chunks(parsed, self._scheme)
