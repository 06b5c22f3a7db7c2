"""What a reader of the numbers should know: cut inputs, invalid outputs, small samples, failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.results.manifest import Manifest, PairRecord
from mtlbench.results.schema import ScoreRow, WarningRow

FEW_CLUSTERS = 10
"""Below this number of clusters the analytic intervals cover some 92% of 95."""

FEW_OF_CLASS = 10
"""Below so many examples of a class no interval of macro-F1 keeps its word (the best covered 84% of 95 at 3)."""

GOLD = "gold:"
"""Prefix of a statistic that counts the examples of a class."""

MOST_SHOWN = 3

FEW_ROWS = 30
"""Below this number of examples an interval says little: the bootstrap's are too narrow."""

GRAVITY = ("failed", "truncated", "limited")


def warning_rows(
    manifest: Manifest, scores: Sequence[ScoreRow], lineage: Lineage, tasks: Sequence[TaskEvidence]
) -> list[WarningRow]:
    """All warnings, the gravest first."""
    of_pairs = [row for pair in manifest.pairs for row in _of_pair(pair, manifest.tasks[pair.task].n)]
    return [
        *sorted(of_pairs, key=lambda row: GRAVITY.index(row.code)),
        *_sampling(manifest),
        *_invalid(scores),
        *_small(tasks),
        *_few_clusters(tasks),
        *_rare_classes(tasks),
        *_baselines(lineage, tasks),
    ]


def _of_pair(pair: PairRecord, n: int) -> Iterator[WarningRow]:
    where = f"{pair.model} on {pair.task}"
    if pair.error is not None:
        yield WarningRow(code="failed", where=where, message=pair.error)
    if pair.truncated:
        message = f"{pair.truncated} of {n} inputs were longer than the model takes, and were cut"
        yield WarningRow(code="truncated", where=where, message=message)
    if pair.limited:
        limit = pair.generation.get("max_new_tokens")
        message = f"{pair.limited} of {n} outputs ended at the limit of {limit} new tokens"
        yield WarningRow(code="limited", where=where, message=message)


def _sampling(manifest: Manifest) -> Iterator[WarningRow]:
    for name, model in manifest.models.items():
        if model.checkpoint_generation.get("do_sample"):
            message = "its generation config samples; mtlbench decodes without sampling, so that runs can be repeated"
            yield WarningRow(code="sampling", where=name, message=message)


def _invalid(scores: Sequence[ScoreRow]) -> Iterator[WarningRow]:
    for row in scores:
        if row.metric == "invalid_rate" and row.value:
            message = f"{row.value:.1f}% of outputs were no label, choice or number, and count as wrong"
            yield WarningRow(code="invalid", where=f"{row.model} on {row.task}", message=message)


def _small(tasks: Sequence[TaskEvidence]) -> Iterator[WarningRow]:
    for task in tasks:
        if task.n < FEW_ROWS:
            message = f"only {task.n} rows: its intervals are unreliable"
            yield WarningRow(code="few-rows", where=task.name, message=message)


def _few_clusters(tasks: Sequence[TaskEvidence]) -> Iterator[WarningRow]:
    for task in tasks:
        if task.clusters is not None and task.units < FEW_CLUSTERS:
            message = f"its {task.n} rows come from only {task.units} clusters: its intervals are a little too narrow"
            yield WarningRow(code="few-clusters", where=task.name, message=message)


def _rare_classes(tasks: Sequence[TaskEvidence]) -> Iterator[WarningRow]:
    """Of metrics that count classes: those of which there are too few examples."""
    for task in tasks:
        rare: dict[str, int] = {}
        for (_, name), rows in task.statistics.items():
            columns = next(metric.columns for metric in task.metrics if metric.name == name)
            for column, total in zip(columns, rows.sum(0), strict=True):
                label = column.removeprefix(GOLD)
                if label not in (column, "") and total < FEW_OF_CLASS:
                    rare[label] = int(total)
        if rare and task.n >= FEW_ROWS:
            shown = ", ".join(f"“{label}” ({n})" for label, n in list(rare.items())[:MOST_SHOWN])
            more = f" and {len(rare) - MOST_SHOWN} more" if len(rare) > MOST_SHOWN else ""
            what = "intervals of their scores and of averages over classes are unreliable"
            message = f"fewer than {FEW_OF_CLASS} examples of {shown}{more}: {what}"
            yield WarningRow(code="rare-class", where=task.name, message=message)


def _baselines(lineage: Lineage, tasks: Sequence[TaskEvidence]) -> Iterator[WarningRow]:
    """Of each family with multi-task models: the tasks that these were run on and no single-task model was trained on."""
    missing: dict[str, list[str]] = {}
    for model in lineage.multi_task:
        known = lineage.baselines(model)
        run = [task.name for task in tasks if model in task.answered]
        where = (
            "transfer" if lineage.models[model].family is None else f"transfer, family {lineage.models[model].family}"
        )
        missing.setdefault(where, []).extend(task for task in run if task not in known)
    for where, lacking in missing.items():
        if lacking:
            message = f"no single-task baseline for {', '.join(dict.fromkeys(lacking))}: their transfer is not known"
            yield WarningRow(code="no-baseline", where=where, message=message)
