"""A run's predictions → its results: scores, intervals, comparisons, transfer and cost. No model is needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mtlbench.analysis.aggregates import aggregate_rows
from mtlbench.analysis.alignment import alignment_rows
from mtlbench.analysis.balance import balance_rows
from mtlbench.analysis.comparisons import baseline_comparisons, ranking_comparisons
from mtlbench.analysis.consistency import consistency_rows
from mtlbench.analysis.contributions import contribution_rows
from mtlbench.analysis.cost import front_rows, replacement_rows
from mtlbench.analysis.data_efficiency import curve_rows, data_efficiency_rows, reach_rows
from mtlbench.analysis.delta_m import delta_m_rows
from mtlbench.analysis.difficulty import difficulty_rows
from mtlbench.analysis.efficiency import Timings, efficiency_row
from mtlbench.analysis.errors import confusion_rows, cut_confusions, flip_rows
from mtlbench.analysis.evidence import Cell, Design, TaskEvidence, gather
from mtlbench.analysis.forgetting import forgetting_comparisons, forgetting_rows, retention_rows
from mtlbench.analysis.generalisation import gap_rows, template_rows
from mtlbench.analysis.grouping import grouping_rows
from mtlbench.analysis.limits import limit_rows, marked
from mtlbench.analysis.lineage import Course, Lineage, Training
from mtlbench.analysis.matrix import matrix_rows
from mtlbench.analysis.overall import overall_rows, scaled
from mtlbench.analysis.scaling import scaling_rows
from mtlbench.analysis.scores import score_rows
from mtlbench.analysis.seeds import seed_rows
from mtlbench.analysis.sensitivity import sensitivity_rows
from mtlbench.analysis.slices import slice_rows
from mtlbench.analysis.transfer import transfer_rows, transfer_summaries
from mtlbench.analysis.variants import find_variants, variant_rows
from mtlbench.metrics.base import FloatArray
from mtlbench.results import Results, RunFolder
from mtlbench.results.manifest import Manifest, ModelRecord
from mtlbench.results.replicates import Replicates, replicates_of, write_replicates
from mtlbench.results.schema import EfficiencyRow, MetricInfo, ModelInfo, RunInfo, SuiteInfo, TaskInfo
from mtlbench.scoring.answers import AnswersRead
from mtlbench.scoring.statistics import IndexArray, Scorer, cluster_codes, pair_statistics
from mtlbench.scoring.warnings import warning_rows
from mtlbench.scoring.weights import task_shares
from mtlbench.suite.declarations import Model, Suite
from mtlbench.suite.draft import read_suite
from mtlbench.suite.faults import SuiteError
from mtlbench.suite.templates import is_rewording, rewordings, with_rewordings


@dataclass(slots=True)
class _Read:
    """What the run's folder holds of its pairs."""

    statistics: dict[str, dict[Cell, FloatArray]] = field(default_factory=dict)
    timings: dict[tuple[str, str], Timings] = field(default_factory=dict)
    clusters: dict[str, IndexArray | None] = field(default_factory=dict)
    answers: dict[str, AnswersRead] = field(default_factory=dict)


def score(folder: RunFolder) -> Results:
    """Score the run and write `statistics/`, `replicates.parquet` and `results.json`; raises InputError where the folder is
    no whole run.
    """
    manifest = folder.finished_manifest()
    suite = run_suite(folder)
    declared, base = with_rewordings(suite.tasks), folder.path / manifest.folder
    scorers = {name: Scorer.of(declared[name], base) for name in manifest.tasks}
    read = _read_pairs(folder, manifest, scorers)
    known = _evidence(manifest.without_rewordings(), suite, scorers, read)
    results = _assemble(manifest, suite, scorers, read, known)
    write_replicates(folder.replicates_path, _replicates(list(manifest.models), known.tasks, suite.overall.normalize))
    folder.write_results(results)
    return results


def run_suite(folder: RunFolder) -> Suite:
    """The suite as the run resolved it; raises SuiteError."""
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
        if not is_rewording(pair.task):
            read.answers.setdefault(pair.task, AnswersRead(scorers[pair.task].labels)).add(pair.model, table)
        columns = (table.column(name).to_pylist() for name in ("seconds", "output_tokens"))
        read.timings[pair.model, pair.task] = Timings(*columns)
    return read


def _assemble(whole: Manifest, suite: Suite, scorers: Mapping[str, Scorer], read: _Read, known: _Evidence) -> Results:
    manifest = whole.without_rewordings()
    lineage, tasks, design = known.lineage, known.tasks, known.design
    answers = [read.answers[task.name].of(task, read.statistics[task.name]) for task in tasks if task.answered]
    models = {name: tuple(p.task for p in manifest.pairs if p.model == name) for name in manifest.models}
    normalize = suite.overall.normalize
    ranking = ranking_comparisons(list(models), tasks, normalize, design)
    against = baseline_comparisons(lineage, tasks, normalize, design)
    transfer = transfer_rows(against, tasks, lineage, design)
    scores = score_rows(tasks, models, design)
    limits = limit_rows(scores, tasks, suite.tasks, lineage, design)
    overall = marked(overall_rows(list(models), tasks, normalize, ranking, design), limits)
    efficiency = _efficiency(manifest, read)
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
        overall=overall,
        aggregates=[
            *aggregate_rows(list(models), tasks, normalize, design),
            *difficulty_rows(list(models), tasks, lineage, normalize, design),
        ],
        balance=balance_rows(list(models), tasks, normalize, design),
        consistency=consistency_rows(list(models), tasks),
        sensitivity=sensitivity_rows(list(models), tasks, normalize, design),
        alignment=alignment_rows(lineage, tasks, normalize, design),
        limits=limits,
        seeds=seed_rows(
            {name: suite.models[name].seed_of or name for name in models}, tasks, suite.overall.normalize, design
        ),
        comparisons=[*ranking, *against],
        transfer=transfer,
        transfer_summary=transfer_summaries(transfer, tasks, lineage),
        matrix=matrix_rows(lineage, tasks, scores, design),
        contributions=contribution_rows(lineage, tasks, design),
        groupings=grouping_rows(lineage, tasks, design),
        delta_m=delta_m_rows(lineage, tasks, design),
        forgetting=forgetting_rows(lineage, tasks, design),
        retention=retention_rows(lineage, scores),
        forgetting_comparisons=forgetting_comparisons(lineage, tasks, design),
        curves=curve_rows(lineage, scores),
        data_efficiency=data_efficiency_rows(lineage, tasks, design),
        examples_to_reach=reach_rows(lineage, tasks, design),
        fairness=[],
        efficiency=efficiency,
        fronts=front_rows(overall, efficiency, tasks, normalize),
        replacement=replacement_rows(lineage, against, efficiency, tasks),
        scaling=scaling_rows(
            lineage, {name: record.parameters for name, record in manifest.models.items()}, tasks, normalize, design
        ),
        variants=variant_rows(find_variants(suite.models, manifest.models), tasks, normalize, manifest, design),
        generalisation=gap_rows(list(models), tasks, suite.tasks, design),
        templates=template_rows(list(models), tasks, _wordings(whole, suite, scorers, read, design), design),
        confusions=confusion_rows(answers),
        flips=flip_rows(answers, lineage, overall),
        slices=slice_rows(answers, list(models), design),
        warnings=[*warning_rows(whole, scores, lineage, tasks), *cut_confusions(answers)],
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What all analyses ask."""

    lineage: Lineage
    tasks: list[TaskEvidence]
    design: Design


def _evidence(manifest: Manifest, suite: Suite, scorers: Mapping[str, Scorer], read: _Read) -> _Evidence:
    declared = suite.significance
    design = Design(suite.seed, declared.confidence, declared.resamples, declared.permutations, declared.correction)
    lineage = _lineage(manifest, suite)
    headlines = {name: scorer.metrics[0] for name, scorer in scorers.items()}
    shares = task_shares(suite, manifest, headlines, read.statistics, lineage)
    tasks = [_gathered(name, shares[name], manifest, scorers[name], read, design) for name in manifest.tasks]
    return _Evidence(lineage, tasks, design)


def _replicates(models: list[str], tasks: list[TaskEvidence], normalize: str) -> Replicates:
    """Of every headline score, on the scale of the overall."""
    cells = {
        (model, task.name): (
            float(scaled(np.array(task.value(model)), task, normalize)),
            scaled(task.replicates[model, task.headline.name], task, normalize),
        )
        for model in models
        for task in tasks
        if not math.isnan(task.value(model))
    }
    return replicates_of(models, [task.name for task in tasks], cells)


def _wordings(
    manifest: Manifest, suite: Suite, scorers: Mapping[str, Scorer], read: _Read, design: Design
) -> dict[str, dict[str, TaskEvidence]]:
    """Task → template → what is known of the task in those words."""
    return {
        name: {
            template: _gathered(key, 0.0, manifest, scorers[key], read, design)
            for template, key in zip(task.templates, rewordings(name, task), strict=True)
        }
        for name, task in suite.tasks.items()
        if name in manifest.tasks
    }


def _gathered(name: str, share: float, manifest: Manifest, scorer: Scorer, read: _Read, design: Design) -> TaskEvidence:
    record = manifest.tasks[name]
    return gather(
        name,
        record.fingerprint,
        record.n,
        share,
        (scorer.task.floor, scorer.task.ceiling),
        scorer.metrics,
        read.statistics[name],
        design,
        read.clusters.get(name),
        {model for model, task in read.timings if task == name},
    )


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
        trainable=record.trainable,
        bytes=record.bytes,
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
