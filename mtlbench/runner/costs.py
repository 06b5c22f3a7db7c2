"""What a model's turn cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

FLOPS, ENERGY, COLD_START = "flops", "energy", "cold_start"
CACHED = "all outputs came from the cache"


@dataclass(slots=True)
class Costs:
    """Of one model over all its tasks. `unmeasured`: why there is no cold start, flops or energy."""

    unmeasured: dict[str, str]
    peak_memory: int | None = None
    weight_bytes: int | None = None
    cold_start: float | None = None
    """Seconds from before loading to the first batch of outputs."""
    joules: float | None = None
    flops: dict[str, float] = field(default_factory=dict)
    """By task, per example."""

    @classmethod
    def none(cls, measure: Collection[str], reason: str) -> Costs:
        """Nothing measured yet, of what was asked for by this reason."""
        asked = {name: reason if name in measure else "`measure` does not ask for it" for name in (FLOPS, ENERGY)}
        return cls({COLD_START: reason, **asked})
