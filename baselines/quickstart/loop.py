"""A small seeded training loop for one model of any family on a weighted mixture of tasks."""

import math
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from recipes import Stage

BATCH = 64
WARMUP = 0.06  # of all steps
Encoded = Sequence[Any]
"""What a family makes of an example: its input's token ids, its target's, and what else its loss takes."""


def train(
    model: torch.nn.Module,
    rows: Mapping[str, list[Encoded]],
    loss_of: Callable[[torch.nn.Module, list[Encoded]], torch.Tensor],
    stage: Stage,
    seed: int,
) -> None:
    """AdamW with warm-up and cosine decay; every step sees one batch drawn from the stage's mixture.

    `loss_of` gives a model's loss, summed over some encoded examples.
    """
    torch.manual_seed(seed)
    draws = _draws(rows, stage.weights, random.Random(seed))
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=stage.peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, stage.steps))
    _set_dropout(model, stage.dropout)
    model.train()
    started, seen = time.perf_counter(), 0.0
    for step in range(1, stage.steps + 1):
        batch = sorted((next(draws) for _ in range(BATCH)), key=lambda row: (len(row[1]), len(row[0])))
        for half in (batch[: BATCH // 2], batch[BATCH // 2 :]):  # short targets apart from long ones: less padding
            loss = loss_of(model, half) / BATCH
            loss.backward()
            seen += loss.item()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(f"  step {step:5d}  loss {seen / 100:.4f}  {time.perf_counter() - started:5.0f} s", file=sys.stderr)
            seen = 0.0
    model.eval()


def padded(rows: Sequence[Sequence[int]], filler: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Right-padded ids (padding is 0, unless `filler` says otherwise) and the mask of what is real."""
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def _set_dropout(model: torch.nn.Module, share: float) -> None:
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


def _draws(rows: Mapping[str, list[Encoded]], weights: dict[str, float], rng: random.Random) -> Iterator[Encoded]:
    """Draw a task by its weight, then its next row; each task's rows come in a new order on every pass."""
    passes = {task: _passes(rows[task], rng) for task in weights}
    tasks, shares = list(weights), list(weights.values())
    while True:
        yield next(passes[rng.choices(tasks, shares)[0]])


def _passes(rows: list[Encoded], rng: random.Random) -> Iterator[Encoded]:
    order = list(rows)
    while True:
        rng.shuffle(order)
        yield from order
