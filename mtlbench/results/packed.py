"""Replicates of one model as rows of JSON: about 1 KB for each task, so that they can travel with its scores."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from mtlbench.results.replicates import KEPT, UNDEFINED, Replicates
from mtlbench.results.schema import Row

_TYPE = "<i2"


class PackedReplicates(Row):
    """A headline score on the scale of the overall, and its bootstrap replicates, `score + scale · steps`."""

    task: str
    score: float
    scale: float = Field(ge=0)
    steps: str = Field(
        max_length=4 * KEPT,
        description="Base64 of 16-bit integers, little end first; −32768 is a replicate not defined.",
    )

    @field_validator("steps")
    @classmethod
    def _holds_steps(cls, steps: str) -> str:
        if len(base64.b64decode(steps, validate=True)) % 2:
            raise ValueError("these are no 16-bit integers")
        return steps

    @property
    def unpacked(self) -> NDArray[np.int16]:
        """The steps `[B]`."""
        return np.frombuffer(base64.b64decode(self.steps), dtype=_TYPE).astype(np.int16)


def pack(replicates: Replicates, model: str) -> list[PackedReplicates]:
    """Of the tasks on which the model has a score."""
    row = replicates.models.index(model)
    return [
        PackedReplicates(
            task=task,
            score=float(replicates.scores[row, column]),
            scale=float(replicates.scales[row, column]),
            steps=base64.b64encode(replicates.steps[row, column].astype(_TYPE).tobytes()).decode(),
        )
        for column, task in enumerate(replicates.tasks)
        if not np.isnan(replicates.scores[row, column])
    ]


def unpack(rows: Sequence[PackedReplicates], model: str, tasks: Sequence[str]) -> Replicates:
    """Of the tasks named; as many draws as every row has."""
    chosen = [row for row in rows if row.task in tasks]
    kept = min((len(row.unpacked) for row in chosen), default=0)
    scores, scales = np.full((1, len(tasks)), np.nan), np.ones((1, len(tasks)))
    steps = np.full((1, len(tasks), kept), UNDEFINED, dtype=np.int16)
    for row in chosen:
        at = 0, tasks.index(row.task)
        scores[at], scales[at], steps[at] = row.score, row.scale, row.unpacked[:kept]
    return Replicates([model], list(tasks), scores, scales, steps)
