"""A folder of published records, `<suite>/<model>/<revision>.json`: written by those who ran, read with distrust."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from mtlbench.results.files import write_text
from mtlbench.results.record import REVISION_LENGTH, Record
from mtlbench.suite.faults import InputError

MOST_BYTES = 2_000_000
"""Of one record: a hundred tasks of ten metrics take half of it."""
MOST_RECORDS = 20_000

_FILE = re.compile(rf"[0-9a-f]{{{REVISION_LENGTH}}}\.json")


def record_path(record: Record) -> Path:
    """Where the record lies in a folder of records."""
    return Path(record.suite.name, record.model.name, f"{record.revision}.json")


def write_record(folder: Path, record: Record) -> Path:
    """Add the record to the folder; one that says the same of the same run is left as it is."""
    path = folder / record_path(record)
    if not (path.is_file() and _same(read_record(path), record)):
        write_text(path, record.model_dump_json(indent=1) + "\n")
    return path


def read_record(path: Path) -> Record:
    """Raises InputError where the file is too large, no record, or not where such a record belongs."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is no record of results: it has more than {MOST_BYTES:,} bytes")
        record = Record.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path} is no record that this version reads: {where}: {first['msg']}") from error
    belongs = record_path(record)
    if path.resolve().parts[-3:] != belongs.parts:
        raise InputError(
            f"{path} is not where its record belongs, which is {belongs}", "move it there, or export it again"
        )
    return record


def record_files(folder: Path) -> Iterator[Path]:
    """All records below the folder, by name; links are not followed."""
    found = 0
    for place, below, names in os.walk(folder):
        below.sort()
        for name in sorted(names):
            path = Path(place, name)
            if _FILE.fullmatch(name) and not path.is_symlink():
                found += 1
                if found > MOST_RECORDS:
                    raise InputError(
                        f"{folder} holds more than {MOST_RECORDS:,} records", "name the folder of one suite"
                    )
                yield path


def _same(old: Record, new: Record) -> bool:
    """But for the commit: the one at which the record was first made stays."""
    return old.model_copy(update={"commit": new.commit}) == new
