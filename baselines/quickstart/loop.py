"""A small seeded training loop for one T5 model on a weighted mixture of text pairs."""

import math
import random
import sys
import time
from collections.abc import Iterator

import torch
from recipes import Stage
from text_pairs import Example
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

BATCH = 64
WARMUP = 0.06  # of all steps
Encoded = tuple[list[int], list[int]]


def fresh_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> T5ForConditionalGeneration:
    torch.manual_seed(seed)
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
    return T5ForConditionalGeneration(config)


def train(
    model: T5ForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    data: dict[str, list[Example]],
    stage: Stage,
    seed: int,
) -> None:
    """AdamW with warm-up and cosine decay; every step sees one batch drawn from the stage's mixture."""
    torch.manual_seed(seed)
    draws = _draws({task: _encode(tokenizer, rows) for task, rows in data.items()}, stage.weights, random.Random(seed))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=stage.peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, stage.steps))
    _set_dropout(model, stage.dropout)
    model.train()
    started, seen = time.perf_counter(), 0.0
    for step in range(1, stage.steps + 1):
        batch = sorted((next(draws) for _ in range(BATCH)), key=lambda pair: (len(pair[1]), len(pair[0])))
        for half in (batch[: BATCH // 2], batch[BATCH // 2 :]):  # short targets apart from long ones: less padding
            loss = _loss(model, half) / BATCH
            loss.backward()
            seen += loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(f"  step {step:5d}  loss {seen / 100:.4f}  {time.perf_counter() - started:5.0f} s", file=sys.stderr)
            seen = 0.0
    model.eval()


def _set_dropout(model: T5ForConditionalGeneration, share: float) -> None:
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
        elif isinstance(getattr(module, "dropout", None), float):  # attention keeps a number
            module.dropout = share


def _rate(step: int, steps: int) -> float:
    warmup = max(1, int(WARMUP * steps))
    if step < warmup:
        return (step + 1) / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def _encode(tokenizer: PreTrainedTokenizerFast, examples: list[Example]) -> list[Encoded]:
    sources = tokenizer([example.source for example in examples]).input_ids
    targets = tokenizer([example.references[0] for example in examples]).input_ids
    return list(zip(sources, targets, strict=True))


def _draws(pairs: dict[str, list[Encoded]], weights: dict[str, float], rng: random.Random) -> Iterator[Encoded]:
    """Draw a task by its weight, then its next row; each task's rows come in a new order on every pass."""
    passes = {task: _passes(rows, rng) for task, rows in pairs.items()}
    tasks, shares = list(weights), list(weights.values())
    while True:
        yield next(passes[rng.choices(tasks, shares)[0]])


def _passes(rows: list[Encoded], rng: random.Random) -> Iterator[Encoded]:
    order = list(rows)
    while True:
        rng.shuffle(order)
        yield from order


def _loss(model: T5ForConditionalGeneration, batch: list[Encoded]) -> torch.Tensor:
    """Summed over examples; each counts by the root of its target's length, so translation does not drown labels."""
    sources, present = _padded([source for source, _ in batch])
    targets, real = _padded([target for _, target in batch])
    begun = torch.nn.functional.pad(targets, (1, -1))  # the decoder starts from padding, which is 0
    logits = model(input_ids=sources, attention_mask=present, decoder_input_ids=begun).logits
    losses = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(targets) * real
    lengths = real.sum(1)
    return (losses.sum(1) / lengths.sqrt()).sum()


def _padded(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Right-padded ids (padding is 0) and the mask of what is real."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask
