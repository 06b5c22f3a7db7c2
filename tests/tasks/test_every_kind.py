"""Every kind of task from the command line, answered by predictions that tell likelihoods and by predictions that do not."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.projects import mtlbench, the_run
from tests.tasks.project import write_kinds

SILENT = {
    ("entailment", "auroc"): "writes gives no scores of choices for entailment",
    ("entailment", "choice_accuracy_norm"): "writes gives no scores of choices per token for entailment",
    ("science", "choice_accuracy"): "writes gives no scores of choices for science",
    ("science", "choice_accuracy_norm"): "writes gives no scores of choices per token for science",
    ("text", "bits_per_byte"): "writes gives no likelihoods of texts for text",
    ("text", "perplexity"): "writes gives no likelihoods of texts for text",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    done = mtlbench("run", "suite.yaml", cwd=folder, XDG_CACHE_HOME=str(folder))
    assert done.returncode == 0, done.stderr
    return the_run(folder)


@pytest.fixture(scope="module")
def results(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "results.json").read_text())
    return found


@pytest.mark.parametrize(
    ("task", "metric", "value"),
    [
        ("entailment", "accuracy", 100),
        ("entailment", "auroc", 100),
        ("entailment", "choice_accuracy_norm", 100),
        ("science", "accuracy", 200 / 3),
        ("science", "choice_accuracy", 200 / 3),
        ("science", "choice_accuracy_norm", 100),  # “a star” has the larger share of −3 over 3 tokens
        ("science", "invalid_rate", 0),
        ("who", "accuracy", 50),
        ("who", "invalid_rate", 50),
        ("topics", "subset_accuracy", 200 / 3),
        ("topics", "multilabel_f1_micro", 100 * 4 / 6),
        ("topics", "invalid_rate", 100 / 3),
        ("pos", "token_accuracy", 200 / 3),
        ("entities", "entity_f1", 100),
        ("syntax", "las", 100 / 3),
        ("syntax", "uas", 200 / 3),
        ("roles", "span_f1", 40),
        ("text", "bits_per_byte", 1 / math.log(2)),
        ("text", "perplexity", math.exp(3)),
    ],
)
def test_scores(results: dict[str, Any], task: str, metric: str, value: float) -> None:
    found = {row["model"]: row for row in results["scores"] if (row["task"], row["metric"]) == (task, metric)}
    assert found["likely"]["value"] == pytest.approx(value)
    if (task, metric) in SILENT:
        assert (found["writes"]["value"], found["writes"]["reason"]) == (None, SILENT[task, metric])
    else:
        assert found["writes"]["value"] == pytest.approx(value)


def test_a_task_without_weight_may_lack_its_score(results: dict[str, Any]) -> None:
    assert [row["coverage"] for row in results["overall"]] == [1, 1]


def test_it_can_be_scored_again(run: Path, results: dict[str, Any]) -> None:
    done = mtlbench("score", str(run), cwd=run)
    assert done.returncode == 0, done.stderr
    assert json.loads((run / "results.json").read_text()) == results


def test_a_headline_of_likelihoods_costs_the_overall(tmp_path: Path) -> None:
    suite = write_kinds(tmp_path)
    text = suite.read_text().replace("metrics: [accuracy, choice_accuracy, ", "metrics: [choice_accuracy, accuracy, ")
    suite.write_text(text)
    done = mtlbench("run", "suite.yaml", cwd=tmp_path, XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    row = next(row for row in results["overall"] if row["model"] == "writes")
    assert (row["value"], row["rank"], row["reason"]) == (None, None, "no score on science")
    means = [row for row in results["aggregates"] if row["model"] == "writes"]
    assert {row["reason"] for row in means} == {"no score on science"}
