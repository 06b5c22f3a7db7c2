"""A candidate and the baselines it is held against, on the same rows: whether they can be compared, and what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.gate.baseline import Baseline, StoredTask
from mtlbench.gate.refusals import NotComparable
from mtlbench.gate.regression import CANDIDATE
from mtlbench.gate.verdict import Against
from mtlbench.metrics.base import FloatArray
from mtlbench.results.folder import Incomplete
from mtlbench.scoring.sides import Side
from mtlbench.scoring.statistics import cluster_codes

_RENEW = "score both alike, or store the baseline anew: `mtlbench gate RUN --update-baseline --reason …`"


def check_comparable(candidate: Baseline, stored: Baseline, called: str) -> None:
    """Raises Incomplete where the candidate lacks a stored task, and NotComparable with all else that is not the same."""
    mine, theirs = candidate.about, stored.about
    lacking = [task for task in theirs.tasks if task not in mine.tasks]
    if lacking:
        raise Incomplete(
            f"the run lacks {', '.join(lacking)}, which the {called} has",
            "run the suite with all of its tasks, or store the baseline anew",
        )
    found = [f"{task} is not in the {called}" for task in mine.tasks if task not in theirs.tasks]
    if mine.normalize != theirs.normalize:
        found.append(f"the overall is normalized by {mine.normalize}, in the {called} by {theirs.normalize}")
    for task in theirs.tasks:
        found += [f"{task}: {what}" for what in _unlike(mine.tasks[task], theirs.tasks[task])]
        if not found and set(candidate.rows[task].ids) != set(stored.rows[task].ids):
            found.append(f"{task}: the ids of the rows differ")
    if found:
        raise NotComparable(f"the run is not comparable with the {called}: {'; '.join(found)}", _RENEW)


def _unlike(mine: StoredTask, theirs: StoredTask) -> Iterator[str]:
    if mine.fingerprint != theirs.fingerprint:
        yield f"other data ({mine.n:,} rows, {mine.fingerprint[:8]}; stored {theirs.n:,}, {theirs.fingerprint[:8]})"
    if mine.signature != theirs.signature:
        yield f"another metric ({mine.signature}; stored {theirs.signature})"
    elif mine.recipe != theirs.recipe:
        yield f"{mine.metric} with other options"
    keys = [key for key in mine.reading if mine.reading[key] != theirs.reading.get(key)]
    if keys:
        yield f"another {', '.join(keys)} in the suite"
    if not np.isclose(mine.weight, theirs.weight):
        yield f"another weight in the overall ({mine.weight:.3g}; stored {theirs.weight:.3g})"


def evidence(
    side: Side, model: str, candidate: Baseline, stored: Mapping[Against, Baseline], design: Design
) -> list[TaskEvidence]:
    """Of each task, with the candidate and the stored baselines as its models; they must be comparable."""
    found = []
    for info in side.results.tasks:
        metrics = side.scorers[info.name].metrics
        clusters = cluster_codes(side.folder.read_predictions(model, info.name))
        rows = {(CANDIDATE, info.headline): candidate.rows[info.name].statistics}
        for against, each in stored.items():
            rows[against, info.headline] = _aligned(each, candidate, info.name)
        bounds = (info.floor, info.ceiling)
        found.append(gather(info.name, info.fingerprint, info.n, info.weight, bounds, metrics, rows, design, clusters))
    return found


def _aligned(stored: Baseline, candidate: Baseline, task: str) -> FloatArray:
    """The stored rows in the candidate's order."""
    places = {row_id: place for place, row_id in enumerate(stored.rows[task].ids)}
    return stored.rows[task].statistics[[places[row_id] for row_id in candidate.rows[task].ids]]
