"""Dependency parsing by deep biaffine attention (Dozat & Manning 2017)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbench.encoders.config import HeadConfig
from mtlbench.encoders.head import IGNORED, Head
from mtlbench.encoders.layers import hidden_layers, word_vectors


class ParseScores(NamedTuple):
    """`arcs` `[B, W, W + 1]`: how well a word hangs on each head, 0 the root and j the j-th word.

    `relations` `[B, W, W + 1, R]`: by which relation, were that its head.
    """

    arcs: Tensor
    relations: Tensor


class Biaffine(nn.Module):
    """[x; 1]ᵀ Uᵣ [y; 1] for each pair of a dependent x and a head y, and each of `outputs` r."""

    def __init__(self, size: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, size + 1, size + 1))

    def forward(self, dependents: Tensor, heads: Tensor) -> Tensor:
        """`[B, W, D]` and `[B, V, D]` → `[B, W, V, outputs]`."""
        x, y = (functional.pad(vectors, (0, 1), value=1.0) for vectors in (dependents, heads))
        return torch.einsum("bwi,rij,bvj->bwvr", x, self.weight, y)


class ParsingHead(Head):
    """A head and a relation for each word: `ParseScores`, the sum of two cross entropies.

    Labels `[B, W, 2]` hold (head, relation) by number, −100 where there is no word. The root is the first token. `hidden`
    gives the layers of each of the four views of a word: as dependent and as head, of arcs and of relations.
    """

    name = "parsing"

    def __init__(self, config: HeadConfig, size: int) -> None:
        super().__init__(config, size)
        made = [hidden_layers(size, config.hidden, config.dropout) for _ in range(4)]
        self.views = nn.ModuleList(layers for layers, _ in made)
        self.arcs = Biaffine(made[0][1], 1)
        self.relations = Biaffine(made[0][1], len(config.labels))

    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> ParseScores:
        assert words is not None, "a head over words needs `words`"
        dependents = word_vectors(hidden, words)
        heads = torch.cat([hidden[:, :1], dependents], dim=1)
        arc_dependent, arc_head, relation_dependent, relation_head = self.views
        arcs = self.arcs(arc_dependent(dependents), arc_head(heads)).squeeze(-1)
        relations = self.relations(relation_dependent(dependents), relation_head(heads))
        return ParseScores(arcs.masked_fill(_impossible(words), torch.finfo(arcs.dtype).min), relations)

    def loss(self, logits: ParseScores, labels: Tensor) -> Tensor:
        heads, relations = labels.unbind(-1)
        arc = functional.cross_entropy(logits.arcs.flatten(0, 1), heads.flatten(), ignore_index=IGNORED)
        right = heads.clamp(min=0)[..., None, None].expand(-1, -1, 1, logits.relations.shape[-1])
        chosen = logits.relations.gather(2, right).squeeze(2)
        relation = functional.cross_entropy(chosen.flatten(0, 1), relations.flatten(), ignore_index=IGNORED)
        return arc + relation


def _impossible(words: Tensor) -> Tensor:
    """Arcs to no word, and from a word to itself, `[B, W, W + 1]`."""
    count = words.shape[1]
    absent = functional.pad(words < 0, (1, 0), value=False)[:, None, :]
    own = functional.pad(torch.eye(count, dtype=torch.bool, device=words.device), (1, 0), value=False)
    return absent | own
