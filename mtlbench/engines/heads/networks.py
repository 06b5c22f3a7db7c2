"""Two sorts of encoders with heads, used alike: transformers' own, with one head, and ours, with one for each task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from mtlbench.engines import loading
from mtlbench.engines.base import Identity, Options
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.engines.heads.config import MULTITASK, HeadSpec, head_of
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError

AUTO_CLASSES = {
    "classification": "AutoModelForSequenceClassification",
    "multilabel": "AutoModelForSequenceClassification",
    "regression": "AutoModelForSequenceClassification",
    "tagging": "AutoModelForTokenClassification",
    "span": "AutoModelForQuestionAnswering",
    "multiple_choice": "AutoModelForMultipleChoice",
}
"""Type of head → transformers' class."""


def load_network(identity: Identity, model: Model, options: Options) -> Loaded:
    """Raises InputError where the checkpoint is at fault."""
    from mtlbench.engines.heads.packing import pack_layers

    config = Checkpoint(identity.folder).config
    if config.get("model_type") == MULTITASK:
        import mtlbench.encoders  # noqa: F401  (makes it known to transformers)

        whole, tokenizer = loading.load(identity, model, options, "AutoModel")
        pack_layers(whole)
        return MultitaskNetwork(whole), tokenizer, config
    head = head_of(config, "")
    if head is None or head.type not in AUTO_CLASSES:
        raise InputError(f"{identity.source} has no head", "train one, and save the model with it")
    whole, tokenizer = loading.load(identity, model, options, AUTO_CLASSES[head.type])
    if getattr(whole.config, "pad_token_id", None) is None:  # by which decoders with a head find the last token
        whole.config.pad_token_id = tokenizer.pad_token_id
    pack_layers(whole)
    return PlainNetwork(whole, head), tokenizer, config


class Network(Protocol):
    """`encode` is called once for rows that several tasks share, `logits` for each of the tasks."""

    whole: Any
    encoder: Any

    def encode(self, inputs: dict[str, Any]) -> Any:
        """Token ids, mask and segment numbers `[B, T]` → a tensor whose first dimension is B."""
        ...

    def logits(self, task: str, encoded: Any, mask: Any, words: Any) -> Any:
        """Of these rows as the task's head gives them: see `mtlbench.encoders.heads`.

        `words` `[B, W]`: position of each word's first token, −1 where there is none.
        """
        ...


Loaded: TypeAlias = tuple[Network, Any, Mapping[str, Any]]
"""A network, its tokenizer and its `config.json`."""


class MultitaskNetwork:
    def __init__(self, network: Any) -> None:
        self.whole, self.encoder, self._heads = network, network.backbone, network.heads

    def encode(self, inputs: dict[str, Any]) -> Any:
        return self.whole.encode(**inputs)

    def logits(self, task: str, encoded: Any, mask: Any, words: Any) -> Any:
        head = self._heads[task]
        if head.name != "multiple_choice":
            return head(encoded, mask, words=words)
        return head(encoded[:, None], mask[:, None])  # choices come one a row


class PlainNetwork:
    """The whole network is the encoder, as its one head belongs to it."""

    def __init__(self, network: Any, head: HeadSpec) -> None:
        self.whole = self.encoder = network
        self._type = head.type

    def encode(self, inputs: dict[str, Any]) -> Any:
        import torch

        from mtlbench.encoders.inputs import known_inputs

        given = known_inputs(self.whole, self.whole.config, inputs)
        if self._type == "multiple_choice":
            given = {name: tensor[:, None] for name, tensor in given.items()}
        output = self.whole(**given)
        if self._type == "span":
            return torch.stack([output.start_logits, output.end_logits], dim=-1)
        return output.logits

    def logits(self, task: str, encoded: Any, mask: Any, words: Any) -> Any:
        from mtlbench.encoders.layers import word_vectors

        return word_vectors(encoded, words) if self._type == "tagging" else encoded
