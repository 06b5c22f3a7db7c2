"""The tidy lists of results.json as tables: one CSV or Parquet file each, for spreadsheets, R, SQL and data frames.

Columns are the keys of the list's rows (results/results.schema.json); a list or mapping in a row is JSON text. Every list
has its file, an empty one too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from mtlbench.results.files import write_text
from mtlbench.results.folder import write_table
from mtlbench.results.schema import Results, Row

if TYPE_CHECKING:
    import pyarrow as pa


def write_csv(results: Results, folder: Path) -> list[Path]:
    """`<list>.csv` for each list; null is an empty field."""
    written = []
    for name, kind, rows in tidy_lists(results):
        text = io.StringIO()
        writer = csv.DictWriter(text, list(kind.model_fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        written.append(folder / f"{name}.csv")
        write_text(written[-1], text.getvalue())
    return written


def write_parquet(results: Results, folder: Path) -> list[Path]:
    """`<list>.parquet` for each list, of the same columns and types whatever its rows hold."""
    import pyarrow as pa

    written = []
    for name, kind, rows in tidy_lists(results):
        schema = pa.schema([(key, _arrow_type(field.annotation)) for key, field in kind.model_fields.items()])
        written.append(folder / f"{name}.parquet")
        write_table(written[-1], pa.Table.from_pylist(rows, schema=schema))
    return written


def tidy_lists(results: Results) -> Iterator[tuple[str, type[Row], list[dict[str, Any]]]]:
    """Each list's name, the kind of its rows, and they themselves as flat mappings."""
    for name, field in Results.model_fields.items():
        if get_origin(field.annotation) is list:
            (kind,) = get_args(field.annotation)
            yield name, kind, [_flat(row) for row in getattr(results, name)]


def _flat(row: Row) -> dict[str, Any]:
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for key, value in row.model_dump(mode="json").items()
    }


def _arrow_type(annotation: Any) -> pa.DataType:
    import pyarrow as pa

    kinds = (set(get_args(annotation)) or {annotation}) - {NoneType}
    types = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    return types[kinds.pop()] if len(kinds) == 1 and kinds <= types.keys() else pa.string()
