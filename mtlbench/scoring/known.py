"""All that the analyses of a run ask: its tasks' evidence, how its models were trained, and what the suite declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mtlbench.analysis.answers import Answers
from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.analysis.groups import GroupedTask
from mtlbench.analysis.lineage import Course, Lineage, Training
from mtlbench.analysis.overall import scaled
from mtlbench.results.manifest import Manifest, ModelRecord
from mtlbench.results.replicates import Replicates, replicates_of
from mtlbench.scoring.changes import Changes
from mtlbench.scoring.groups import GroupedRows, grouped_task
from mtlbench.scoring.reading import Pairs
from mtlbench.scoring.statistics import Scorer
from mtlbench.scoring.weights import task_shares
from mtlbench.suite.declarations import Model, Suite
from mtlbench.suite.templates import rewordings


@dataclass(frozen=True)
class Known:
    """`whole` is the manifest with the tasks that are others in other words, which count for nothing else."""

    whole: Manifest
    suite: Suite
    scorers: Mapping[str, Scorer]
    pairs: Pairs
    changes: Changes

    @cached_property
    def manifest(self) -> Manifest:
        return self.whole.without_rewordings()

    @cached_property
    def design(self) -> Design:
        declared = self.suite.significance
        return Design(
            self.suite.seed, declared.confidence, declared.resamples, declared.permutations, declared.correction
        )

    @property
    def models(self) -> list[str]:
        return list(self.manifest.models)

    @property
    def normalize(self) -> str:
        return self.suite.overall.normalize

    @cached_property
    def lineage(self) -> Lineage:
        """What the suite declares of each model's training, else what the checkpoint told of it."""
        models = {name: _training(self.suite.models[name], record) for name, record in self.manifest.models.items()}
        courses = [
            Course(name, [(stage.model, stage.tasks) for stage in each.stages], each.start, each.joint)
            for name, each in self.suite.sequences.items()
            if all(stage.model in models for stage in each.stages)
        ]
        return Lineage(models, courses)

    @cached_property
    def tasks(self) -> list[TaskEvidence]:
        headlines = {name: scorer.metrics[0] for name, scorer in self.scorers.items()}
        shares = task_shares(self.suite, self.manifest, headlines, self.pairs.statistics, self.lineage)
        return [self._evidence(name, shares[name]) for name in self.manifest.tasks]

    @cached_property
    def reworded(self) -> dict[str, dict[str, TaskEvidence]]:
        """Task → template → what is known of the task in those words."""
        return {
            name: {
                template: self._evidence(key, 0.0)
                for template, key in zip(task.templates, rewordings(name, task), strict=True)
            }
            for name, task in self.suite.tasks.items()
            if name in self.manifest.tasks
        }

    @cached_property
    def answers(self) -> list[Answers]:
        read, statistics = self.pairs.answers, self.pairs.statistics
        return [read[task.name].of(task, statistics[task.name]) for task in self.tasks if task.answered]

    @cached_property
    def grouped(self) -> list[GroupedTask]:
        """The tasks that declare groups."""
        found = [
            grouped_task(
                name,
                record.fingerprint,
                self.suite,
                self.scorers[name],
                self.pairs.groups.get(name, GroupedRows()),
                self.pairs.statistics[name],
                self.pairs.clusters.get(name),
            )
            for name, record in self.manifest.tasks.items()
        ]
        return [task for task in found if task is not None]

    @property
    def replicates(self) -> Replicates:
        """Of every headline score, on the scale of the overall."""
        cells = {
            (model, task.name): (
                float(scaled(np.array(task.value(model)), task, self.normalize)),
                scaled(task.replicates[model, task.headline.name], task, self.normalize),
            )
            for model in self.models
            for task in self.tasks
            if not math.isnan(task.value(model))
        }
        return replicates_of(self.models, [task.name for task in self.tasks], cells)

    def _evidence(self, name: str, share: float) -> TaskEvidence:
        record, scorer = self.whole.tasks[name], self.scorers[name]
        return gather(
            name,
            record.fingerprint,
            record.n,
            share,
            (scorer.task.floor, scorer.task.ceiling),
            scorer.metrics,
            self.pairs.statistics[name],
            self.design,
            self.pairs.clusters.get(name),
            {model for model, task in self.pairs.timings if task == name},
        )


def _training(declared: Model, record: ModelRecord) -> Training:
    return Training(
        record.trained_on if declared.trained_on is None else declared.trained_on,
        record.trained_rows if declared.trained_rows is None else declared.trained_rows,
        declared.family,
        declared.seed_of,
        declared.fraction_of,
        declared.quantize is not None or declared.prune is not None,
    )
