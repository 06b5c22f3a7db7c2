"""What a leaderboard is made of: models of runs, from run folders, from published records, or from results at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from mtlbench.gate.checkout import find_checkout
from mtlbench.results import Results, RunFolder
from mtlbench.results.record import Record, records
from mtlbench.results.replicates import Replicates, read_replicates
from mtlbench.results.repository import read_record, record_files, write_record
from mtlbench.suite.faults import Faults, InputError

Source = Path | str | RunFolder | Results


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of a run; `results` and `folder` are those of its run, where they are at hand."""

    record: Record
    results: Results | None = None
    folder: RunFolder | None = None

    @property
    def model(self) -> str:
        return self.record.model.name

    @property
    def created(self) -> str:
        return self.record.run.created

    @property
    def known(self) -> int:
        """How much is at hand: of the same revision, the entry that has most is kept."""
        return (self.results is not None) + (self.folder is not None)


def entries(sources: Sequence[Source]) -> list[Entry]:
    """Oldest first, each revision of a model once; raises InputError with all that is wrong with the sources."""
    faults = Faults()
    found: dict[tuple[str, str, str], Entry] = {}
    for source in sources:
        with faults.collecting():
            for entry in _read(source):
                key = entry.record.suite.name, entry.model, entry.record.revision
                rival = found.get(key)
                if rival is None or (rival.known, rival.created) < (entry.known, entry.created):
                    found[key] = entry
    faults.raise_any()
    if not found:
        raise InputError(
            "there is nothing to rank: no model of any run has a score",
            "name folders of runs, or folders of records that `mtlbench leaderboard RUN --export FOLDER` wrote",
        )
    return sorted(found.values(), key=lambda entry: (entry.created, entry.model, entry.record.revision))


def _read(source: Source) -> Iterator[Entry]:
    if isinstance(source, Results):
        yield from _of_results(source)
    elif isinstance(source, RunFolder):
        yield from _of_folder(source)
    elif Path(source).is_file() and Path(source).name != "manifest.json":
        yield Entry(read_record(Path(source)))
    else:
        yield from _below(Path(source))


def _below(path: Path) -> Iterator[Entry]:
    """All finished runs and all records below a folder; a run that is named must have ended."""
    if not path.exists():
        raise InputError(f"there is no {path}", "name folders of runs or of published records")
    folder = path.parent if path.is_file() else path
    if (folder / "manifest.json").is_file():
        yield from _of_folder(RunFolder(folder))
        return
    for place, below, names in os.walk(folder):
        below.sort()
        if "manifest.json" in names:
            below.clear()
            if "results.json" in names:
                yield from _of_folder(RunFolder(Path(place)))
    yield from (Entry(read_record(file)) for file in record_files(folder))


def _of_folder(folder: RunFolder) -> Iterator[Entry]:
    folder.finished_manifest()
    results = folder.read_results()
    yield from _of_results(results, folder)


def _of_results(results: Results, folder: RunFolder | None = None) -> Iterator[Entry]:
    checkout = find_checkout(folder.path if folder else Path())
    try:
        made = records(results, checkout.commit if checkout else None, _replicates(results, folder))
    except ValidationError as error:
        raise InputError(f"{folder.path if folder else results.run.id}: {error.errors()[0]['msg']}") from error
    yield from (Entry(record, results, folder) for record in made)


def _replicates(results: Results, folder: RunFolder | None) -> Replicates | None:
    if folder is None:
        return None
    names = [model.name for model in results.models], [task.name for task in results.tasks]
    return read_replicates(folder.replicates_path, *names)


def export_records(sources: Sequence[Source], folder: Path | str) -> list[Path]:
    """Add every model of the sources to a folder of records; returns where each lies."""
    return [write_record(Path(folder), entry.record) for entry in entries(sources)]
