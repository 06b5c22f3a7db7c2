"""What a suite says of a task's data, turned into rows, with every fault of the file told at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from mtlbench.data import json_file, parquet_file, table_file
from mtlbench.data.dataset import Dataset
from mtlbench.data.findings import Findings
from mtlbench.data.hub import load_hub
from mtlbench.data.ids import row_ids
from mtlbench.data.locate import locate
from mtlbench.data.reading import Reading
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError

READERS: dict[str, Callable[[Path, Data, Findings], Reading]] = {
    ".jsonl": json_file.read_lines,
    ".json": json_file.read_list,
    ".csv": table_file.read_csv,
    ".tsv": table_file.read_tsv,
    ".parquet": parquet_file.read,
}
"""How each kind of file is read. A reader notes faults and goes on as far as it can."""


def load_data(data: Data, base: Path) -> Dataset:
    """The rows that `data` names; `base` is the suite's folder. Raises InputError with every fault of the file.

    Values of CSV and TSV stay text, so “007” and “1.50” survive. Rows keep their order. A row's id is its value in the
    column `data.id`, else in the column `id` if there is one, else its number counted from 0.
    """
    if data.hub is not None:
        return load_hub(data, base)
    file, source = locate(data, base, tuple(READERS))
    suffix = file.suffix.lower()
    _check_options(data, suffix, source)
    findings = Findings(file)
    try:
        reading = READERS[suffix](file, data, findings)
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}") from None
    if not findings.total and not (reading.rows and reading.columns):
        findings.add(_emptiness(file, reading))
    ids = row_ids(reading, data.id, findings)
    findings.raise_any()
    options = json.dumps([suffix, data.columns, data.quoting, data.id])
    fingerprint = hashlib.sha256(f"file:{reading.digest}:{options}".encode()).hexdigest()
    return Dataset(reading.table, ids, reading.columns, fingerprint, source, file, reading.lines)


def _emptiness(file: Path, reading: Reading) -> str:
    if not file.stat().st_size:
        return "the file is empty"
    return "the rows have no columns" if reading.rows else "the file has no rows"


def _check_options(data: Data, suffix: str, source: str) -> None:
    if suffix in (".csv", ".tsv"):
        return
    if data.columns is not None:
        raise InputError(f"`columns:` goes with CSV and TSV; {source} names its own columns")
    if not data.quoting:
        raise InputError(f"`quoting: false` goes with CSV and TSV, not with {source}")
