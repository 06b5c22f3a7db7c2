"""Which of a few choices an encoder-decoder finds likeliest, and how likely it finds each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mtlbench.engines.base import Output
from mtlbench.engines.decoding import generation_config
from mtlbench.engines.encdec_likelihood import log_likelihoods
from mtlbench.suite.declarations import Generation
from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from mtlbench.engines.encdec_reading import Reader
    from mtlbench.engines.languages import Direction

COPIES = 4
"""What an input's token counts for in a batch: its keys and values are kept for all layers, and small batches stay in a
CPU's cache.
"""


class Ranker:
    """Ranks choices in one direction of translation."""

    def __init__(self, network: Any, reader: Reader, direction: Direction) -> None:
        self._network, self._reader, self._direction = network, reader, direction
        self._positions: int | None = getattr(network.config, "max_position_embeddings", None)
        config = generation_config(network, Generation())
        config.update(**reader.languages.generation_keys(direction))
        first = config.bos_token_id if config.decoder_start_token_id is None else config.decoder_start_token_id
        self._start = [first] if config.forced_bos_token_id is None else [first, config.forced_bos_token_id]
        """What the decoder is given before it writes: its start token, and the first token where that is forced."""
        self._targets: dict[str, list[int]] = {}

    def learn(self, choices: Iterable[Sequence[str]]) -> None:
        """The tokens of each choice, less what is given; raises InputError for a choice that is too long."""
        texts = {choice for several in choices for choice in several}
        for text, tokens in self._reader.targets(texts, self._direction).items():
            self._targets[text] = tokens[1:] if tokens[0] in self._start[1:] else tokens
            if self._positions and len(self._start) + len(self._targets[text]) > self._positions + 1:
                shown = text if len(text) <= 60 else text[:59] + "…"
                raise InputError(
                    f"a choice of {len(self._targets[text])} tokens, “{shown}”, is longer than the model's "
                    f"{self._positions} positions"
                )

    def rank(self, inputs: Mapping[str, Tensor], choices: Sequence[Sequence[str]], budget: int) -> list[Output]:
        """The likeliest choice after each input of a padded batch, of equals the first, with log-likelihoods of all."""
        started = time.perf_counter()
        wanted = [[self._targets[choice] for choice in several] for several in choices]
        scores = log_likelihoods(self._network, inputs, self._start, wanted, budget)
        seconds = (time.perf_counter() - started) / len(choices)
        return [
            Output(
                several[mine.index(max(mine))], int(length), seconds=seconds,
                scores=mine, score_tokens=[len(target) for target in targets],
            )
            for several, mine, targets, length in zip(
                choices, scores, wanted, inputs["attention_mask"].sum(1).tolist(), strict=True
            )
        ]  # fmt: skip
