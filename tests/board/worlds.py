"""Runs of predictions of models that are wrong on known rows: what a board of them must say can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import mtlbench as api
from mtlbench.results import RunFolder
from tests.projects import write_rows

SUITE = """\
version: 1
name: {name}
seed: 3
models:
{models}
tasks:
  mood:
    kind: classification
    data: {{path: mood.jsonl}}
    input: "{{text}}"
    reference: label
    labels: [bad, good]
    metrics: [{metric}]
  topic:
    kind: classification
    data: {{path: topic.jsonl}}
    input: "{{text}}"
    reference: label
    labels: [bad, good]
    metrics: [accuracy]
significance: {{resamples: 200, permutations: 199}}
"""
ROWS = 100
LABELS = ("bad", "good")

Wrong = Mapping[str, Sequence[int]]
"""Model → the rows of either task on which it is wrong."""


def a_run(
    folder: Path,
    wrong: Wrong,
    rows: int = ROWS,
    metric: str = "accuracy",
    name: str = "moods",
    created: str = "2026-11-01T00:00:00+00:00",
    tasks: Sequence[str] = ("mood", "topic"),
) -> RunFolder:
    """The folder of a finished run; `created` is when it says that it was made."""
    folder.mkdir(parents=True)
    for task in ("mood", "topic"):
        write_rows(folder / f"{task}.jsonl", [{"text": f"{task} {n}", "label": LABELS[n % 2]} for n in range(rows)])
        for model, rows_wrong in wrong.items():
            (folder / model).mkdir(exist_ok=True)
            said = [LABELS[(n % 2) ^ (n in rows_wrong)] for n in range(rows)]
            (folder / model / f"{task}.txt").write_text("".join(f"{word}\n" for word in said))
    models = "\n".join(f"  {model}: {{predictions: {model}}}" for model in wrong)
    suite = folder / "suite.yaml"
    suite.write_text(SUITE.format(name=name, models=models, metric=metric))
    chosen = list(tasks)
    plan = api.plan(api.load_suite(suite, tasks=chosen), output=folder / "results", tasks=chosen)
    run = api.execute(plan)
    run.write_manifest(run.read_manifest().model_copy(update={"created": created}))
    api.score(run)
    return run
