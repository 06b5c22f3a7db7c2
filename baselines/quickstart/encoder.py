"""The multi-head encoder: a tiny BERT that is shared by a head for each of its tasks."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import torch
from loop import Encoded, padded
from text_pairs import Example, suite
from transformers import AutoTokenizer, BertConfig, PreTrainedTokenizerFast

from mtlbench.encoders import MultitaskConfig, MultitaskEncoder, first_tokens

HEADS = {"sentiment": "classification", "topic": "classification", "rating": "regression", "aspects": "tagging"}
IGNORED = -100  # the label of padding


def fresh(tokenizer: PreTrainedTokenizerFast, tasks: Sequence[str]) -> MultitaskEncoder:
    """With a head for each of the tasks."""
    backbone = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=128,
        type_vocab_size=1,
        pad_token_id=tokenizer.pad_token_id,
    )
    heads = [{"task": task, "type": HEADS[task], "labels": _labels(task), "pooling": "mean"} for task in tasks]
    model = MultitaskEncoder(MultitaskConfig(backbone=backbone.to_diff_dict(), heads=heads))
    if "rating" in tasks:
        torch.nn.init.constant_(model.heads["rating"].output.bias, 3.0)  # the middle of the stars
    return model


def encode(tokenizer: PreTrainedTokenizerFast, task: str, examples: Sequence[Example]) -> list[Encoded]:
    """Token ids, target (number of the label, stars, or number of each word's tag), task and first token of each word."""
    inputs, words = _inputs(tokenizer, task, examples)
    targets = [_target(task, example) for example in examples]
    return list(zip(inputs, targets, [task] * len(inputs), words, strict=True))


def loss(model: MultitaskEncoder, batch: list[Encoded]) -> torch.Tensor:
    """Summed over examples, task by task."""
    total = torch.zeros(())
    for task, group in groupby(sorted(batch, key=lambda row: row[2]), key=lambda row: row[2]):
        rows = list(group)
        ids, mask = padded([row[0] for row in rows])
        words = padded([row[3] for row in rows], filler=-1)[0]
        labels = padded([row[1] for row in rows], filler=IGNORED)[0]
        if HEADS[task] != "tagging":
            labels = labels.squeeze(1)
        total = total + len(rows) * model(task, ids, mask, labels=labels, words=words).loss
    return total


def save(model: MultitaskEncoder, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """In half precision."""
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load(folder: Path) -> tuple[MultitaskEncoder, PreTrainedTokenizerFast]:
    model = MultitaskEncoder.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


@torch.inference_mode()
def answers(
    model: MultitaskEncoder, tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example], task: str
) -> list[str]:
    """The likeliest label, the stars, or the likeliest tag of each word."""
    read, texts = _READ[HEADS[task]], []
    for ids, words in zip(*_inputs(tokenizer, task, examples), strict=True):
        logits = model(task, torch.tensor([ids]), words=torch.tensor([words])).logits[0]
        texts.append(read(logits, _labels(task)))
    return texts


def _inputs(
    tokenizer: PreTrainedTokenizerFast, task: str, examples: Sequence[Example]
) -> tuple[list[list[int]], list[list[int]]]:
    """Token ids of each example, and the place of the first token of each of its words where these are tagged."""
    spec = suite()["tasks"][task]
    if "words" in spec:
        found = tokenizer([example.row[spec["words"]] for example in examples], is_split_into_words=True)
        return found.input_ids, [[place for place in row if place >= 0] for row in first_tokens(found).tolist()]
    found = tokenizer([spec["segments"][0].format(**example.row) for example in examples])
    return found.input_ids, [[0]] * len(examples)


def _target(task: str, example: Example) -> list[float]:
    answer = example.references[0].split()
    return [float(answer[0])] if HEADS[task] == "regression" else [_labels(task).index(label) for label in answer]


def _labels(task: str) -> list[str]:
    return suite()["tasks"][task].get("labels", [])


def _label(logits: torch.Tensor, labels: list[str]) -> str:
    return labels[int(logits.argmax())]


def _number(logits: torch.Tensor, labels: list[str]) -> str:
    return f"{logits.item():.6g}"


def _tags(logits: torch.Tensor, labels: list[str]) -> str:
    return " ".join(labels[tag] for tag in logits.argmax(-1).tolist())


_READ: dict[str, Callable[[torch.Tensor, list[str]], str]] = {
    "classification": _label,
    "regression": _number,
    "tagging": _tags,
}
