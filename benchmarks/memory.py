"""Memory of a run as it goes on: it should not grow with the number of requests that have been answered.

    python benchmarks/memory.py [--rows 200000] [--scored]

The quickstart's multi-task model classifies so many short texts, no two alike. Told are the resident bytes before
anything is answered (the data's own table is in memory then), after each tenth of the outputs, and when the predictions are
written; with `--scored` also those of scoring, a process of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mtlbench import execute, load_suite, plan, score
from mtlbench.results.folder import find_run
from mtlbench.runner.events import Advanced, Event, ModelStarted

CHECKPOINT = Path(__file__).parent.parent / "baselines" / "quickstart" / "multitask"
SUITE = """\
version: 1
name: memory
models: {{multitask: {{checkpoint: {checkpoint}}}}}
tasks:
  sentiment:
    kind: classification
    data: {{path: rows.jsonl}}
    input: "sentiment: {{text}}"
    reference: label
    labels: [negative, positive]
    metrics: [accuracy, f1_macro]
    generation: {{max_new_tokens: 4}}
"""


def resident() -> float:
    """MiB that the process holds now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def peak() -> float:
    """MiB that it held at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def write_suite(folder: Path, rows: int) -> Path:
    kinds = ("room", "meal", "view", "staff", "price")
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        for number in range(rows):
            text = f"the {kinds[number % 5]} was good . visit {number}"
            file.write(json.dumps({"text": text, "label": ("negative", "positive")[number % 2]}) + "\n")
    suite = folder / "suite.yaml"
    suite.write_text(SUITE.format(checkpoint=CHECKPOINT.resolve()), encoding="utf-8")
    return suite


class Watch:
    """Listens to a run and notes its memory after each tenth."""

    def __init__(self, rows: int) -> None:
        self._rows, self._done, self._tenth = rows, 0, 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, ModelStarted):
            print(f"| before the first | {resident():,.0f} |")
        if isinstance(event, Advanced):
            self._done += event.count
            if self._done * 10 // self._rows > self._tenth:
                self._tenth = self._done * 10 // self._rows
                print(f"| {self._done:,} | {resident():,.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--scored", action="store_true", help="score the run too")
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.score:
        began = time.perf_counter()
        score(find_run(options.score))
        print(f"| scored, in {time.perf_counter() - began:,.0f} s: peak | {peak():,.0f} |")
        return
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.perf_counter()
        suite = write_suite(folder, options.rows)
        print("| outputs | MiB |\n| --- | --- |")
        execute(plan(load_suite(suite), output=folder / "results"), listen=Watch(options.rows))
        print(f"| written, {time.perf_counter() - began:,.0f} s | {resident():,.0f} |")
        print(f"| at most | {peak():,.0f} |", flush=True)
        if options.scored:
            subprocess.run([sys.executable, __file__, "--score", folder / "results"], check=True)


if __name__ == "__main__":
    main()
