"""Bootstrap replicates of models of several runs, where they were drawn from the same examples in the same draws."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.board.entry import Entry
from mtlbench.results.packed import unpack
from mtlbench.results.replicates import Replicates, joined
from mtlbench.results.schema import TaskInfo


def shared_draws(entries: Sequence[Entry], tasks: Sequence[TaskInfo]) -> Replicates | None:
    """Replicates of all the models, on the terms of one board; None where one has none, or was drawn otherwise."""
    ways = {(entry.record.suite.seed, entry.record.suite.resamples) for entry in entries}
    if len(ways) != 1 or not all(entry.record.replicates for entry in entries):
        return None
    names = [task.name for task in tasks]
    parts = [unpack(entry.record.replicates, entry.model, names) for entry in entries]
    return joined(parts, [entry.model for entry in entries])
