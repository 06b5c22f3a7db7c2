"""The gate's keys in force: the stored baseline's over the suite's, and the margin of each score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mtlbench.analysis.claims import OVERALL
from mtlbench.suite.declarations import Gate, Suite

OVERALL_DROP = 0.5
"""The share of the margin by which the overall may drop: a mean over tasks is surer than any one of them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`margins` are of single tasks, in place of the keys' own; `critical` tasks must be shown to be no worse."""

    keys: Gate
    margins: Mapping[str, float]
    critical: frozenset[str] = frozenset()

    @classmethod
    def of(cls, suite: Suite, keys: Gate, margins: Mapping[str, float]) -> Self:
        """What the suite says, under what a stored baseline says."""
        own = {name: task.margin for name, task in suite.tasks.items() if task.margin is not None}
        critical = frozenset(name for name, task in suite.tasks.items() if task.priority == "critical")
        return cls(keys.over(suite.gate), {**own, **margins}, critical)

    def margin(self, task: str) -> float:
        """By how many points a score, or the overall, must be shown to be no worse."""
        return self.margins.get(task, self.keys.margin)

    def drop(self, task: str) -> float:
        """The largest drop that is no failure, as measured, in points."""
        return OVERALL_DROP * self.margin(task) if task == OVERALL else self.margin(task)

    def gates(self, task: str) -> bool:
        """Whether a pass needs the score shown to be no worse."""
        return self.keys.on in (OVERALL if task == OVERALL else "tasks", "both") or task in self.critical
