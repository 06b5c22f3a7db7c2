"""Parquet: columns as they are, with their types, lists and structs."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mtlbench.data.findings import Findings
from mtlbench.data.reading import Reading
from mtlbench.suite.declarations import Data

_TIMES = re.compile("timestamp|date|time|duration")
"""Types that hold values Python has no date for."""


def read(file: Path, data: Data, findings: Findings) -> Reading:
    """Reads a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if not file.stat().st_size:
        return Reading(pa.table({}), (), 0, None, digest)
    try:
        # ParquetFile, not read_table: that one loads pyarrow.dataset, and pandas with it.
        with parquet.ParquetFile(file) as source:
            table = source.read().replace_schema_metadata(None)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        findings.add(f"the file is not sound Parquet: {reason}", hint="is it cut off, or another format?")
        return Reading(pa.table({}), (), 0, None, digest)
    names = table.column_names
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            findings.add(f"the file has the column “{name}” {names.count(name)} times")
    for name, column in zip(names, table.columns, strict=True):
        if _TIMES.search(str(column.type)):
            try:
                column.to_pylist()
            except (ValueError, OverflowError) as error:
                findings.add(f"“{name}” holds a time that cannot be read: {error}")
    return Reading(table, tuple(names), table.num_rows, None, digest)
