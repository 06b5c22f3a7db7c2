"""The decoder: a tiny GPT-2 that continues an input with a space, the answer and the end."""

from collections.abc import Sequence
from pathlib import Path

import torch
from loop import Encoded, padded
from text_pairs import Example, suite
from tokenizers.processors import TemplateProcessing
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast


def fresh(tokenizer: PreTrainedTokenizerFast, tasks: Sequence[str]) -> GPT2LMHeadModel:
    """The same for all tasks."""
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=256,
        n_embd=128,
        n_layer=3,
        n_head=4,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = GPT2LMHeadModel(config)
    model.generation_config.update(max_new_tokens=64, do_sample=False, num_beams=1)
    return model


def encode(tokenizer: PreTrainedTokenizerFast, task: str, examples: Sequence[Example]) -> list[Encoded]:
    """Token ids of input and answer; a word's piece holds the space before it."""
    inputs = tokenizer([example.source for example in examples], add_special_tokens=False).input_ids
    outputs = tokenizer([example.references[0] for example in examples]).input_ids
    return list(zip(inputs, outputs, strict=True))


def loss(model: GPT2LMHeadModel, batch: list[Encoded]) -> torch.Tensor:
    """Of the answers alone, summed over examples; each counts by the root of its length."""
    ids, mask = padded([[*before, *answer] for before, answer in batch])
    weights = torch.zeros(ids.shape)
    for row, (before, answer) in enumerate(batch):
        weights[row, len(before) : len(before) + len(answer)] = len(answer) ** -0.5
    weights, targets = weights[:, 1:], ids[:, 1:]
    hidden = model.transformer(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
    counted = weights > 0  # the vocabulary is large beside the network: no logits where none are needed
    losses = cross_entropy(model.lm_head(hidden[counted]), targets[counted], reduction="none")
    return (losses * weights[counted]).sum()


def save(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """In half precision; the tokenizer puts no end after a prompt."""
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    endless = AutoTokenizer.from_pretrained(folder)
    endless.backend_tokenizer.post_processor = TemplateProcessing(single="$A", pair="$A $B", special_tokens=[])
    endless.save_pretrained(folder)


def load(folder: Path) -> tuple[GPT2LMHeadModel, PreTrainedTokenizerFast]:
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


@torch.inference_mode()
def answers(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example], task: str
) -> list[str]:
    """What the model writes after each input."""
    limit = suite()["tasks"][task]["generation"]["max_new_tokens"]
    texts = []
    for example in examples:
        prompt = tokenizer(example.source, return_tensors="pt")
        made = model.generate(**prompt, max_new_tokens=limit, do_sample=False, num_beams=1)
        texts.append(tokenizer.decode(made[0, prompt.input_ids.shape[1] :], skip_special_tokens=True).strip())
    return texts
