"""Datasets of the Hub: fetched when it answers, taken from the cache when it does not, refused clearly else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.data.arrays import text_array
from mtlbench.data.dataset import Dataset
from mtlbench.data.findings import Findings
from mtlbench.data.ids import row_ids
from mtlbench.data.reading import Reading
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_ANSWER_SECONDS = 5.0
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOCAL = (".", "/")
_HINT = (
    "save the rows and write `data: {path: …}`, or fill the cache where there is a network "
    "and set HF_HUB_OFFLINE=1 (HF_DATASETS_CACHE says where the cache lies)"
)


def load_hub(data: Data, base: Path = Path()) -> Dataset:
    """The rows of a Hub dataset; raises InputError. Code from the Hub is never run.

    `hub:` may also be a folder in the Hub's layout, written with a leading `./`, `../` or `/`, relative to `base`.
    Class labels stay the numbers they are, and each such column gets a neighbour `<column>_name` with the names as text
    (null for -1, the Hub's mark of a hidden label), unless there is a column of that name: a suite can give either as
    its reference. The fingerprint is over id, config, split, resolved revision and the rows themselves.
    """
    found, source, revision = _from_folder(data, base) if (data.hub or "").startswith(_LOCAL) else _from_hub(data)
    table = _with_label_names(found)
    findings = Findings(None)
    reading = Reading(table, tuple(table.column_names), table.num_rows, None, "")
    if not table.num_rows:
        findings.add(f"{_described(data)} has no rows")
    ids = row_ids(reading, data.id, findings)
    findings.raise_any()
    identity = [source, data.config, data.split, revision, data.id, _content(table)]
    fingerprint = hashlib.sha256(f"hub:{json.dumps(identity)}".encode()).hexdigest()
    return Dataset(table, ids, reading.columns, fingerprint, source)


def _from_folder(data: Data, base: Path) -> tuple[Any, str, None]:
    written = Path(data.hub or "")
    shown = written.name if written.is_absolute() else written.as_posix()
    if not (base / written).is_dir():
        raise InputError(f"there is no folder {shown}")
    if data.revision is not None:
        raise InputError(f"`revision:` goes with a dataset of the Hub; {shown} is a folder")
    return _fetch(str(base / written), None, data), shown, None


def _from_hub(data: Data) -> tuple[Any, str, str | None]:
    """The dataset, its name with the commit it is of, and the commit.

    One short question finds out whether the Hub answers: `load_dataset` itself asks, waits and asks again for half a
    minute.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    hub = data.hub or ""
    if Path(hub).exists():
        message = f"a local folder “{hub}” hides the Hub dataset of that name"
        raise InputError(message, hint=f"`./{hub}`, relative to the suite, means a folder")
    try:
        commit = HfApi().dataset_info(hub, revision=data.revision, timeout=_ANSWER_SECONDS).sha
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise InputError(f"the Hub has no {_described(data)}, or keeps it closed: {_first_line(error)}") from None
    except Exception as error:  # every other failure, of whatever HTTP library, means the same: no answer
        found, commit = _from_cache(hub, data, error)
    else:
        found = _fetch(hub, commit, data)
    return found, f"{hub}@{commit}" if commit else hub, commit


def _from_cache(hub: str, data: Data, reason: Exception) -> tuple[Any, str | None]:
    with _offline():
        try:
            found = _load(hub, data.revision, data)
        except Exception:
            message = f"{_described(data)} would be fetched, but the Hub could not be reached ({_first_line(reason)})"
            raise InputError(f"{message}, and the cache does not hold it", hint=_HINT) from None
    # The cache keeps each revision in a folder named by its commit; offline, `datasets` takes the latest one there is.
    folder = Path(found.cache_files[0]["filename"]).parent.name if found.cache_files else ""
    commit = folder if _COMMIT.fullmatch(folder) else None
    if data.revision and _COMMIT.fullmatch(data.revision) and commit != data.revision:
        message = f"the Hub could not be reached, and the cache holds another revision of {_described(data)}"
        raise InputError(f"{message}: {commit or 'unknown'}", hint=_HINT)
    return found, commit


def _fetch(path: str, revision: str | None, data: Data) -> Any:
    try:
        return _load(path, revision, data)
    except Exception as error:  # the library raises its own, pandas', Arrow's and the file system's errors
        raise InputError(f"{_described(data)} could not be loaded: {_first_line(error)}") from None


def _load(path: str, revision: str | None, data: Data) -> Any:
    import datasets

    datasets.disable_progress_bars()
    return datasets.load_dataset(path, data.config, split=data.split, revision=revision)


@contextmanager
def _offline() -> Iterator[None]:
    """Both libraries read this switch from the environment once, at import; here it is thrown later."""
    import datasets
    from huggingface_hub import constants

    before = datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def _with_label_names(found: Any) -> pa.Table:
    import datasets

    table = found.with_format("arrow")[:].replace_schema_metadata(None)
    for column, feature in found.features.items():
        name = f"{column}_name"
        if isinstance(feature, datasets.ClassLabel) and name not in table.column_names:
            values = table.column(column).to_pylist()
            names = [None if value is None or value < 0 else feature.names[value] for value in values]
            table = table.append_column(name, text_array(names))
    return table


def _content(table: pa.Table) -> str:
    """A hash of the values, whatever the chunks and buffers they lie in."""
    digest = hashlib.sha256(json.dumps(table.column_names).encode())
    for batch in table.to_batches(max_chunksize=1000):
        digest.update("".join(json.dumps(row, default=repr) + "\n" for row in batch.to_pylist()).encode())
    return digest.hexdigest()


def _described(data: Data) -> str:
    parts = {"config": data.config, "split": data.split, "revision": data.revision}
    named = ", ".join(f"{key} {value}" for key, value in parts.items() if value is not None)
    return f"dataset “{data.hub}” ({named})"


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
