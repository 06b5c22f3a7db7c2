"""What a model's turn cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

FLOPS, ENERGY, COLD_START = "flops", "energy", "cold_start"
BESIDE = "tokenise"
"""The phase that goes on in a thread of its own, beside the others."""
APART = frozenset({"import", "load", "look up", "store", BESIDE})
"""Phases that are not the answering itself."""
CACHED = "all outputs came from the cache"
NOT_ASKED = "`measure` does not ask for it"


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
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds by what they were spent on."""
    matmul_peak: float | None = None
    """Operations per second that the device reaches in products of matrices; measured where a profile is asked for."""

    @property
    def answering(self) -> float:
        """Seconds in which answers were computed, or their requests waited for."""
        return sum(seconds for phase, seconds in self.phases.items() if phase not in APART)

    @classmethod
    def none(cls, measure: Collection[str], reason: str) -> Costs:
        """Nothing measured yet, of what was asked for by this reason."""
        asked = {name: reason if name in measure else NOT_ASKED for name in (FLOPS, ENERGY)}
        return cls({COLD_START: reason, **asked})
