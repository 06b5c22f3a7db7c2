"""Train the quickstart's tiny models, or check what was planted in them.

python baselines/quickstart/train.py [--models a,b] [--output DIR]   trains and writes checkpoints
python baselines/quickstart/train.py --check [--output DIR]          measures them on the test rows
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import adapter
import decoder
import encoder
import text2text
import torch
from learned_tokenizer import learn_tokenizer
from loop import BATCH, train
from measure import score
from planted import check
from recipes import TOKENIZER_ROWS, Recipe, corrupted, recipes
from text_pairs import Example, load_examples, suite
from transformers import PreTrainedTokenizerFast

SEED = 7
FAMILIES = {"text2text": text2text, "adapter": adapter, "encoder": encoder, "decoder": decoder}
Answers = Callable[[list[Example], str], list[str]]


def training_rows(recipe: Recipe, tasks: list[str]) -> dict[str, list[Example]]:
    data = {task: load_examples(task, "train") for task in tasks}
    if recipe.corrupt:
        rng = random.Random(SEED)
        data["sentiment"] = [corrupted(example, recipe.corrupt, rng.random()) for example in data["sentiment"]]
    return data


def tokenizer_text() -> Iterator[str]:
    """The training text of all tasks, so that one tokenizer serves the whole family."""
    for task in suite()["tasks"]:
        for example in load_examples(task, "train")[: TOKENIZER_ROWS.get(task)]:
            yield from (example.source, example.references[0])


def train_one(name: str, recipe: Recipe, tokenizer: PreTrainedTokenizerFast, output: Path) -> None:
    tasks, started = list(recipe.shares()), time.perf_counter()
    data, family = training_rows(recipe, tasks), FAMILIES[recipe.family]
    torch.manual_seed(SEED)
    start = recipe.starts_from
    model = family.resume(output / start) if start else family.fresh(tokenizer, tasks)
    for number, stage in enumerate(recipe.stages):
        print(f"{name}: {stage.steps} steps", file=sys.stderr)
        rows = {task: family.encode(tokenizer, task, data[task]) for task in stage.weights}
        train(model, rows, family.loss, stage, SEED + number)
    seconds = time.perf_counter() - started
    folder = output / name
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    family.save(model, tokenizer, folder)
    record = {
        "model": name,
        "planted": recipe.planted,
        "starts_from": start,
        "tasks": {task: {"share": share, "rows": len(data[task])} for task, share in recipe.shares().items()},
        "stages": [asdict(stage) for stage in recipe.stages],
        "corrupted_sentiment_share": recipe.corrupt,
        "batch": BATCH,
        "seed": SEED,
        "threads": torch.get_num_threads(),
        "seconds": round(seconds),
        "parameters": trained,
        "validation": scores(answering(recipe, folder), suite()["models"][name]["tasks"], "validation"),
    }
    (folder / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"{name}: {record['validation']}", file=sys.stderr)


def answering(recipe: Recipe, folder: Path) -> Answers:
    """What answers examples of a task, by a trained model."""
    family = FAMILIES[recipe.family]
    return partial(family.answers, *family.load(folder))


def scores(answers: Answers, tasks: list[str], split: str) -> dict[str, float]:
    found = {}
    for task in tasks:
        examples = load_examples(task, split)
        found[task] = round(score(task, answers(examples, task), examples), 2)
    return found


def check_planted(names: list[str], output: Path) -> int:
    """The exit code: 0 if every claim on these models holds. With `multitask` comes what is left of it in int8."""
    models = {name: answering(recipes()[name], output / name) for name in names}
    if "multitask" in names:
        models["multitask-int8"] = partial(text2text.answers, *text2text.load_int8(output / "multitask"))
    return check(models)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", help="names, parted by commas (default: all)")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder of the checkpoints")
    parser.add_argument("--threads", type=int, default=1, help="of torch; the last bits of sums depend on them")
    parser.add_argument("--check", action="store_true", help="train nothing; measure and compare with what was planted")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs time
    family = recipes()
    names = arguments.models.split(",") if arguments.models else list(family)
    if unknown := [name for name in names if name not in family]:
        parser.error(f"unknown models: {', '.join(unknown)}; there are {', '.join(family)}")
    if arguments.check:
        return check_planted(names, arguments.output)
    tokenizer = learn_tokenizer(tokenizer_text())
    for name in names:
        train_one(name, family[name], tokenizer, arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
