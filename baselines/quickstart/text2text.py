"""The T5s: text pairs in, greedy answers out; and what is left of one in int8."""

from collections.abc import Sequence
from pathlib import Path

import torch
from loop import Encoded, padded
from text_pairs import Example, suite
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

BATCH = 100


def fresh(tokenizer: PreTrainedTokenizerFast, tasks: Sequence[str]) -> T5ForConditionalGeneration:
    """The same for all tasks."""
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=128,
        d_kv=32,
        d_ff=256,
        num_heads=4,
        num_layers=3,
        num_decoder_layers=2,
        relative_attention_num_buckets=32,
        relative_attention_max_distance=64,
        dropout_rate=0.1,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    model = T5ForConditionalGeneration(config)
    model.generation_config.update(max_new_tokens=64, do_sample=False, num_beams=1)
    return model


def resume(folder: Path) -> T5ForConditionalGeneration:
    return load(folder)[0]


def encode(tokenizer: PreTrainedTokenizerFast, task: str, examples: Sequence[Example]) -> list[Encoded]:
    """Token ids of source and target."""
    sources = tokenizer([example.source for example in examples]).input_ids
    targets = tokenizer([example.references[0] for example in examples]).input_ids
    return list(zip(sources, targets, strict=True))


def loss(model: T5ForConditionalGeneration, batch: list[Encoded]) -> torch.Tensor:
    """Summed over examples; each counts by the root of its target's length, so translation does not drown labels."""
    sources, present = padded([source for source, _ in batch])
    targets, real = padded([target for _, target in batch])
    begun = torch.nn.functional.pad(targets, (1, -1))  # the decoder starts from padding, which is 0
    logits = model(input_ids=sources, attention_mask=present, decoder_input_ids=begun).logits
    losses = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(targets) * real
    return (losses.sum(1) / real.sum(1).sqrt()).sum()


def save(model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """In half precision."""
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load(folder: Path) -> tuple[T5ForConditionalGeneration, PreTrainedTokenizerFast]:
    """A checkpoint as the benchmark reads it: stored in half precision, computed in single."""
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def load_int8(folder: Path) -> tuple[T5ForConditionalGeneration, PreTrainedTokenizerFast]:
    """The same with the weights of its linear layers in int8, those of the output vocabulary excepted."""
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    model, tokenizer = load(folder)
    linear = [name for name, part in model.named_modules() if isinstance(part, torch.nn.Linear) and name != "lm_head"]
    return quantize_dynamic(model, dict.fromkeys(linear, per_channel_dynamic_qconfig)), tokenizer


@torch.inference_mode()
def answers(
    model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example], task: str
) -> list[str]:
    """One string an example, in the examples' order; inputs of like length are answered together."""
    limit = suite()["tasks"][task]["generation"]["max_new_tokens"]
    order = sorted(range(len(examples)), key=lambda row: len(examples[row].source))
    texts: list[str] = [""] * len(examples)
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        batch = tokenizer([examples[row].source for row in rows], padding=True, return_tensors="pt")
        made = model.generate(**batch, max_new_tokens=limit, do_sample=False, num_beams=1)
        for row, text in zip(rows, tokenizer.batch_decode(made, skip_special_tokens=True), strict=True):
            texts[row] = text
    return texts
