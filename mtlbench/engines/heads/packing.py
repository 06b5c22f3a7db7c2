"""Encoders on a CPU without padding: their layers see the tokens of all rows end to end, attention keeps the rows apart.

Nothing of a network is replaced but the kernel of its attention, so quantised and adapted layers work as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, NamedTuple

import torch
from torch import Tensor

PACKED = "rows_end_to_end"
"""What transformers knows the attention by."""

LAYERS: Mapping[str, str] = {
    "AlbertModel": "encoder",
    "BertModel": "encoder",
    "CamembertModel": "encoder",
    "Data2VecTextModel": "encoder",
    "DistilBertModel": "transformer",
    "ElectraModel": "encoder",
    "ErnieModel": "encoder",
    "RobertaModel": "encoder",
    "RobertaPreLayerNormModel": "encoder",
    "XLMRobertaModel": "encoder",
    "XLMRobertaXLModel": "encoder",
}
"""Class of an encoder → its module of all layers. None of these tells its layers where in a row a token stands."""


class Rows(NamedTuple):
    """The rows of a batch, which the layers pass on to attention in the place of a mask."""

    places: Tensor
    """`[tokens]`: of each token among the batch's, padding counted."""
    batch: tuple[int, int]
    """Rows, and tokens of the longest."""
    runs: list[tuple[int, int]]
    """How many rows of what length, one run after the other."""


def pack_layers(network: Any) -> None:
    """Let the layers of an encoder compute no padding, where it is of a family in `LAYERS`, in the CPU's memory.

    On a GPU one attention for each length would cost more than padding does.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    encoder = network.base_model
    name, config = LAYERS.get(type(encoder).__name__), encoder.config
    own_code = not type(encoder).__module__.startswith("transformers.")
    if name is None or own_code or encoder.device.type != "cpu" or getattr(config, "is_decoder", False):
        return
    if config._attn_implementation == PACKED:  # loaded once for several models
        return
    AttentionInterface.register(PACKED, attend)
    AttentionMaskInterface.register(PACKED, _mask_as_given)
    encoder.set_attn_implementation(PACKED)
    layers = getattr(encoder, name)
    layers.register_forward_pre_hook(_packed, with_kwargs=True)
    layers.register_forward_hook(_unpacked, with_kwargs=True)


def attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, rows: Rows, scaling: float | None = None, **_: Any
) -> tuple[Tensor, None]:
    """`[1, heads, tokens, size]` → `[1, tokens, heads, size]`: attention within each row, all rows of a length at once."""
    states = [part[0].transpose(0, 1) for part in (query, key, value)]
    found, start = torch.empty_like(states[0]), 0
    for count, length in rows.runs:
        run = slice(start, start := start + count * length)
        one, two, three = (part[run].reshape(count, length, *part.shape[1:]).transpose(1, 2) for part in states)
        seen = torch.nn.functional.scaled_dot_product_attention(one, two, three, scale=scaling)
        found[run] = seen.transpose(1, 2).flatten(0, 1)
    return found[None], None


def _mask_as_given(*_: Any, attention_mask: Tensor, **__: Any) -> Tensor:
    """`[B, T]`, which `_packed` reads."""
    return attention_mask


def _packed(layers: Any, args: tuple[Any, ...], given: dict[str, Any]) -> tuple[tuple[()], dict[str, Any]]:
    """Hidden states `[B, T, H]` → `[1, tokens, H]`, the mask → `Rows`."""
    keys = dict(zip(("hidden_states", "attention_mask"), args, strict=False)) | given
    hidden, mask = keys["hidden_states"], keys["attention_mask"]
    places = mask.flatten().nonzero().squeeze(1)
    runs = [(len(list(run)), length) for length, run in groupby(mask.sum(1).tolist())]
    packed = hidden.flatten(0, 1).index_select(0, places)[None]
    return (), {**keys, "hidden_states": packed, "attention_mask": Rows(places, tuple(mask.shape), runs)}


def _unpacked(layers: Any, args: tuple[()], given: dict[str, Any], output: Any) -> Any:
    """The last states back as `[B, T, H]`, 0 where there is padding."""
    rows, states = given["attention_mask"], output.last_hidden_state[0]
    found = states.new_zeros(rows.batch[0] * rows.batch[1], states.shape[-1])
    output.last_hidden_state = found.index_copy_(0, rows.places, states).view(*rows.batch, -1)
    return output
