"""A step's examples in groups that are computed together: of a task, or of like lengths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mtlbench.training.examples import Example

LEAST = 8
"""Examples of a group: smaller ones cost more in calls than they save in padding."""
WORTH = 0.15
"""Share of a group's padded tokens that must be saved by parting it."""


def by_task(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """In the order in which the tasks are met."""
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[example.task].append(example)
    return dict(found)


def by_length(examples: Sequence[Example]) -> list[list[Example]]:
    """Parted, again and again, where that saves most padding: n examples of which the first k are of length ≤ lₖ are padded
    to k·lₖ + (n − k)·lₙ tokens in two groups, to n·lₙ in one.
    """
    return _parted(sorted(examples, key=lambda example: example.length))


def _parted(ordered: list[Example]) -> list[list[Example]]:
    lengths, whole = [example.length for example in ordered], len(ordered) * ordered[-1].length
    places = range(LEAST, len(ordered) - LEAST + 1)
    saved, place = max(((k * (lengths[-1] - lengths[k - 1]), k) for k in places), default=(0, 0))
    if saved < WORTH * whole:
        return [ordered]
    return [*_parted(ordered[:place]), *_parted(ordered[place:])]
