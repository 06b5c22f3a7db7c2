"""What share of the overall each task of a run has: as declared, alike, by rows, or by difficulty."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.analysis.difficulty import Headroom, difficulty_shares, headroom, specialists
from mtlbench.analysis.evidence import Cell
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.overall import weight_shares
from mtlbench.metrics.base import FloatArray, Metric, corpus_score
from mtlbench.results.manifest import Manifest
from mtlbench.suite.declarations import Suite, Task
from mtlbench.suite.faults import InputError


def task_shares(
    suite: Suite,
    manifest: Manifest,
    headlines: Mapping[str, Metric],
    statistics: Mapping[str, Mapping[Cell, FloatArray]],
    lineage: Lineage,
) -> dict[str, float]:
    """Shares that sum to 1; raises InputError where all tasks weigh 0, or a difficulty is not known.

    By difficulty, tasks of `weight: 0` still stay out.
    """

    def weight(task: str) -> float:
        declared = {"size": float(manifest.tasks[task].n), "equal": 1.0}
        return declared.get(suite.overall.weights, suite.tasks[task].weight)

    weights = {task: weight(task) for task in manifest.tasks}
    if not sum(weights.values()):
        raise InputError(
            f"the tasks that were run ({', '.join(weights)}) all weigh 0", "run a task that weighs something"
        )
    if suite.overall.weights != "difficulty":
        return weight_shares(weights)
    shares, reason = difficulty_shares(
        {
            task: _headroom(suite.tasks[task], headlines[task], statistics[task], specialists(lineage, task))
            for task, weight in weights.items()
            if weight
        }
    )
    if reason is not None:
        raise InputError(
            f"tasks cannot weigh by their difficulty: {reason}",
            "no output is lost: write other `weights` under `overall` in the run's suite.yaml, then `mtlbench score` it",
        )
    return dict.fromkeys(weights, 0.0) | shares


def _headroom(task: Task, metric: Metric, statistics: Mapping[Cell, FloatArray], baselines: list[str]) -> Headroom:
    rows = [statistics[model, metric.name] for model in baselines if (model, metric.name) in statistics]
    return headroom([corpus_score(metric, each) for each in rows if len(each)], metric, task.floor, task.ceiling)
