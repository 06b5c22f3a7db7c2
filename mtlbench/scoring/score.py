"""A run's predictions → its results: scores, intervals, comparisons, transfer and cost. No model is needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlbench.analysis.aggregates import aggregate_rows
from mtlbench.analysis.comparisons import baseline_comparisons, ranking_comparisons
from mtlbench.analysis.counterfactual import change_rows, preference_rows
from mtlbench.analysis.efficiency import Timings, efficiency_row
from mtlbench.analysis.evidence import Cell, Design, TaskEvidence, gather
from mtlbench.analysis.lineage import Course, Lineage, Training
from mtlbench.analysis.overall import overall_rows, weight_shares
from mtlbench.analysis.scores import score_rows
from mtlbench.analysis.seeds import seed_rows
from mtlbench.analysis.transfer import transfer_rows
from mtlbench.analysis.variants import find_variants, variant_rows
from mtlbench.metrics.base import FloatArray
from mtlbench.results import Results, RunFolder
from mtlbench.results.manifest import Manifest, ModelRecord
from mtlbench.results.schema import EfficiencyRow, MetricInfo, ModelInfo, RunInfo, SuiteInfo, TaskInfo
from mtlbench.rewriting import COUNTERFACTUAL, ROBUSTNESS
from mtlbench.scoring.changes import Changes, read_changes
from mtlbench.scoring.statistics import IndexArray, Scorer, cluster_codes, pair_statistics
from mtlbench.scoring.warnings import warning_rows
from mtlbench.suite.declarations import Model, Overall, Suite
from mtlbench.suite.draft import read_suite
from mtlbench.suite.faults import InputError, SuiteError


@dataclass(slots=True)
class _Read:
    """What the run's folder holds of its pairs."""

    statistics: dict[str, dict[Cell, FloatArray]] = field(default_factory=dict)
    timings: dict[tuple[str, str], Timings] = field(default_factory=dict)
    clusters: dict[str, IndexArray | None] = field(default_factory=dict)


def score(folder: RunFolder) -> Results:
    """Score the run and write `statistics/` and `results.json`; raises InputError where the folder is no whole run."""
    manifest = folder.read_manifest()
    if manifest.status not in ("complete", "incomplete"):
        raise InputError(
            f"the run in {folder.path} was not finished", "run the suite again: it goes on where it stopped"
        )
    suite = _read_suite(folder)
    scorers = {name: Scorer.of(suite.tasks[name], folder.path / manifest.folder) for name in manifest.tasks}
    read = _read_pairs(folder, manifest, scorers)
    changes = read_changes(folder, manifest, scorers)
    results = _assemble(manifest, suite, scorers, read, changes)
    folder.write_results(results)
    return results


def _read_suite(folder: RunFolder) -> Suite:
    draft = read_suite(folder.suite_path, keep_unset=True)
    if draft.suite is None or draft.faults:
        raise SuiteError(draft.faults)
    return draft.suite


def _read_pairs(folder: RunFolder, manifest: Manifest, scorers: Mapping[str, Scorer]) -> _Read:
    read = _Read({task: {} for task in scorers})
    for pair in manifest.pairs:
        if pair.error is not None:
            continue
        table, rows = pair_statistics(folder, pair.model, pair.task, scorers[pair.task])
        read.statistics[pair.task] |= {(pair.model, metric): values for metric, values in rows.items()}
        read.clusters[pair.task] = cluster_codes(table)
        columns = (table.column(name).to_pylist() for name in ("seconds", "output_tokens"))
        read.timings[pair.model, pair.task] = Timings(*columns)
    return read


def _assemble(
    manifest: Manifest, suite: Suite, scorers: Mapping[str, Scorer], read: _Read, changes: Changes
) -> Results:
    design = Design(
        suite.seed,
        suite.significance.confidence,
        suite.significance.resamples,
        suite.significance.permutations,
        suite.significance.correction,
    )
    tasks = _evidence(manifest, suite, scorers, read, design)
    models = {name: tuple(p.task for p in manifest.pairs if p.model == name) for name in manifest.models}
    lineage = _lineage(manifest, suite)
    normalize = suite.overall.normalize
    ranking = ranking_comparisons(list(models), tasks, normalize, design)
    against = baseline_comparisons(lineage, tasks, normalize, design)
    scores = score_rows(tasks, models, design)
    swapped, disturbed = (
        [each for each in changes.found if each.role == role] for role in (COUNTERFACTUAL, ROBUSTNESS)
    )
    return Results(
        status="complete" if manifest.status == "complete" else "incomplete",
        suite=_suite_info(manifest, suite),
        run=RunInfo(
            id=manifest.run,
            created=manifest.created,
            version=manifest.version,
            libraries=manifest.versions,
            limit=manifest.limit,
        ),
        models=[_model_info(name, manifest, suite, lineage.models[name]) for name in models],
        tasks=[_task_info(task, suite, scorers[task.name], manifest) for task in tasks],
        scores=scores,
        overall=overall_rows(list(models), tasks, normalize, ranking, design),
        aggregates=aggregate_rows(list(models), tasks, normalize, design),
        seeds=seed_rows(
            {name: suite.models[name].seed_of or name for name in models}, tasks, suite.overall.normalize, design
        ),
        comparisons=[*ranking, *against],
        transfer=transfer_rows(against, tasks),
        forgetting=[],
        fairness=[],
        efficiency=_efficiency(manifest, read),
        variants=variant_rows(find_variants(suite.models, manifest.models), tasks, normalize, manifest, design),
        counterfactual=[
            *change_rows(swapped, design),
            *changes.absent[COUNTERFACTUAL],
            *preference_rows(tasks, models),
        ],
        robustness=[*change_rows(disturbed, design), *changes.absent[ROBUSTNESS]],
        changes=changes.examples,
        warnings=[*warning_rows(manifest, scores, lineage, tasks), *changes.warnings],
    )


def _evidence(
    manifest: Manifest, suite: Suite, scorers: Mapping[str, Scorer], read: _Read, design: Design
) -> list[TaskEvidence]:
    shares = weight_shares(_weights(suite.overall, suite, manifest))
    return [
        gather(
            name,
            record.fingerprint,
            record.n,
            shares[name],
            (suite.tasks[name].floor, suite.tasks[name].ceiling),
            scorers[name].metrics,
            read.statistics[name],
            design,
            read.clusters.get(name),
            {model for model, task in read.timings if task == name},
        )
        for name, record in manifest.tasks.items()
    ]


def _weights(overall: Overall, suite: Suite, manifest: Manifest) -> dict[str, float]:
    """What each task that was run weighs."""

    def weight(task: str) -> float:
        declared = {"declared": suite.tasks[task].weight, "size": float(manifest.tasks[task].n), "equal": 1.0}
        return declared[overall.weights]

    weights = {task: weight(task) for task in manifest.tasks}
    if not sum(weights.values()):
        raise InputError(
            f"the tasks that were run ({', '.join(weights)}) all weigh 0", "run a task that weighs something"
        )
    return weights


def _efficiency(manifest: Manifest, read: _Read) -> list[EfficiencyRow]:
    return [
        efficiency_row(pair, manifest.models[pair.model], read.timings.get((pair.model, pair.task)))
        for pair in manifest.pairs
    ]


def _suite_info(manifest: Manifest, suite: Suite) -> SuiteInfo:
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


def _lineage(manifest: Manifest, suite: Suite) -> Lineage:
    """What the suite declares of each model's training, else what the checkpoint told of it."""
    models = {name: _training(suite.models[name], record) for name, record in manifest.models.items()}
    courses = [
        Course(name, [(stage.model, stage.tasks) for stage in each.stages], each.start, each.joint)
        for name, each in suite.sequences.items()
        if all(stage.model in models for stage in each.stages)
    ]
    return Lineage(models, courses)


def _training(declared: Model, record: ModelRecord) -> Training:
    return Training(
        record.trained_on if declared.trained_on is None else declared.trained_on,
        record.trained_rows if declared.trained_rows is None else declared.trained_rows,
        declared.family,
        declared.seed_of,
        declared.fraction_of,
        declared.quantize is not None or declared.prune is not None,
    )


def _model_info(name: str, manifest: Manifest, suite: Suite, training: Training) -> ModelInfo:
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
        dtype=record.dtype,
        device=record.device,
        description=suite.models[name].description,
    )


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _task_info(task: TaskEvidence, suite: Suite, scorer: Scorer, manifest: Manifest) -> TaskInfo:
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
        groups=declared.groups,
        cluster=declared.cluster,
        clusters=None if task.clusters is None else task.units,
        description=declared.description,
    )
