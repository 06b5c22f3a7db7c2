"""The stored baseline's model, run beside the candidate, so that one job measures both."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtlbench.gate.baseline import read_baseline
from mtlbench.suite.draft import dump

BESIDE = "stored-baseline"
"""What the model is called there."""


@contextmanager
def suite_with_stored(suite: Path, baseline: Path) -> Iterator[Path]:
    """A suite file beside the suite, for as long as the block lasts: the suite, and the stored baseline's model.

    Raises NotComparable where the baseline cannot be read.
    """
    declared = read_baseline(baseline).about.declared
    with tempfile.NamedTemporaryFile("w", suffix=suite.suffix, dir=suite.parent, encoding="utf-8") as file:
        file.write(dump({"extends": suite.name, "models": {BESIDE: declared}}))
        file.flush()
        yield Path(file.name)
