"""A run on disk: where its files lie, and typed reading and writing of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from mtlbench.results.files import replacing, write_text
from mtlbench.results.manifest import Manifest
from mtlbench.results.schema import Results
from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    import pyarrow as pa

M = TypeVar("M", bound=BaseModel)

COMPRESSION = "zstd"


class Incomplete(InputError):
    """The run has not ended, is not scored, or lacks what is asked of it."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`results/<suite>/<run-id>/`."""

    path: Path

    @property
    def manifest_path(self) -> Path:
        return self.path / "manifest.json"

    @property
    def suite_path(self) -> Path:
        return self.path / "suite.yaml"

    @property
    def results_path(self) -> Path:
        return self.path / "results.json"

    @property
    def page_path(self) -> Path:
        return self.path / "index.html"

    @property
    def profile_path(self) -> Path:
        return self.path / "profile.json"

    @property
    def verdict_path(self) -> Path:
        return self.path / "verdict.json"

    @property
    def replicates_path(self) -> Path:
        return self.path / "replicates.parquet"

    def predictions_path(self, model: str, task: str) -> Path:
        return self.path / "predictions" / model / f"{task}.parquet"

    def variants_path(self, model: str, task: str) -> Path:
        """Predictions of rewritten rows, apart from those of the rows, so that no score ever counts them."""
        return self.path / "variants" / model / f"{task}.parquet"

    def statistics_path(self, model: str, task: str) -> Path:
        return self.path / "statistics" / model / f"{task}.parquet"

    def read_manifest(self) -> Manifest:
        return read_json(self.manifest_path, Manifest)

    def finished_manifest(self) -> Manifest:
        """The manifest of a run that has ended; raises Incomplete where it has not."""
        manifest = self.read_manifest()
        if manifest.status not in ("complete", "incomplete"):
            raise Incomplete(
                f"the run in {self.path} was not finished", "run the suite again: it goes on where it stopped"
            )
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        write_text(self.manifest_path, manifest.model_dump_json(indent=2) + "\n")

    def read_predictions(self, model: str, task: str) -> pa.Table:
        return read_table(self.predictions_path(model, task))

    def read_results(self) -> Results:
        return read_json(self.results_path, Results)

    def write_results(self, results: Results) -> None:
        write_text(self.results_path, results.model_dump_json(indent=1) + "\n")


def find_run(path: Path) -> RunFolder:
    """The run at `path`: a run's folder, a file in it, or a folder of runs or of suites' runs: the newest."""
    folder = path.parent if path.is_file() else path
    if (folder / "manifest.json").is_file():
        return RunFolder(folder)
    runs = [RunFolder(found.parent) for depth in ("*", "*/*") for found in folder.glob(f"{depth}/manifest.json")]
    if not runs:
        raise InputError(f"no run in {path}: it has no manifest.json", "`mtlbench run SUITE` writes one")
    return max(runs, key=lambda run: run.read_manifest().created)


def write_table(path: Path, table: pa.Table) -> None:
    """Write Parquet, whole or not at all."""
    write_parts(path, [table])


def write_parts(path: Path, parts: Iterable[pa.Table]) -> None:
    """The same of a table that comes in parts, one or more, so that only one need be in memory."""
    import pyarrow.parquet as pq

    with replacing(path) as temporary:
        coming = iter(parts)
        first = next(coming)
        with pq.ParquetWriter(
            temporary, first.schema, compression=COMPRESSION, write_page_checksum=True
        ) as writer:
            for part in chain([first], coming):
                writer.write_table(part)


def read_table(path: Path) -> pa.Table:
    """Read Parquet; raises Incomplete where the file is missing or broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise Incomplete(f"cannot read {path}: {error}", "run the suite again: what was computed is cached") from error


def read_json(path: Path, kind: type[M]) -> M:
    """Read an artefact; raises Incomplete where the file is missing or of another form."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Incomplete(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(key) for key in first["loc"]) or "the file"
        raise Incomplete(f"{path} is no {path.stem} that this version reads: {where}: {first['msg']}") from error
