"""What is published of one model and one revision of it: scores with their intervals, and all they depend on; no examples.

A record is small (tens of KB) and made for git: `results/<suite>/<model>/<revision>.json`, one file for each model and
revision, so that two people who add results touch different files.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from math import isclose
from typing import Literal, Self

from pydantic import Field, model_validator

from mtlbench.results.packed import PackedReplicates, pack
from mtlbench.results.replicates import Replicates
from mtlbench.results.schema import (
    EfficiencyRow,
    ModelInfo,
    OverallRow,
    Results,
    Row,
    RunInfo,
    ScoreRow,
    SuiteInfo,
    TaskInfo,
)

REVISION_LENGTH = 12

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
"""Of suites, models, tasks and runs: they become names of files."""
_UNPLACED = {"rank": None, "rank_low": None, "rank_high": None, "group": None}
"""A rank is among the models of a run, and so is no part of a record."""


class Record(Row):
    """One model of one run."""

    schema_version: Literal[1] = 1
    commit: str | None = Field(None, description="What was checked out when the record was made; null outside of git.")
    suite: SuiteInfo
    run: RunInfo
    model: ModelInfo
    tasks: list[TaskInfo] = Field(description="All tasks of the run, those too that the model was not run on.")
    scores: list[ScoreRow] = Field(description="Of the tasks' metrics; parts of metrics stay with the run.")
    overall: OverallRow = Field(description="Without ranks.")
    efficiency: list[EfficiencyRow]
    replicates: list[PackedReplicates] = Field(
        [], description="Of headline scores. Models that saw the same rows share their draws: a difference is paired."
    )

    @model_validator(mode="after")
    def _is_of_one_model(self) -> Self:
        for name in (self.suite.name, self.model.name, self.run.id, *self.weights):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a suite, model, task or run")
        if len(self.weights) != len(self.tasks):
            raise ValueError("a task is told of twice")
        for task in self.tasks:
            if task.headline not in {metric.name for metric in task.metrics}:
                raise ValueError(f"{task.name} has no metric {task.headline}")
        told = [self.overall.model, *(row.model for row in self.scores), *(row.model for row in self.efficiency)]
        of = [row.task for row in self.scores] + [row.task for row in self.efficiency]
        if strange := {*told} - {self.model.name} | {*of} - {*self.weights}:
            raise ValueError(f"rows of {', '.join(sorted(strange))} are in a record of {self.model.name}")
        if not self._adds_up:
            raise ValueError("the overall is not the weighted sum of the scores")
        return self

    @property
    def _adds_up(self) -> bool:
        """Whether the overall is what its definition says; scores that are scaled first are taken at their word."""
        if self.overall.value is None or self.suite.normalize != "none":
            return True
        scores = {task: row.value or 0.0 for task, row in self.headlines.items()}
        weights = {task: weight for task, weight in self.weights.items() if weight}
        return weights.keys() <= scores.keys() and isclose(
            sum(weight * scores[task] for task, weight in weights.items()), self.overall.value, abs_tol=1e-6
        )

    @property
    def weights(self) -> dict[str, float]:
        return {task.name: task.weight for task in self.tasks}

    @property
    def headlines(self) -> dict[str, ScoreRow]:
        """Task → the headline score, where there is one."""
        return {row.task: row for row in self.scores if row.headline and row.value is not None}

    @property
    def revision(self) -> str:
        """A hash of all that the numbers depend on, and of nothing else of the run: other models do not change it."""
        suite, run = self.suite, self.run
        about = [
            (suite.name, suite.seed, suite.confidence, suite.resamples, suite.normalize),
            (run.version, sorted(run.libraries.items()), run.limit),
            (self.model.fingerprint, self.model.dtype, self.model.device),
            [
                (task.name, task.fingerprint, task.weight, [each.signature for each in task.metrics])
                for task in self.tasks
            ],
        ]
        return sha256(json.dumps(about).encode()).hexdigest()[:REVISION_LENGTH]


def records(results: Results, commit: str | None, replicates: Replicates | None) -> list[Record]:
    """A record of each model that has a score; raises ValueError where a name cannot be that of a file."""
    named = {(task.name, metric.name) for task in results.tasks for metric in task.metrics}
    scored = {row.model for row in results.scores if row.value is not None}
    overall = {row.model: row.model_copy(update=_UNPLACED) for row in results.overall}
    return [
        Record(
            commit=commit,
            suite=results.suite,
            run=results.run,
            model=model,
            tasks=results.tasks,
            scores=[row for row in results.scores if row.model == model.name and (row.task, row.metric) in named],
            overall=overall[model.name],
            efficiency=[row for row in results.efficiency if row.model == model.name],
            replicates=pack(replicates, model.name) if replicates else [],
        )
        for model in results.models
        if model.name in scored
    ]
