"""Models of several runs of the same rows, tested against one another as though they had been run at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlbench.analysis.comparisons import ranking_comparisons
from mtlbench.analysis.evidence import Cell, Design, TaskEvidence, gather
from mtlbench.metrics.base import FloatArray
from mtlbench.results import RunFolder
from mtlbench.results.schema import ComparisonRow, SuiteInfo, TaskInfo
from mtlbench.scoring.sides import Side
from mtlbench.scoring.statistics import cluster_codes, read_statistics


def paired_tests(folders: Mapping[str, RunFolder], suite: SuiteInfo, tasks: Sequence[TaskInfo]) -> list[ComparisonRow]:
    """Paired tests of the overall scores of every two models, each read from its run's folder.

    Weights, ranges and draws are those of `suite` and `tasks`, on each of which every model has a score. A model whose rows
    or metric are others than the first one's is in no test.
    """
    design = Design(suite.seed, suite.confidence, suite.resamples, suite.permutations, suite.correction)
    sides = {folder.path: _side(folder) for folder in folders.values()}
    entrants = {model: sides[folder.path] for model, folder in folders.items()}
    evidence = [_evidence(task, entrants, design) for task in tasks if task.weight]
    return ranking_comparisons(list(folders), evidence, suite.normalize, design)


def _side(folder: RunFolder) -> Side:
    return Side("", folder, folder.finished_manifest().without_rewordings(), None)


def _evidence(task: TaskInfo, entrants: Mapping[str, Side], design: Design) -> TaskEvidence:
    """The draws are keyed by the data's fingerprint, so they are those of each run alone."""
    lead, side = next(iter(entrants.items()))
    scorer = side.scorers[task.name]
    first = side.folder.read_predictions(lead, task.name)
    statistics: dict[Cell, FloatArray] = {}
    for model, side in entrants.items():
        table, rows = read_statistics(side.folder, model, task.name, side.scorers[task.name])
        if table.column("id").equals(first.column("id")) and side.scorers[task.name].recipes == scorer.recipes:
            statistics |= {(model, metric): values for metric, values in rows.items()}
    return gather(
        task.name,
        task.fingerprint,
        first.num_rows,
        task.weight,
        (task.floor, task.ceiling),
        scorer.metrics,
        statistics,
        design,
        cluster_codes(first),
    )
