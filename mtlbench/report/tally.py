"""How far a run has come: what is to do, what the cache held, what has been computed."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtlbench.runner.events import Advanced, ModelStarted, RunStarted

Pair = tuple[str, str]
"""A model's name and a task's."""


@dataclass(slots=True)
class Tally:
    """How far each (model, task) has come."""

    totals: dict[Pair, int] = field(default_factory=dict)
    cached: dict[Pair, int] = field(default_factory=dict)
    computed: dict[Pair, int] = field(default_factory=dict)

    def start(self, event: RunStarted) -> None:
        self.totals, self.cached, self.computed = dict(event.totals), {}, {}

    def begin(self, event: ModelStarted) -> int:
        """How many of the model's outputs the cache holds."""
        self.cached |= {(event.model, task): count for task, count in event.cached.items()}
        return sum(event.cached.values())

    def advance(self, event: Advanced) -> Pair:
        pair = (event.model, event.task)
        self.computed[pair] = self.computed.get(pair, 0) + event.count
        return pair

    def done(self, pair: Pair) -> int:
        return self.cached.get(pair, 0) + self.computed.get(pair, 0)

    def pairs(self, model: str) -> list[Pair]:
        return [pair for pair in self.totals if pair[0] == model]
