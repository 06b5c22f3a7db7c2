"""The keys of `mtlbench compare --json`: the runs compared, what differs between them, and paired differences of models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mtlbench.results.schema import ComparisonRow, Number, Row

About = Literal["data", "metrics", "tasks", "generation", "versions", "hardware", "statistics"]
"""What two runs differ in, in the order in which it is told."""


class ComparedRun(Row):
    letter: str = Field(description="What names of models begin with: A is what the others are compared with.")
    path: str
    run: str
    suite: str
    created: str


class DifferenceRow(Row):
    """Something that is not the same in two runs; null on the side that does not have it."""

    about: About
    what: str = Field(description="A key, a library, a task.")
    where: list[str] = Field([], description="The tasks, or the models and tasks, that it holds for; none for the run.")
    letter: str = Field(description="The run that differs from A.")
    baseline: str | None = Field(description="What A has.")
    other: str | None


class ComparedRow(ComparisonRow):
    """A paired difference between models of two runs, each named `LETTER:MODEL`."""

    value: Number = Field(description="Score of the model, on the rows compared.")
    baseline_value: Number
    n: int | None = Field(description="Rows compared; null overall.")
    left_out: int = Field(0, description="Rows of either run that the other does not have.")
    higher_is_better: bool


class DroppedRow(Row):
    """A task on which two models are not compared."""

    model: str
    baseline: str
    task: str
    reason: str


class RunComparison(Row):
    """Models of several runs, each minus its baseline of run A."""

    confidence: float
    runs: list[ComparedRun]
    differences: list[DifferenceRow]
    rows: list[ComparedRow]
    dropped: list[DroppedRow]
