"""Text that a network generates: the settings it is called with, where an output ends, and how long it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from mtlbench.engines.clock import CLOCK
from mtlbench.suite.declarations import Generation

PLAIN = frozenset(
    {
        "max_new_tokens", "min_new_tokens", "bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id",
        "forced_bos_token_id", "forced_eos_token_id", "use_cache", "transformers_version", "_from_model_config",
    }
)  # fmt: skip
"""Keys of a generation config that a pool of slots knows; where another is not neutral, `generate` serves."""


class Decoded(NamedTuple):
    """One output. `tokens` were generated, the one that ended it included; `limited` says that none ended it."""

    text: str
    tokens: int
    limited: bool


def decode(
    network: Any, tokenizer: Any, inputs: dict[str, Any], generation: Generation, most: int | None = None, **keys: Any
) -> list[Decoded]:
    """What the network writes to padded inputs `[rows, tokens]`, never more than `most` tokens.

    `keys` are further ones of transformers' generation config.
    """
    import torch

    start = 1 if network.config.is_encoder_decoder else inputs["input_ids"].shape[1]
    stops = generation.stop or []
    config = generation_config(network, generation, most)
    config.update(**keys)
    with CLOCK.timed("decode"), torch.inference_mode():
        sequences = network.generate(
            **inputs, generation_config=config, stopping_criteria=[_Stops(tokenizer, stops, start)] if stops else None
        )[:, start:].tolist()
    eos = end_tokens(config)
    return [read(tokenizer, sequence, eos, stops) for sequence in sequences]


def generation_config(network: Any, generation: Generation, most: int | None = None) -> Any:
    """The checkpoint's generation config with the request's keys over it; lengths count new tokens alone."""
    config = deepcopy(network.generation_config)
    config.max_length = config.min_length = None
    config.do_sample = False
    config.temperature = config.top_p = config.top_k = None  # of sampling alone; transformers would warn of them
    for key, value in generation.model_dump(exclude_none=True, exclude={"stop"}).items():
        setattr(config, key, value)
    if most is not None:  # what runs into the end of the positions is reported as limited
        config.max_new_tokens = min(config.max_new_tokens, most)
    if (config.num_beams or 1) == 1:  # keys of beam search, of which greedy search would warn
        config.early_stopping = config.length_penalty = None
    return config


class _Stops:
    """A criterion of `generate`: a row ends once its new text holds a stop string.

    That of transformers also looks into the prompt, whose end and the first new token may make one together.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str], start: int) -> None:
        self._tokenizer, self._stops, self._start = tokenizer, stops, start
        self._tail = max(len(stop.encode()) for stop in stops) + 1
        """Tokens that can hold a stop string: a byte each, and one before them, as decoding may drop a first space."""

    def __call__(self, sequences: Any, scores: Any, **_: Any) -> Any:
        import torch

        tail = sequences[:, max(self._start, sequences.shape[1] - self._tail) :]
        texts = self._tokenizer.batch_decode(tail, skip_special_tokens=True)
        return torch.tensor([_end(text, self._stops) is not None for text in texts], device=sequences.device)


def read(tokenizer: Any, sequence: list[int], eos: Collection[int], stops: Sequence[str] = ()) -> Decoded:
    """New tokens → text, up to the end token or the first stop string."""
    ended = next((place + 1 for place, token in enumerate(sequence) if token in eos), None)
    text = tokenizer.decode(sequence[:ended], skip_special_tokens=True)
    cut = _end(text, stops)
    if cut is None:
        return Decoded(text, ended or len(sequence), limited=ended is None)

    def holds_stop(count: int) -> bool:
        return _end(tokenizer.decode(sequence[:count], skip_special_tokens=True), stops) is not None

    return Decoded(text[:cut], bisect_left(range(len(sequence)), True, key=holds_stop), limited=False)


def _end(text: str, stops: Sequence[str]) -> int | None:
    """Where the first of the stop strings begins, if one is there."""
    return min((text.index(stop) for stop in stops if stop in text), default=None)


def end_tokens(config: Any) -> set[int]:
    """The tokens that end an output."""
    value: int | list[int] | None = config.eos_token_id
    if value is None:
        return set()
    return set(value) if isinstance(value, list) else {value}


def is_plain(config: Any) -> bool:
    """Whether a generation config asks for nothing but greedy search between a first and a last token."""
    asked = {key for key, value in config.to_diff_dict().items() if value not in (None, False, 0, 1, [], {})}
    return asked <= PLAIN
