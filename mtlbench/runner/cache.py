"""The cache of outputs: SQLite, keyed by all that bears on an output, so that no two models ever share one.

A key is a hash of the model's fingerprint, engine, versions, number type, device type, generation settings and the
request. A batch is stored as soon as it is finished, so a killed run repeats at most the batch in flight.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from mtlbench.engines import Identity, Output, Request
from mtlbench.results.files import cache_path as cache_path
from mtlbench.suite.faults import InputError

SCHEMA = 2
ASKED_AT_ONCE = 500


def output_key(identity: Identity, versions: dict[str, str], request: Request) -> bytes:
    """What an output depends on, hashed: 32 bytes."""
    device = (identity.device or "").split(":")[0]
    settings = request.generation.model_dump(exclude_none=True)
    parts = [
        identity.fingerprint, identity.kind, identity.engine, versions, identity.dtype, device,
        settings, request.max_input_tokens, _as_asked(request),
    ]  # fmt: skip
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ).digest()


def _as_asked(request: Request) -> list[object]:
    """All that is asked but the task's name."""
    asked, question = request.asked, request.question
    return [
        asked.form, asked.labels, asked.by, asked.source_lang, asked.target_lang,
        question.text, question.segments, question.words, question.choices, question.shots,
    ]  # fmt: skip


class Cache:
    """Outputs by key. Without a folder it is a temporary one, which ends with it, and takes to disk what is too much for
    memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._connection = _prepared(sqlite3.connect("")) if folder is None else _open(folder / "outputs.sqlite")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Output]:
        """The outputs there are."""
        found: dict[bytes, Output] = {}
        for start in range(0, len(keys), ASKED_AT_ONCE):
            some = keys[start : start + ASKED_AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, output FROM outputs WHERE key IN ({marks})"  # noqa: S608 - only question marks
            found |= {key: Output(**json.loads(text)) for key, text in self._connection.execute(query, some)}
        return found

    def put(self, outputs: Iterable[tuple[bytes, Output]]) -> None:
        """Store a finished batch; it is on disk when this returns."""
        now = time.time()
        rows = [(key, json.dumps(asdict(output), ensure_ascii=False), now) for key, output in outputs]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?)", rows)


def cache_info(folder: Path) -> tuple[int, int]:
    """Outputs held, and bytes on disk."""
    path = folder / "outputs.sqlite"
    if not path.is_file():
        return 0, 0
    connection = _open(path)
    try:
        (count,) = connection.execute("SELECT COUNT(*) FROM outputs").fetchone()
    finally:
        connection.close()
    return int(count), sum(file.stat().st_size for file in folder.glob("outputs.sqlite*"))


def clear_cache(folder: Path) -> int:
    """Forget all outputs; returns how many there were."""
    count, _ = cache_info(folder)
    for file in folder.glob("outputs.sqlite*"):
        file.unlink()
    return count


def _open(path: Path) -> sqlite3.Connection:
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=60)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return _prepared(connection)


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """With the table of outputs, an empty one in place of another version's."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, SCHEMA):
        connection.execute("DROP TABLE IF EXISTS outputs")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS outputs (key BLOB PRIMARY KEY, output TEXT NOT NULL, stored REAL NOT NULL)"
        " WITHOUT ROWID"
    )
    connection.execute(f"PRAGMA user_version={SCHEMA}")
    return connection


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """A cache that cannot be opened is told in the user's words."""
    hint = "set MTLBENCH_CACHE to a folder you can write to, or run with --no-cache"
    try:
        yield
    except sqlite3.DatabaseError as error:
        hint = f"remove {path}, or run with --no-cache" if "not a database" in str(error) else hint
        raise InputError(f"cannot open the cache {path}: {error}", hint) from error
    except OSError as error:
        raise InputError(f"cannot open the cache {path}: {error.strerror}", hint) from error
