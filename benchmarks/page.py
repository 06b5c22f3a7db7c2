"""The page of 10 models × 20 tasks × 2,000 examples: sizes of one file and of a site, and times to open them in Chromium.

    python benchmarks/page.py [--rows 2000] [--keep FOLDER]

The run is made of predictions drawn at random, without any model: tasks of labels and of text, over words as frequent as
those of a language. Making and scoring it is not measured.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

import mtlbench
from mtlbench.report.html import Material, write_page, write_site
from mtlbench.results import RunFolder
from mtlbench.results.replicates import read_replicates
from mtlbench.scoring.samples import read_samples

if TYPE_CHECKING:
    from playwright.sync_api import Page

MODELS, TASKS, WORDS = 10, 20, 5_000
LABELS = ["negative", "neutral", "positive"]
BUDGETS = {
    "one file, 50 examples a task, MB": 1.0,
    "site with all examples, MB": 15.0,
    "one file: first paint, s": 1.0,
    "site: first paint, s": 1.0,
    "site: a task opened, s": 0.5,
    "weights moved, s": 0.1,
}


MOVE = """() => {
    const slider = document.querySelector("#weighing input"), started = performance.now();
    slider.value = 90;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("#ranking").getBoundingClientRect();
    return performance.now() - started;
}"""
"""Milliseconds from a weight's move to the ranking drawn anew."""

OPEN = """(task) => new Promise((resolve) => {
    const choice = document.querySelector("#samples [name=task]"), started = performance.now();
    document.querySelector("#samples").scrollIntoView();
    choice.value = task;
    choice.dispatchEvent(new Event("input", { bubbles: true }));
    new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started))))
        .observe(document.querySelector("#sample-list"), { childList: true });
})"""
"""Milliseconds from the choice of a task, whose file is then loaded, to its examples painted."""


def make(folder: Path, rows: int) -> RunFolder:
    """A scored run."""
    draw = np.random.default_rng(7)
    syllables = ["ka", "lo", "mi", "ren", "su", "ta", "vo", "ne", "ri", "sha", "ul", "den"]
    words = ["".join(draw.choice(syllables, size=draw.integers(1, 4))) for _ in range(WORDS)]
    frequency = 1 / np.arange(1, WORDS + 1)
    models, tasks = [f"model-{n}" for n in range(MODELS)], {}

    def text(length: int) -> list[str]:
        return [words[n] for n in draw.choice(WORDS, size=length, p=frequency / frequency.sum())]

    for number in range(TASKS):
        written, name = number % 4 == 3, f"task-{number:02d}"
        golds = [text(12) if written else [LABELS[draw.integers(3)]] for _ in range(rows)]
        lines = [
            {"text": " ".join(text(int(draw.integers(8, 28)))), "gold": " ".join(gold), "source": f"s{row % 3}"}
            for row, gold in enumerate(golds)
        ]
        kind = {"kind": "translation", "metrics": ["bleu"]} if written else {"kind": "classification", "labels": LABELS}
        data = {"data": {"path": f"{name}.jsonl"}, "input": "{text}", "reference": "gold", "slices": ["source"]}
        tasks[name] = {**kind, **data}
        _write(folder / f"{name}.jsonl", lines)
        for place, model in enumerate(models):
            right = 0.9 - 0.02 * place
            answers = [" ".join(_answer(draw, gold, written, right, words)) for gold in golds]
            _write(folder / model / f"{name}.jsonl", [{"id": str(n), "prediction": a} for n, a in enumerate(answers)])
    suite = {
        "version": 1,
        "name": "benchmark",
        "models": {name: {"predictions": name} for name in models},
        "tasks": tasks,
        "significance": {"resamples": 1_000, "permutations": 999},
    }
    (folder / "suite.yaml").write_text(json.dumps(suite))
    run = mtlbench.execute(mtlbench.plan(mtlbench.load_suite(folder / "suite.yaml"), output=folder / "results"))
    mtlbench.score(run)
    return run


def _answer(draw: np.random.Generator, gold: list[str], written: bool, right: float, words: list[str]) -> list[str]:
    if not written:
        return gold if draw.random() < right else ["unclear" if draw.random() < 0.03 else LABELS[draw.integers(3)]]
    kept = draw.random(len(gold)) < right
    return [word if keep else words[draw.integers(WORDS)] for word, keep in zip(gold, kept, strict=True)]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def written(run: RunFolder, folder: Path) -> dict[str, float]:
    """Both forms of the page, and their megabytes."""
    results = run.read_results()
    names = [model.name for model in results.models], [task.name for task in results.tasks]
    replicates = read_replicates(run.replicates_path, *names)
    started = time.perf_counter()
    one = write_page(results, folder / "index.html", Material(replicates, read_samples(run, 50)))
    between = time.perf_counter()
    site = write_site(results, folder / "site", Material(replicates, read_samples(run, None)))
    print(f"written in {between - started:.1f} s and {time.perf_counter() - between:.1f} s")
    return dict(zip(list(BUDGETS)[:2], (one / 1e6, site / 1e6), strict=True))


def opened(folder: Path) -> dict[str, float]:
    """Seconds in Chromium, from files."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no Chromium here: times are not measured")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        browser.new_page().goto("about:blank")
        page = browser.new_page()
        page.goto((folder / "index.html").as_uri())
        one = _first_paint(page)
        moved = page.evaluate(MOVE) / 1000
        page = browser.new_page()
        page.goto((folder / "site" / "index.html").as_uri())
        site = _first_paint(page)
        task = median(page.evaluate(OPEN, name) / 1000 for name in ("task-03", "task-07", "task-08"))
        browser.close()
    return dict(zip(list(BUDGETS)[2:], (one, site, task, moved), strict=True))


def _first_paint(page: Page) -> float:
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--keep", type=Path, help="where the run is made, and found again by the next call")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = list(folder.glob("results/*/*/results.json"))
        run = RunFolder(found[0].parent) if found else make(folder, given.rows)
        measured = written(run, folder / "page") | opened(folder / "page")
    print(f"{MODELS} models × {TASKS} tasks × {given.rows:,} rows")
    for name, value in measured.items():
        print(f"{name:36}{value:7.2f}   wanted below {BUDGETS[name]:g}")
    sys.exit(any(value > BUDGETS[name] for name, value in measured.items()))


if __name__ == "__main__":
    main()
