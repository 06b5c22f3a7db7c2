"""What a run's results say of its suite, run, models and tasks."""

from __future__ import annotations

import math

from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Training
from mtlbench.results.manifest import Manifest
from mtlbench.results.schema import MetricInfo, ModelInfo, RunInfo, SuiteInfo, TaskInfo
from mtlbench.scoring.statistics import Scorer
from mtlbench.suite.declarations import Suite
from mtlbench.suite.groups import groupings


def run_info(manifest: Manifest) -> RunInfo:
    return RunInfo(
        id=manifest.run,
        created=manifest.created,
        version=manifest.version,
        libraries=manifest.versions,
        limit=manifest.limit,
    )


def suite_info(manifest: Manifest, suite: Suite) -> SuiteInfo:
    return SuiteInfo(
        name=suite.name,
        description=suite.description,
        hash=manifest.suite_hash,
        seed=suite.seed,
        confidence=suite.significance.confidence,
        resamples=suite.significance.resamples,
        permutations=suite.significance.permutations,
        correction=suite.significance.correction,
        weights=suite.overall.weights,
        normalize=suite.overall.normalize,
    )


def model_info(name: str, manifest: Manifest, suite: Suite, training: Training) -> ModelInfo:
    record = manifest.models[name]
    return ModelInfo(
        name=name,
        kind=record.kind,
        engine=record.engine,
        source=record.source,
        fingerprint=record.fingerprint,
        trained_on=None if training.shares is None else dict(training.shares),
        trained_rows=None if training.rows is None else dict(training.rows),
        family=training.family,
        parameters=record.parameters,
        trainable=record.trainable,
        bytes=record.bytes,
        dtype=record.dtype,
        device=record.device,
        description=suite.models[name].description,
    )


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def task_info(task: TaskEvidence, suite: Suite, scorer: Scorer, manifest: Manifest) -> TaskInfo:
    declared = suite.tasks[task.name]
    return TaskInfo(
        name=task.name,
        kind=declared.kind,
        headline=task.headline.name,
        metrics=[
            MetricInfo(
                name=metric.name,
                signature=metric.signature,
                higher_is_better=metric.higher_is_better,
                bounds=(_finite(metric.bounds[0]), _finite(metric.bounds[1])),
            )
            for metric in scorer.metrics
        ],
        weight=task.share,
        floor=declared.floor,
        ceiling=declared.ceiling,
        n=task.n,
        source=manifest.tasks[task.name].source,
        fingerprint=manifest.tasks[task.name].fingerprint,
        groups=[grouping.name for grouping in groupings(declared)],
        cluster=declared.cluster,
        clusters=None if task.clusters is None else task.units,
        description=declared.description,
    )
