"""A stored baseline: what a model scored once, kept in git, with enough of each example to compare another model with it.

A folder of `baseline.json` and one `<task>.parquet` each: the rows' ids and the headline metric's statistics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError, field_serializer

from mtlbench.gate.refusals import NoBaseline, NotComparable
from mtlbench.metrics.base import FloatArray
from mtlbench.results.files import write_text
from mtlbench.results.folder import read_table, write_table
from mtlbench.results.manifest import Hardware
from mtlbench.results.schema import Number, Row
from mtlbench.suite.declarations import Gate, NonNegative
from mtlbench.suite.faults import InputError

BASELINE_VERSION: Literal[1] = 1
ABOUT = "baseline.json"


class StoredTask(Row):
    """A task as it was scored."""

    metric: str = Field(description="The headline.")
    signature: str
    recipe: str = Field(description="Signature, options and columns: what makes the metric's rows of given texts.")
    reading: dict[str, Any] = Field(description="Keys of the task that bear on how outputs and references are read.")
    fingerprint: str = Field(description="Hash of the data.")
    n: int
    weight: float = Field(description="Share of the overall score.")
    value: float


class Cost(Row):
    """What one run of the model took, over all tasks."""

    seconds: Number = Field(description="Inference; null where outputs came from the cache.")
    memory: int | None = Field(description="Most bytes held; null where nothing was computed.")
    device: str | None
    dtype: str | None


class StoredBaseline(Row):
    """The keys of `baseline.json`. `gate`, `margins` and `anchor` are for people to write; storing anew keeps them."""

    schema_version: Literal[1] = BASELINE_VERSION
    suite: str
    suite_hash: str
    run: str
    created: str = Field(description="When the run was made.")
    model: str
    fingerprint: str = Field(description="Hash of weights, tokenizer and configuration, or of the predictions.")
    declared: dict[str, Any] = Field(description="What the suite says of the model, to run it again.")
    reason: str = Field("", description="Why it was stored.")
    commit: str | None = Field(None, description="The commit that was checked out; null outside of git.")
    version: str = Field(description="Version of mtlbench.")
    libraries: dict[str, str]
    hardware: Hardware
    normalize: str
    overall: float
    tasks: dict[str, StoredTask]
    cost: Cost
    gate: Gate = Field(Gate(), description="Rules of the gate, before those of the suite.")
    margins: dict[str, NonNegative] = Field({}, description="Of single tasks, before those of the suite.")
    anchor: str | None = Field(
        None, description="Folder of an older baseline that is tested too, relative to this one."
    )

    @field_serializer("gate")
    def _as_written(self, gate: Gate) -> dict[str, Any]:
        """A key that nobody wrote must not come before the suite's."""
        return gate.model_dump(exclude_unset=True)


@dataclass(frozen=True, slots=True)
class TaskRows:
    """The headline's statistics `[n, k]` of the rows with these ids."""

    ids: tuple[str, ...]
    statistics: FloatArray


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model's scores and what they are made of: stored, or of a run about to be held against a stored one."""

    about: StoredBaseline
    rows: Mapping[str, TaskRows]


def read_baseline(path: Path) -> Baseline:
    """What lies in a folder, or beside a `baseline.json`; raises NoBaseline where there is none, and NotComparable where it
    is broken.
    """
    folder = path.parent if path.is_file() else path
    about = read_about(folder)
    try:
        rows = {task: _read_rows(folder / f"{task}.parquet") for task in about.tasks}
    except (InputError, KeyError) as error:
        raise NotComparable(
            f"the baseline in {folder} is damaged: {error}", "get it back from git, or store a new one"
        ) from error
    torn = [task for task, stored in about.tasks.items() if len(rows[task].ids) != stored.n]
    if torn:
        raise NotComparable(f"the baseline in {folder} is damaged: {', '.join(torn)} lack rows", "get it back from git")
    return Baseline(about, rows)


def read_about(folder: Path) -> StoredBaseline:
    """`baseline.json` alone; raises as `read_baseline`."""
    try:
        return StoredBaseline.model_validate_json((folder / ABOUT).read_bytes())
    except OSError as error:
        raise NoBaseline(f"there is no stored baseline in {folder}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(key) for key in first["loc"]) or "the file"
        message = f"{folder / ABOUT} is no baseline that this version reads: {where}: {first['msg']}"
        raise NotComparable(message) from error


def write_baseline(folder: Path, baseline: Baseline, former: StoredBaseline | None = None) -> None:
    """Write the rows first, so that a `baseline.json` is never without them; of the former one's, those of tasks that are
    gone are removed.
    """
    import pyarrow as pa

    for task, rows in baseline.rows.items():
        columns = {f"statistic {place}": column for place, column in enumerate(rows.statistics.T)}
        write_table(folder / f"{task}.parquet", pa.table({"id": list(rows.ids), **columns}))
    write_text(folder / ABOUT, baseline.about.model_dump_json(indent=1) + "\n")
    for task in set(() if former is None else former.tasks).difference(baseline.rows):
        (folder / f"{task}.parquet").unlink(missing_ok=True)


def _read_rows(path: Path) -> TaskRows:
    table = read_table(path)
    ids = table.column("id").to_pylist()
    columns = [column.to_numpy() for column in table.drop_columns(["id"]).columns]
    return TaskRows(tuple(ids), np.column_stack(columns).astype(np.float64))
