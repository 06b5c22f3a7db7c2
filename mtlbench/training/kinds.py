"""The kinds of networks that are trained, named as engines name them: how each is made, what it reads, and its loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from mtlbench.engines import Engine, Identity, causal, heads, text2text
from mtlbench.engines.batching import pad_rows
from mtlbench.engines.heads.inputs import Reader, Row, encoder_limit
from mtlbench.engines.loading import input_limit
from mtlbench.runner.plan import PlannedTask
from mtlbench.suite.faults import InputError
from mtlbench.suite.recipe import Head
from mtlbench.training.examples import IGNORED, Continuations, Encoder, Example, HeadInputs, TextPairs
from mtlbench.training.grouping import by_length, by_task
from mtlbench.training.head_layout import head_config


@dataclass(frozen=True, slots=True)
class Part:
    """A task's part of a batch: `loss` is the mean over its `count` examples, with its graph.

    `logits` `[N, V]` are of what was to be told apart (tokens, labels, choices); None where a head gives no probabilities.
    """

    task: str
    count: int
    loss: Any
    logits: Any


class Kind(Protocol):
    name: ClassVar[str]
    auto_class: ClassVar[str]
    """transformers' class of a network, by name."""

    def ids(self, tokenizer: Any) -> dict[str, Any]:
        """What a fresh network's configuration takes from its tokenizer."""
        return {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}

    def fitted(self, network: Any, tasks: Mapping[str, PlannedTask], shapes: Mapping[str, Head]) -> Any:
        """The network with what the tasks need of it."""
        return network

    def encoder(self, network: Any, tokenizer: Any, source: str) -> Encoder: ...

    def groups(self, examples: Sequence[Example], *, alike: bool) -> list[list[Example]]:
        """A step's examples as they are computed together; of like lengths if so wished."""
        return by_length(examples) if alike else [list(examples)]

    def parts(self, network: Any, examples: Sequence[Example], padding: int) -> Iterator[Part]:
        """Each task's loss on a group."""
        ...

    def engine(self, network: Any, tokenizer: Any, identity: Identity) -> Engine:
        """What runs the network in memory."""
        ...


class Text2Text(Kind):
    name = "text2text"
    auto_class = "AutoModelForSeq2SeqLM"

    def ids(self, tokenizer: Any) -> dict[str, Any]:
        ends = {"eos_token_id": tokenizer.eos_token_id, "decoder_start_token_id": tokenizer.pad_token_id}
        return {**super().ids(tokenizer), **ends}

    def encoder(self, network: Any, tokenizer: Any, source: str) -> Encoder:
        positions = getattr(network.config, "max_position_embeddings", None)
        return TextPairs(tokenizer, network.config.model_type, source, input_limit(network, tokenizer), positions)

    def parts(self, network: Any, examples: Sequence[Example], padding: int) -> Iterator[Part]:
        inputs = _padded(examples, padding, network.device)
        labels = pad_rows([list(example.labels) for example in examples], IGNORED)[0].to(network.device)
        return _of_tokens(examples, network(**inputs, labels=labels).logits, labels)

    def engine(self, network: Any, tokenizer: Any, identity: Identity) -> Engine:
        return text2text.Text2Text(network, tokenizer, identity, _unheard)  # type: ignore[abstract]


class Causal(Kind):
    name = "causal"
    auto_class = "AutoModelForCausalLM"

    def ids(self, tokenizer: Any) -> dict[str, Any]:
        return {
            **super().ids(tokenizer),
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        }

    def encoder(self, network: Any, tokenizer: Any, source: str) -> Encoder:
        return Continuations(tokenizer, source, input_limit(network, tokenizer))

    def parts(self, network: Any, examples: Sequence[Example], padding: int) -> Iterator[Part]:
        inputs = _padded(examples, padding, network.device)
        labels = pad_rows([list(example.labels) for example in examples], IGNORED)[0].to(network.device)
        logits = network(**inputs).logits[:, -labels.shape[1] :]  # an adapter's virtual tokens stand before
        return _of_tokens(examples, logits[:, :-1], labels[:, 1:])

    def engine(self, network: Any, tokenizer: Any, identity: Identity) -> Engine:
        return causal.Causal(network, tokenizer, identity, False, _unheard)  # type: ignore[abstract]


class Heads(Kind):
    name = "heads"
    auto_class = "AutoModel"

    def fitted(self, network: Any, tasks: Mapping[str, PlannedTask], shapes: Mapping[str, Head]) -> Any:
        """A multi-task encoder: with the heads that the network has, and new ones of tasks for which it has none."""
        from mtlbench.encoders import MultitaskEncoder

        trained = dict(getattr(network, "heads", {}))
        wanted = [head_config(rows, shapes.get(task, Head())) for task, rows in tasks.items()]
        for head in wanted:
            _refuse_other_labels(head, trained.get(head.task))
        new = [head for head in wanted if head.task not in trained]
        if trained and not new:
            return network
        kept = [head.config for head in trained.values()]
        made = MultitaskEncoder.from_backbone(network.backbone if trained else network, [*kept, *new])
        for task, head in trained.items():
            made.heads[task].load_state_dict(head.state_dict())
        for head in new:
            if head.type == "regression":  # far off, its loss would drown the others' at first
                output: Any = made.heads[head.task].output
                output.bias.data.fill_(_mean(tasks[head.task]))
        return made

    def encoder(self, network: Any, tokenizer: Any, source: str) -> Encoder:
        configs = {head.task: head for head in network.config.head_configs}
        return HeadInputs(Reader(tokenizer, source, encoder_limit(network.backbone, tokenizer)), configs)

    def groups(self, examples: Sequence[Example], *, alike: bool) -> list[list[Example]]:
        return [group for mine in by_task(examples).values() for group in super(Heads, self).groups(mine, alike=alike)]

    def parts(self, network: Any, examples: Sequence[Example], padding: int) -> Iterator[Part]:
        """Of one task."""
        inputs, labels = _head_inputs(examples, padding)
        given = {name: tensor.to(network.device) for name, tensor in (inputs | {"labels": labels}).items()}
        output = network(task=examples[0].task, **given)
        yield Part(examples[0].task, len(examples), output.loss, _probable(output.logits, given["labels"]))

    def engine(self, network: Any, tokenizer: Any, identity: Identity) -> Engine:
        return heads.Heads.serving(network, tokenizer, identity, _unheard)


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (Text2Text(), Causal(), Heads())}


def _refuse_other_labels(wanted: Any, trained: Any) -> None:
    if trained is not None and (trained.config.type, trained.labels) != (wanted.type, wanted.labels):
        theirs = f"a {trained.config.type} head with the labels {', '.join(trained.labels) or 'none'}"
        raise InputError(
            f"task {wanted.task}: the network to start from has {theirs}",
            "give the task the same labels in the same order, or start from another network",
        )


def _mean(rows: PlannedTask) -> float:
    return math.fsum(rows.kind.target(references) for references in rows.references) / len(rows.references)


def _unheard(message: str) -> None:
    """A smaller batch for want of memory is of no interest."""


def _padded(examples: Sequence[Example], padding: int, device: Any) -> dict[str, Any]:
    ids, mask = pad_rows([list(example.inputs[0].ids) for example in examples], padding)
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def _of_tokens(examples: Sequence[Example], logits: Any, labels: Any) -> Iterator[Part]:
    """Logits `[B, T, V]`, labels `[B, T]`; an example's loss is the mean over its tokens."""
    import torch
    from torch.nn.functional import cross_entropy

    real = labels != IGNORED
    rows = real.nonzero()[:, 0]
    chosen = logits[real].float()
    losses = cross_entropy(chosen, labels[real], reduction="none")
    sums = losses.new_zeros(len(examples)).index_add(0, rows, losses)
    means = sums / real.sum(1)
    for task in by_task(examples):
        mine = torch.tensor([example.task == task for example in examples], device=labels.device)
        yield Part(task, int(mine.sum()), means[mine].mean(), chosen[mine[rows]])


def _head_inputs(examples: Sequence[Example], padding: int) -> tuple[dict[str, Any], Any]:
    """Token ids, mask and segment numbers `[B, T]`, `[B, C, T]` of choices; `words` `[B, W]`; and the labels."""
    import torch

    choices = max(len(example.inputs) for example in examples)
    empty = Row((), ())  # what rows of fewer choices are filled up with
    rows = [row for example in examples for row in (*example.inputs, *[empty] * (choices - len(example.inputs)))]
    ids, mask = pad_rows([list(row.ids) for row in rows], padding)
    inputs = {"input_ids": ids, "attention_mask": mask}
    if rows[0].types is not None:
        inputs["token_type_ids"] = pad_rows([list(row.types or ()) for row in rows], 0)[0]
    if choices > 1:
        inputs = {name: tensor.unflatten(0, (len(examples), choices)) for name, tensor in inputs.items()}
    if not examples[0].words:
        return inputs, torch.tensor([example.labels for example in examples])
    inputs["words"] = pad_rows([list(example.words) for example in examples], -1)[0]
    labels = [torch.tensor(example.labels) for example in examples]
    return inputs, torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=IGNORED)


def _probable(logits: Any, labels: Any) -> Any:
    """Logits of what counts `[N, L]`, where each label is one of L."""
    if isinstance(logits, tuple) or logits.shape[:-1] != labels.shape:
        return None
    return logits[labels != IGNORED]
