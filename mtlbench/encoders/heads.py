"""The types of heads, by name."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbench.encoders.config import HeadConfig
from mtlbench.encoders.head import IGNORED, Head
from mtlbench.encoders.layers import POOLINGS, hidden_layers, word_vectors
from mtlbench.encoders.parsing import ParsingHead


class _Pooled(Head):
    """One vector for the whole input → as many outputs as `outputs` says."""

    def __init__(self, config: HeadConfig, size: int) -> None:
        super().__init__(config, size)
        self._pool = POOLINGS[config.pooling]
        self.layers, size = hidden_layers(size, config.hidden, config.dropout)
        self.output = nn.Linear(size, self.outputs)

    @property
    def outputs(self) -> int:
        return len(self.labels)

    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> Tensor:
        logits: Tensor = self.output(self.layers(self._pool(hidden, attention_mask)))
        return logits


class ClassificationHead(_Pooled):
    """One of the labels: logits `[B, L]`, cross entropy; labels `[B]`."""

    name = "classification"

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(logits, labels, ignore_index=IGNORED)


class MultilabelHead(_Pooled):
    """Any of the labels: logits `[B, L]`, binary cross entropy; labels `[B, L]`, 1 where one holds."""

    name = "multilabel"

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))


class RegressionHead(_Pooled):
    """A number: logits `[B]`, squared error; labels `[B]`."""

    name = "regression"
    outputs = 1

    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> Tensor:
        return super().forward(hidden, attention_mask).squeeze(-1)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.mse_loss(logits, labels.to(logits.dtype))


class MultipleChoiceHead(_Pooled):
    """A score for each choice: hidden states `[B, C, T, H]` → logits `[B, C]`, cross entropy; labels `[B]`.

    A row with fewer choices is filled up with choices whose attention mask is 0 throughout.
    """

    name = "multiple_choice"
    outputs = 1

    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> Tensor:
        scores = super().forward(hidden, attention_mask).squeeze(-1)
        return scores.masked_fill(~attention_mask.bool().any(-1), torch.finfo(scores.dtype).min)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(logits, labels, ignore_index=IGNORED)


class TaggingHead(Head):
    """A tag for each word: logits `[B, W, L]`, cross entropy; labels `[B, W]`, −100 where there is no word."""

    name = "tagging"

    def __init__(self, config: HeadConfig, size: int) -> None:
        super().__init__(config, size)
        self.layers, size = hidden_layers(size, config.hidden, config.dropout)
        self.output = nn.Linear(size, len(config.labels))

    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> Tensor:
        assert words is not None, "a head over words needs `words`"
        logits: Tensor = self.output(self.layers(word_vectors(hidden, words)))
        return logits

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORED)


class SpanHead(Head):
    """Where an answer begins and ends: logits `[B, T, 2]`, the mean of two cross entropies; labels `[B, 2]` are tokens'
    positions.
    """

    name = "span"

    def __init__(self, config: HeadConfig, size: int) -> None:
        super().__init__(config, size)
        self.layers, size = hidden_layers(size, config.hidden, config.dropout)
        self.output = nn.Linear(size, 2)

    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> Tensor:
        logits: Tensor = self.output(self.layers(hidden))
        return logits.masked_fill(~attention_mask.bool().unsqueeze(-1), torch.finfo(logits.dtype).min)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(logits, labels, ignore_index=IGNORED)


HEADS: dict[str, type[Head]] = {
    head.name: head
    for head in (
        ClassificationHead,
        MultilabelHead,
        RegressionHead,
        TaggingHead,
        SpanHead,
        ParsingHead,
        MultipleChoiceHead,
    )
}
