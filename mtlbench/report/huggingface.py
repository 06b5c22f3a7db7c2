"""Scores in the forms of the Hugging Face Hub: `.eval_results/*.yaml`, and `model-index` for the head of a model card.

A result under `.eval_results/` is of a dataset of the Hub at a commit; so it is written of tasks whose rows come from one,
while `model-index` takes them all. https://huggingface.co/docs/hub/eval-results
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.report import reading, wording
from mtlbench.results.files import write_text
from mtlbench.results.schema import Results, ScoreRow, TaskInfo
from mtlbench.suite.declarations import Data
from mtlbench.suite.draft import dump

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, EvalResultEntry

_HUB = re.compile(r"(?P<id>[\w.-]+(?:/[\w.-]+)?)@(?P<commit>[0-9a-f]{40})")
_PIPELINES = {
    "classification": "text-classification",
    "multilabel": "text-classification",
    "nli": "text-classification",
    "pair_classification": "text-classification",
    "regression": "text-classification",
    "ner": "token-classification",
    "tagging": "token-classification",
    "qa": "question-answering",
    "multiple_choice": "multiple-choice",
    "summarization": "summarization",
    "translation": "translation",
}
"""The Hub's names of task kinds; any other kind is text generation."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Files that were written, and what of the run is in none of them, or not in all, and why."""

    files: list[Path]
    left_out: list[str]


def write_hub_results(results: Results, data: Mapping[str, Data], folder: Path) -> Exported:
    """`<model>/.eval_results/<suite>.yaml` and `<model>/model-index.yaml`; `data` is the suite's, by task."""
    from huggingface_hub import eval_result_entries_to_yaml
    from huggingface_hub.repocard_data import eval_results_to_model_index

    files, left_out = [], [_not_hub(task) for task in results.tasks if _HUB.fullmatch(task.source) is None]
    for model in (info.name for info in results.models):
        rows = [row for row in results.scores if row.model == model]
        left_out += [f"{model}, {row.task}, {row.metric}: {row.reason}" for row in rows if row.value is None]
        # The library would join tasks of one kind over one dataset, so each is turned over alone.
        parts = [eval_results_to_model_index(model, of_task) for of_task in _by_task(results, rows, data) if of_task]
        if parts:
            index = {"name": model, "results": [each for (part,) in parts for each in part["results"]]}
            files.append(folder / model / "model-index.yaml")
            write_text(files[-1], dump({"model-index": [index]}))
        if found := entries(results, model):
            files.append(folder / model / ".eval_results" / f"{results.suite.name}.yaml")
            write_text(files[-1], dump(eval_result_entries_to_yaml(found)))
    return Exported(files, left_out)


def entries(results: Results, model: str) -> list[EvalResultEntry]:
    """The model's headline scores on tasks whose rows are the Hub's at a known commit."""
    from huggingface_hub import EvalResultEntry

    scores = reading.headline_scores(results)
    found = []
    for task in results.tasks:
        hub, row = _HUB.fullmatch(task.source), scores.get((model, task.name))
        if hub and row and row.value is not None:
            found.append(
                EvalResultEntry(
                    dataset_id=hub["id"],
                    task_id=task.name,
                    value=row.value,
                    dataset_revision=hub["commit"],
                    date=results.run.created,
                    notes=_notes(results, row),
                )
            )
    return found


def _by_task(results: Results, rows: list[ScoreRow], data: Mapping[str, Data]) -> list[list[EvalResult]]:
    """The model's metrics on each task, without their parts."""
    whole = [
        (task, [row for row in rows if row.task == task.name and row.metric in {each.name for each in task.metrics}])
        for task in results.tasks
    ]
    return [[_result(task, row, data.get(task.name)) for row in own if row.value is not None] for task, own in whole]


def _result(task: TaskInfo, row: ScoreRow, data: Data | None) -> EvalResult:
    from huggingface_hub import EvalResult

    hub = _HUB.fullmatch(task.source)
    return EvalResult(
        task_type=_PIPELINES.get(task.kind, "text-generation"),
        task_name=task.name,
        dataset_type=hub["id"] if hub else task.source,
        dataset_name=task.description or task.name,
        dataset_revision=hub["commit"] if hub else None,
        dataset_config=data.config if data else None,
        dataset_split=data.split if data else None,
        metric_type=row.metric,
        metric_name=row.metric,
        metric_value=row.value,
        metric_args=_args(row),
    )


def _args(row: ScoreRow) -> dict[str, Any]:
    return {"signature": row.signature, "ci_low": row.ci_low, "ci_high": row.ci_high, "n": row.n}


def _notes(results: Results, row: ScoreRow) -> str:
    interval = wording.interval(row.ci_low, row.ci_high)
    told = f", {wording.share(results.suite.confidence)} interval {interval}" if interval else ""
    return f"{row.metric}{told}, {wording.plural(row.n, 'row')}; mtlbench {results.run.version}, {row.signature}"


def _not_hub(task: TaskInfo) -> str:
    return f"{task.name}: its rows are of no Hub dataset at a known commit, so it is in model-index.yaml alone"
