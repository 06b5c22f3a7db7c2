"""A run's folder → the statistics, timings, groups and answers of each of its pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlbench.analysis.efficiency import Timings
from mtlbench.analysis.evidence import Cell
from mtlbench.metrics.base import FloatArray
from mtlbench.results import RunFolder
from mtlbench.results.manifest import Manifest
from mtlbench.scoring.answers import AnswersRead
from mtlbench.scoring.groups import GroupedRows
from mtlbench.scoring.statistics import IndexArray, Scorer, cluster_codes, pair_statistics
from mtlbench.suite.templates import is_rewording


@dataclass(slots=True)
class Pairs:
    """By task, and within it by model: what the run's folder holds."""

    statistics: dict[str, dict[Cell, FloatArray]] = field(default_factory=dict)
    timings: dict[tuple[str, str], Timings] = field(default_factory=dict)
    clusters: dict[str, IndexArray | None] = field(default_factory=dict)
    answers: dict[str, AnswersRead] = field(default_factory=dict)
    groups: dict[str, GroupedRows] = field(default_factory=dict)


def read_pairs(folder: RunFolder, manifest: Manifest, scorers: Mapping[str, Scorer]) -> Pairs:
    """Pairs that failed are left out."""
    read = Pairs({task: {} for task in scorers})
    for pair in manifest.pairs:
        if pair.error is not None:
            continue
        table, rows = pair_statistics(folder, pair.model, pair.task, scorers[pair.task])
        read.statistics[pair.task] |= {(pair.model, metric): values for metric, values in rows.items()}
        read.clusters[pair.task] = cluster_codes(table)
        if not is_rewording(pair.task):
            read.answers.setdefault(pair.task, AnswersRead(scorers[pair.task].labels)).add(pair.model, table)
            read.groups.setdefault(pair.task, GroupedRows()).read(table, pair.model, scorers[pair.task])
        columns = (table.column(name).to_pylist() for name in ("seconds", "output_tokens"))
        read.timings[pair.model, pair.task] = Timings(*columns)
    return read
