"""Decoding on a pool of slots against naive batching: one run, side by side, same outputs.

    python benchmarks/batching.py [--rows 60] [--rounds 3]

Both sides generate greedily with the quickstart's multi-task model over the rows of all its tasks, mixed. Naive batching
takes the rows as they come, so many to a batch, and pads each to its longest; so do most evaluation loops. Loading is not
timed. Rounds alternate, and the table shows medians; the ratio is what to look at.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from mtlbench.checking import load_suite
from mtlbench.engines import Asked, Options, Request
from mtlbench.engines.text2text import Text2Text
from mtlbench.runner import plan
from mtlbench.suite.declarations import Generation, Model
from mtlbench.tasks.question import Question

SUITE = Path(__file__).parent.parent / "suites" / "quickstart.yaml"
NAIVE = (8, 16, 32, 64)
LIMIT = Generation(max_new_tokens=64)


def mixed_rows(count: int) -> list[str]:
    """`count` inputs of each task, shuffled together."""
    planned = plan(load_suite(SUITE), limit=count)
    texts = [question.text for task in planned.tasks.values() for question in task.questions]
    random.Random(0).shuffle(texts)
    return texts


def load() -> Text2Text:
    model = Model(checkpoint="../baselines/quickstart/multitask")
    identity = Text2Text.identify(model, SUITE.parent, Options(device="cpu"))
    return Text2Text.load(identity, model, Options(device="cpu"), print)


def ours(engine: Text2Text, texts: list[str]) -> list[str]:
    asked = Asked("mixed", "text")
    requests = [Request(number, asked, str(number), number, Question(text), LIMIT) for number, text in enumerate(texts)]
    answered = dict(pair for batch in engine.run(requests) for pair in batch)
    return [answered[number].text for number in range(len(texts))]


def naive(engine: Text2Text, texts: list[str], size: int) -> list[str]:
    """The usual loop: tokenize a slice, pad it, generate, decode."""
    import torch

    network, tokenizer = engine._network, engine._tokenizer
    outputs: list[str] = []
    with torch.inference_mode():
        for start in range(0, len(texts), size):
            batch = tokenizer(texts[start : start + size], padding=True, return_tensors="pt")
            tokens = network.generate(**batch, max_new_tokens=LIMIT.max_new_tokens, do_sample=False)
            outputs += tokenizer.batch_decode(tokens, skip_special_tokens=True)
    return outputs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=60, help="rows of each task")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    texts, engine = mixed_rows(arguments.rows), load()
    rivals: dict[str, Callable[[], list[str]]] = {"pool of slots": lambda: ours(engine, texts)}
    rivals |= {f"in order, batches of {size}": lambda size=size: naive(engine, texts, size) for size in NAIVE}
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    expected = ours(engine, texts)  # also the warm-up
    for _ in range(arguments.rounds):
        for name, run in rivals.items():
            started = time.perf_counter()
            outputs = run()
            seconds[name].append(time.perf_counter() - started)
            same = sum(a == b for a, b in zip(outputs, expected, strict=True))
            assert same >= 0.99 * len(texts), f"{name}: only {same} of {len(texts)} outputs are the same"
    base = statistics.median(seconds["pool of slots"])
    print(f"{len(texts)} rows, greedy, float32, medians of {arguments.rounds}")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:<26} {median:6.2f} s   {median / base:4.2f} times as long as mtlbench")


if __name__ == "__main__":
    main()
