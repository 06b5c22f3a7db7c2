"""How likely an encoder-decoder finds given outputs: each input is encoded once, however many outputs are asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mtlbench.engines.batching import pack

if TYPE_CHECKING:
    from torch import Tensor

MOST_LOGITS = 2**27
"""Numbers in the logits of one pass of the decoder: half a gigabyte of fp32, whatever the vocabulary."""


def log_likelihoods(
    network: Any, inputs: Mapping[str, Tensor], start: list[int], targets: Sequence[Sequence[list[int]]], budget: int
) -> list[list[float]]:
    """Σ log p(token | input, `start`, tokens before it) of each target of each input, in their order; in nats.

    `inputs` hold `input_ids` and `attention_mask` `[n, length]`; `targets` are n lists of token lists, of any number and
    length. Pairs of input and target are decoded in batches of like length; `budget` bounds the input tokens of a batch.
    """
    import torch

    pairs = [(row, target) for row, several in enumerate(targets) for target in several]
    scores = [0.0] * len(pairs)
    most_tokens = max(1, MOST_LOGITS // network.config.vocab_size)
    most_pairs = max(1, budget // inputs["input_ids"].shape[1])
    with torch.inference_mode():
        states = network.get_encoder()(**inputs).last_hidden_state
        for batch in pack([len(start) + len(target) - 1 for _, target in pairs], most_tokens, most_pairs):
            found = _decode(network, states, inputs["attention_mask"], start, [pairs[index] for index in batch])
            for index, score in zip(batch, found, strict=True):
                scores[index] = score
    left = iter(scores)
    return [[next(left) for _ in several] for several in targets]


def _decode(
    network: Any, states: Tensor, mask: Tensor, start: list[int], pairs: Sequence[tuple[int, list[int]]]
) -> list[float]:
    """Σ log p of the target of each pair (input's row, target), from the encoder's `states` `[n, length, width]`."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    rows = torch.tensor([row for row, _ in pairs], device=mask.device)
    texts = [torch.tensor(start + target) for _, target in pairs]
    tokens = pad_sequence(texts, batch_first=True, padding_value=-1).to(mask.device)
    logits = network(
        attention_mask=mask.index_select(0, rows),
        encoder_outputs=(states.index_select(0, rows),),
        decoder_input_ids=tokens[:, :-1].clamp(min=0),  # what pads the end comes after all that counts
        use_cache=False,
    ).logits[:, len(start) - 1 :]
    logits, wanted = logits.float(), tokens[:, len(start) :]
    chosen = logits.gather(-1, wanted.clamp(min=0).unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
    found: list[float] = chosen.masked_fill(wanted < 0, 0.0).double().sum(-1).tolist()
    return found
