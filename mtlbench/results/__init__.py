"""Typed artefacts of a run, their schema version, and atomic reading and writing."""

from mtlbench.results.folder import RunFolder, find_run
from mtlbench.results.schema import SCHEMA_VERSION, Results

__all__ = ["SCHEMA_VERSION", "Results", "RunFolder", "find_run"]
