"""Requests of several tasks → the rows of tokens that they need, each of which is encoded once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mtlbench.engines import loading
from mtlbench.engines.base import Identity, Options, Output, Refusal, Request
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.engines.heads.answers import Case, answer
from mtlbench.engines.heads.config import HeadSpec, fitted
from mtlbench.engines.heads.inputs import Encoded, Piece, Reader, Row, encoder_limit
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError


@dataclass(slots=True)
class Open:
    """A request that was read, and what the head made of those of its pieces that are answered, by their places."""

    request: Request
    head: HeadSpec
    encoded: Encoded
    results: dict[int, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return sum(len(piece.row.ids) for piece in self.encoded.pieces)

    @property
    def done(self) -> bool:
        return len(self.results) == len(self.encoded.pieces)

    def output(self) -> Output:
        pieces, question = self.encoded.pieces, self.request.question
        results = [self.results[place] for place in range(len(pieces))]
        text, scores = answer(Case(self.request.asked, self.head, question, pieces, results))
        return Output(text, self.tokens, seconds=self.seconds, truncated=self.encoded.truncated, scores=scores)


class Use(NamedTuple):
    """A row of tokens as one request reads it."""

    by: Open
    place: int
    """The row's place among the request's."""

    @property
    def piece(self) -> Piece:
        return self.by.encoded.pieces[self.place]


Uses = Mapping[Row, Sequence[Use]]


class Reading:
    """One tokenizer, and the heads that the inputs are read for."""

    def __init__(self, reader: Reader, model: Model, config: Mapping[str, Any]) -> None:
        self._reader, self._model, self._config = reader, model, config

    def uses(self, requests: Sequence[Request]) -> Uses:
        found: dict[Row, list[Use]] = defaultdict(list)
        for each in self._opened(requests):
            for place, piece in enumerate(each.encoded.pieces):
                found[piece.row].append(Use(each, place))
        return found

    def tokens(self, requests: Sequence[Request]) -> list[int]:
        """Of each request, all its pieces counted."""
        return [each.tokens for each in self._opened(requests)]

    def _opened(self, requests: Sequence[Request]) -> list[Open]:
        """In the order of the requests; those of a task are read together."""
        by_task: dict[str, list[int]] = defaultdict(list)
        for index, request in enumerate(requests):
            by_task[request.task].append(index)
        found: dict[int, Open] = {}
        for mine in by_task.values():
            asking = [requests[index] for index in mine]
            head = fitted(self._model, self._config, asking[0].asked)
            if isinstance(head, Refusal):
                raise InputError(head.message, head.hint)
            questions = [request.question for request in asking]
            encoded = self._reader.read(head.type, questions, asking[0].max_input_tokens)
            found |= {
                index: Open(request, head, each) for index, request, each in zip(mine, asking, encoded, strict=True)
            }
        return [found[index] for index in range(len(requests))]


def load_reading(identity: Identity, model: Model, options: Options) -> Reading:
    """By the tokenizer and `config.json` alone: the network, whose positions limit the inputs, has no weights."""
    import torch
    import transformers

    import mtlbench.encoders  # noqa: F401  (makes ours known to transformers)

    trust = model.trust_remote_code and options.trust_remote_code
    with loading.explained(identity.source), torch.device("meta"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(identity.folder, trust_remote_code=trust)
        config = transformers.AutoConfig.from_pretrained(identity.folder, trust_remote_code=trust)
        network = transformers.AutoModel.from_config(config, trust_remote_code=trust)
    reader = Reader(tokenizer, identity.source, encoder_limit(network.base_model, tokenizer))
    return Reading(reader, model, Checkpoint(identity.folder).config)
