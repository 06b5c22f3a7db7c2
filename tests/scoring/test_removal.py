"""What one model lacks of one task changes nothing for the others but where they are counted together."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mtlbench
from mtlbench.results import Results
from tests.projects import write_rows

LABELS = ["bad", "good"]
TASKS = {"one": 0.3, "two": 0.2, "three": 0.1}
MODELS = {
    "joint": ([*TASKS], 0.7),
    "other": ([*TASKS], 1.0),
    "only-one": (["one"], 1.2),
    "only-two": (["two"], 1.2),
    "only-three": (["three"], 1.2),
}
TOGETHER = {
    "overall": {"rank", "rank_low", "rank_high", "group"},
    "comparisons": {"p_adjusted", "significant"},
    "transfer": {"p_adjusted", "verdict"},
    "slices": {"p_adjusted", "worse"},
    "fairness": {"p_adjusted", "verdict", "finding"},
    "bias_transfer": {"p_adjusted", "verdict", "finding"},
}
"""What is told of a model among others: ranks, and what is corrected over all tests of the run."""
AMONG = {"mean_rank", "win_rate", "borda", "best_rank", "worst_rank", "rank_kept"}
"""Aggregates and measures that are counted among the models that have every task."""
OF_ALL = {"sensitivity", "consistency", "groupings", "warnings", "scaling", "fronts", "flips"}
"""Lists whose rows are about all models together."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, chance = tmp_path_factory.mktemp("removal"), random.Random(4)
    for task, hard in TASKS.items():
        labels = [chance.choice(LABELS) for _ in range(120)]
        rows = [{"text": f"{task} {n}", "label": y, "side": "ab"[n % 2]} for n, y in enumerate(labels)]
        write_rows(folder / f"{task}.jsonl", rows)
        for model, (trained, factor) in MODELS.items():
            if task in trained:
                (folder / model).mkdir(exist_ok=True)
                wrong = [LABELS[y == "bad"] if chance.random() < hard * factor else y for y in labels]
                (folder / model / f"{task}.txt").write_text("\n".join(wrong) + "\n")
    return folder


def scored(project: Path, without: tuple[str, str] | None = None) -> Results:
    models = {
        name: {"predictions": name, "trained_on": trained, "tasks": [t for t in trained if (name, t) != without]}
        for name, (trained, _) in MODELS.items()
    }
    tasks = {
        task: {"kind": "classification", "data": {"path": f"{task}.jsonl"}, "input": "{text}", "reference": "label",
               "labels": LABELS, "groups": ["side"]}
        for task in TASKS
    }  # fmt: skip
    from mtlbench.suite.draft import dump

    significance = {"resamples": 200, "permutations": 199}
    suite = {"version": 1, "name": "removal", "models": models, "tasks": tasks, "significance": significance}
    (project / "suite.yaml").write_text(dump(suite))
    loaded = mtlbench.load_suite(project / "suite.yaml")
    return mtlbench.score(mtlbench.execute(mtlbench.plan(loaded, output=project / "results")))


def rows_of_others(results: Results, model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows that do not speak of the model, without what is told of models among others."""
    for name, rows in results.model_dump().items():
        if not isinstance(rows, list) or name in OF_ALL | {"models", "tasks", "efficiency"}:
            continue
        for row in rows:
            told = str([value for value in row.values() if isinstance(value, str | list)])
            if model not in told and row.get("name") not in AMONG and row.get("measure") not in AMONG:
                yield name, {key: value for key, value in row.items() if key not in TOGETHER.get(name, ())}


def test_other_models_rows_stay_as_they_are(project: Path) -> None:
    whole, less = scored(project), scored(project, without=("other", "two"))
    before, after = list(rows_of_others(whole, "other")), list(rows_of_others(less, "other"))
    assert len({name for name, _ in before}) > 10
    assert after == before


def test_what_hangs_on_the_task_is_null_and_says_why(project: Path) -> None:
    less = scored(project, without=("other", "two"))
    overall = {row.model: row for row in less.overall}
    assert (overall["other"].value, overall["other"].rank) == (None, None)
    assert "two" in (overall["other"].reason or "")
    assert overall["joint"].rank == 1
    nulls = [row for row in less.aggregates if row.model == "other"]
    assert nulls
    assert all(row.value is None and row.reason for row in nulls)
    delta = [row for row in less.delta_m if row.model == "other"]
    assert delta
    assert all(row.value is None and row.reason for row in delta)
    kept = {row.target for row in less.transfer if row.source == "other" and row.delta is not None}
    assert kept == {"one", "three"}
