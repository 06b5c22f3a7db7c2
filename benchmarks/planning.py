"""What `mtlbench plan` estimates against what the run then takes.

    python benchmarks/planning.py [SUITE …] [--models a,b] [--tasks x,y] [--limit N] [--processor]
    python benchmarks/planning.py FOLDER/t5-small

A folder is a checkpoint that `benchmarks/checkpoints.py` made, of whose rows a suite is written. Each suite (by default the
quickstart) is planned twice and run twice, without outputs in the cache: `cold` is planned with
nothing known of the machine, so that models are measured for a few seconds; `warm` after that run has been. Compared are
the seconds of all models' turns (the libraries are imported by then), of scoring, and the highest memory.
`--processor` counts the processor's seconds in place of the clock's, for a machine that others use too: say
OMP_NUM_THREADS=1 with it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mtlbench.checking import load_suite
from mtlbench.runner import Cache, Plan, execute, plan
from mtlbench.runner.calibration import FILE, Calibration
from mtlbench.runner.estimate import Estimate, estimate
from mtlbench.runner.events import Event, Spent
from mtlbench.scoring import score

QUICKSTART = Path(__file__).parent.parent / "suites" / "quickstart.yaml"


SUITE = """\
version: 1
name: {name}
models:
  all: {{checkpoint: {folder}, trained_on: [{names}]}}
tasks:
"""
TASK = """\
  {task}:
    kind: summarization
    data: {{path: {task}.jsonl}}
    input: "{{input}}"
    reference: target
    metrics: [rougeL]
    generation: {{max_new_tokens: 128}}
"""


def written(checkpoint: Path, folder: Path, rows: int) -> Path:
    """A suite of the checkpoint and the first of its rows, in a folder."""
    by_task = defaultdict[str, list[str]](list)
    for line in (checkpoint / "rows.jsonl").read_text().splitlines()[:rows]:
        by_task[json.loads(line)["task"]].append(line)
    for task, lines in by_task.items():
        (folder / f"{task}.jsonl").write_text("\n".join(lines) + "\n")
    head = SUITE.format(name=checkpoint.name, folder=checkpoint.resolve(), names=", ".join(by_task))
    (folder / "suite.yaml").write_text(head + "".join(TASK.format(task=task) for task in by_task))
    return folder / "suite.yaml"


def planned(suite: Path, folder: Path, arguments: argparse.Namespace) -> Plan:
    chosen = {
        key: value and value.split(",") for key, value in (("models", arguments.models), ("tasks", arguments.tasks))
    }
    return plan(load_suite(suite, **chosen), output=folder, limit=arguments.limit, **chosen)


def ran(made: Plan, cache: Path) -> tuple[list[Spent], float]:
    """What the models' turns took, and the scoring; the speeds are kept in `cache`, and no output."""
    spent: list[Spent] = []

    def hear(event: Event) -> None:
        if isinstance(event, Spent):
            spent.append(event)

    with Cache(cache) as outputs:
        execute(made, outputs, hear)
    began = time.perf_counter()
    score(made.folder)
    scoring = time.perf_counter() - began
    Calibration.of_scoring(made, scoring).keep(cache)
    for file in cache.glob("outputs.sqlite*"):
        file.unlink()
    return spent, scoring


def compare(label: str, expected: Estimate, spent: Sequence[Spent], scoring: float, models: int) -> None:
    took = {
        each.model: sum(s for phase, s in each.costs.phases.items() if phase not in ("import", "tokenise"))
        for each in spent
    }
    turns = sum(took.values())
    told = expected.seconds and sum(model.seconds or 0.0 for model in expected.models)
    _line(f"{label}: computing", told, turns)
    _line(f"{label}: scoring", expected.scoring, scoring)
    peak = max(each.costs.peak_memory or 0 for each in spent)
    _line(f"{label}: memory, MiB", (expected.memory or 0) / 2**20, peak / 2**20)
    wrote = sum(moments.output_tokens for each in spent for moments in each.answered.values())
    read = sum(moments.input_tokens for each in spent for moments in each.answered.values())
    left = [task.remaining for model in expected.models for task in model.tasks]
    _line(f"{label}: tokens in", float(sum(each.input_tokens or 0 for each in left)), float(read))
    _line(f"{label}: tokens out", float(sum(each.output_tokens or 0 for each in left)), float(wrote))
    farthest = sorted(expected.models, key=lambda model: -abs((model.seconds or 0.0) - took[model.name]))
    for model in farthest[:models]:
        _line(f"    {model.name}", model.seconds, took[model.name])


def _line(what: str, expected: float | None, found: float) -> None:
    told = "–" if expected is None else f"{expected:.2f}"
    off = "" if not expected or not found else f"{100 * (expected / found - 1):+.0f}%"
    print(f"{what:<36} {told:>10} {found:>10.2f} {off:>8}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", type=Path, default=[QUICKSTART])
    parser.add_argument("--models")
    parser.add_argument("--tasks")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--processor", action="store_true", help="seconds of the processor")
    parser.add_argument("--rows", type=int, default=512, help="of a checkpoint")
    parser.add_argument("--shown", type=int, default=5, help="models shown, those whose estimates are farthest off")
    arguments = parser.parse_args()
    if arguments.processor:
        time.perf_counter = time.process_time
    for suite in arguments.suites:
        print(f"{suite.stem:<36} {'estimated':>10} {'measured':>10}")
        with TemporaryDirectory() as folder:
            if suite.is_dir():
                suite = written(suite, Path(folder), arguments.rows)
            cache = Path(folder) / "cache"
            cache.mkdir()
            for label in ("cold", "warm"):
                made = planned(suite, Path(folder) / label, arguments)
                with Cache(cache) as outputs:
                    began = time.perf_counter()
                    expected = estimate(made, outputs)
                print(f"{label}: planned in {time.perf_counter() - began:.1f} s")
                compare(label, expected, *ran(made, cache), arguments.shown)
            print(f"{len(Calibration.read(cache).speeds)} speeds in {FILE}")


if __name__ == "__main__":
    main()
