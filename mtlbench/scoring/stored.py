"""A pair's statistics on disk, and beside them what they were computed from: the same again need not be computed.

The file's schema holds a digest of all that every metric sees, and for each metric its recipe. Rows are taken from it
where both are what they would be now; anything else about the file means that they are computed anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtlbench.metrics import Metric
from mtlbench.metrics.base import FloatArray
from mtlbench.results.folder import read_table
from mtlbench.suite.declarations import Task
from mtlbench.suite.faults import InputError
from mtlbench.tasks.base import KIND_KEYS

if TYPE_CHECKING:
    import pyarrow as pa

_DIGEST, _RECIPES = b"mtlbench.digest", b"mtlbench.recipes"


def digest_of(table: pa.Table, task: Task) -> str:
    """Of a pair's predictions, of what its task says of reading them, and of the program that reads them."""
    import pyarrow as pa

    declared = task.model_dump(mode="json", include={"kind", *KIND_KEYS})
    digest = sha256(json.dumps([version("mtlbench"), declared]).encode())
    seen = table.drop_columns(["seconds"]).combine_chunks()
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, seen.schema) as stream:
        stream.write_table(seen)
    digest.update(buffer.getvalue())
    return digest.hexdigest()


def recipe(metric: Metric, options: Mapping[str, Any]) -> str:
    """What makes a metric's rows of given texts. Options stand in it since a user's signature may not name them."""
    return json.dumps([metric.signature, options, metric.columns], sort_keys=True, default=str)


def kept_rows(
    path: Path, ids: pa.ChunkedArray, metrics: Sequence[Metric], recipes: Mapping[str, str], digest: str
) -> dict[str, FloatArray]:
    """Metric → its rows `[n, k]`, for the metrics whose rows in the file are what computing them would give."""
    try:
        table = read_table(path)
        about = table.schema.metadata or {}
        if about.get(_DIGEST) != digest.encode() or not table.column("id").equals(ids):
            return {}
        made = json.loads(about[_RECIPES])
        return {
            metric.name: metric_rows(table, metric)
            for metric in metrics
            if metric.reusable and made.get(metric.name) == recipes[metric.name]
        }
    except (InputError, KeyError, ValueError):  # no file, a broken one, or none of ours
        return {}


def metric_rows(table: pa.Table, metric: Metric) -> FloatArray:
    """The metric's rows `[n, k]` in a table of statistics; raises KeyError where it has none."""
    return np.column_stack([table.column(name).to_numpy() for name in _names(metric)])


def statistics_table(
    ids: pa.ChunkedArray,
    metrics: Sequence[Metric],
    rows: Mapping[str, FloatArray],
    recipes: Mapping[str, str],
    digest: str,
) -> pa.Table:
    """`id`, then a column `metric.statistic` for each of a metric's statistics."""
    import pyarrow as pa

    columns = {"id": ids}
    for metric in (metric for metric in metrics if metric.name in rows):
        for name, column in zip(_names(metric), rows[metric.name].T, strict=True):
            columns[name] = pa.array(np.ascontiguousarray(column))
    return pa.table(columns).replace_schema_metadata({_DIGEST: digest, _RECIPES: json.dumps(dict(recipes))})


def _names(metric: Metric) -> list[str]:
    return [f"{metric.name}.{name}" for name in metric.columns]
