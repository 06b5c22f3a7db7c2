"""Two models, each of a run: their paired differences on the rows that they share, per task and overall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from mtlbench.analysis.claims import Claim, no_claim, overall_claim, task_claim, tested
from mtlbench.analysis.evidence import Cell, Design, TaskEvidence, gather, known
from mtlbench.analysis.overall import everywhere, missing_scores, overall_value
from mtlbench.metrics.base import FloatArray
from mtlbench.results.comparison import ComparedRow, DroppedRow
from mtlbench.results.schema import ComparisonRow
from mtlbench.scoring.shared_rows import SharedRows, shared_rows
from mtlbench.scoring.sides import Side
from mtlbench.scoring.statistics import IndexArray, cluster_codes, read_statistics
from mtlbench.suite.faults import Faults

_MEND_METRICS = (
    "declare the same metric and options in both runs’ suite.yaml and `mtlbench score` the run that changed, or leave the "
    "tasks out with --tasks"
)


@dataclass(frozen=True, slots=True)
class _Answers:
    """A model's headline statistics `[n, k]` on a task, and the number of each row's cluster."""

    n: int
    statistics: dict[Cell, FloatArray]
    clusters: IndexArray | None


@dataclass(frozen=True, slots=True)
class Entrant:
    """A model of a run."""

    side: Side
    model: str

    @property
    def name(self) -> str:
        return self.side.named(self.model)

    def answered(self, task: str) -> bool:
        """Whether there are predictions for the task."""
        return self.side.pair(self.model, task) is not None

    def fingerprint(self, task: str) -> str:
        return self.side.manifest.tasks[task].fingerprint

    def answers(self, task: str, places: IndexArray | None) -> _Answers:
        """On the rows at `places`; on all where these are None."""
        table, rows = read_statistics(self.side.folder, self.model, task, self.side.scorers[task])
        chosen = np.arange(table.num_rows) if places is None else places
        statistics = {(self.name, metric): values[chosen] for metric, values in rows.items()}
        return _Answers(len(chosen), statistics, cluster_codes(table.take(chosen)))


@dataclass(frozen=True, slots=True)
class Contrast:
    """model − baseline. Weights, ranges, confidence and draws are those that the baseline's suite declares."""

    baseline: Entrant
    model: Entrant

    def rows(self, tasks: Sequence[str], common: bool) -> tuple[list[ComparedRow], list[DroppedRow]]:
        """A row for each task that either model was run on, then the overall; and the tasks that share no row.

        Raises InputError where a task's metrics differ, or its rows do and `common` is not set.
        """
        shared = {task: self._shared_rows(task) for task in tasks if self._is_held(task)}
        self._refuse(shared, common)
        dropped = [task for task, each in shared.items() if each is not None and not len(each.first)]
        evidence = [self._evidence(task, each) for task, each in shared.items() if task not in dropped]
        design = self._design
        claims = [task_claim(task, self.model.name, self.baseline.name, design) for task in evidence]
        tests = tested([*claims, self._overall(evidence)], design) if evidence else []
        return (
            [self._compared(row, evidence, shared.get(row.task)) for row in tests],
            [self._dropped(task) for task in dropped],
        )

    @property
    def _design(self) -> Design:
        suite = self.baseline.side.results.suite
        return Design(suite.seed, suite.confidence, suite.resamples, suite.permutations)

    @property
    def _normalize(self) -> str:
        return self.baseline.side.results.suite.normalize

    @property
    def _letters(self) -> str:
        return f"{self.baseline.side.letter} and {self.model.side.letter}"

    def _is_held(self, task: str) -> bool:
        """Whether both runs hold the task, and one of the models was run on it."""
        both = (self.baseline, self.model)
        return all(task in each.side.manifest.tasks for each in both) and any(each.answered(task) for each in both)

    def _shared_rows(self, task: str) -> SharedRows | None:
        """The shared rows; None where only one of the models has any."""
        both = (self.baseline, self.model)
        if not all(each.answered(task) for each in both):
            return None
        first, second = (each.side.folder.read_predictions(each.model, task) for each in both)
        return shared_rows(first, second, self.baseline.fingerprint(task) == self.model.fingerprint(task))

    def _refuse(self, shared: Mapping[str, SharedRows | None], common: bool) -> None:
        faults = Faults()
        unlike = [self._metrics_told(task) for task in shared if not self._scores_alike(task)]
        if unlike:
            faults.add(f"{self._letters} do not score alike: {'; '.join(unlike)}", hint=_MEND_METRICS)
        others = [
            f"{task} ({each.sizes[0]} and {each.sizes[1]} rows, {len(each.first)} of them the same)"
            for task, each in shared.items()
            if each is not None and not each.whole
        ]
        if others and not common:
            message = f"{self._letters} are not of the same rows: {', '.join(others)}"
            faults.add(message, hint="--common compares the rows that they share")
        faults.raise_any()

    def _scores_alike(self, task: str) -> bool:
        mine, theirs = self.baseline.side.scorers[task], self.model.side.scorers[task]
        return (mine.task.kind, mine.recipes) == (theirs.task.kind, theirs.recipes)

    def _metrics_told(self, task: str) -> str:
        mine, theirs = (each.side.scorers[task].metrics[0].signature for each in (self.baseline, self.model))
        return f"{task} by {mine} and by {theirs}" if mine != theirs else f"{task} by {mine} with other options"

    def _evidence(self, task: str, shared: SharedRows | None) -> TaskEvidence:
        """What the models did on the shared rows, drawn as the baseline's run draws them where these are all its rows."""
        info = next(each for each in self.baseline.side.results.tasks if each.name == task)
        fingerprint = self.baseline.fingerprint(task)
        if shared is not None and not shared.whole:
            fingerprint += f" rows {sha256(shared.first.tobytes()).hexdigest()[:16]}"
        places = (None, None) if shared is None else (shared.first, shared.second)
        both = (self.baseline, self.model)
        found = [each.answers(task, at) for each, at in zip(both, places, strict=True) if each.answered(task)]
        return gather(
            task,
            fingerprint,
            found[0].n,
            info.weight,
            (info.floor, info.ceiling),
            self.baseline.side.scorers[task].metrics,
            {cell: rows for each in found for cell, rows in each.statistics.items()},
            self._design,
            found[0].clusters,
            {each.name for each in both if each.answered(task)},
        )

    def _overall(self, evidence: Sequence[TaskEvidence]) -> Claim:
        names = (self.model.name, self.baseline.name)
        compared = {task.name for task in evidence}
        missing = [each.name for each in self.baseline.side.results.tasks if each.weight and each.name not in compared]
        reason = f"not compared on {', '.join(missing)}, which the overall needs" if missing else None
        for name in names:
            lacks = missing_scores(name, evidence)
            reason = reason or (lacks and f"{name}: {lacks}")
        if reason:
            return no_claim(names, reason)
        mine, theirs = (everywhere(name, evidence) for name in names)
        return overall_claim(names, mine, theirs, evidence, self._normalize, self._design)

    def _compared(self, row: ComparisonRow, evidence: Sequence[TaskEvidence], shared: SharedRows | None) -> ComparedRow:
        task = next((task for task in evidence if task.name == row.task), None)
        if task is not None:
            values = [known(task.value(name)) for name in (row.model, row.baseline)]
        elif row.delta is None:
            values = [None, None]
        else:
            choices = [everywhere(name, evidence) for name in (row.model, row.baseline)]
            values = [overall_value(each, evidence, self._normalize) for each in choices]
        return ComparedRow(
            **row.model_dump(),
            value=values[0],
            baseline_value=values[1],
            n=task and task.n,
            left_out=shared.left_out if shared else 0,
            higher_is_better=task is None or task.headline.higher_is_better,
        )

    def _dropped(self, task: str) -> DroppedRow:
        reason = f"{self._letters} share no row of it"
        return DroppedRow(model=self.model.name, baseline=self.baseline.name, task=task, reason=reason)
