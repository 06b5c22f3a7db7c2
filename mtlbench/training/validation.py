"""The score by which training stops early: the tasks' headline metrics on validation rows, averaged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtlbench.checking import LoadedSuite
from mtlbench.engines import Identity, Output, Request
from mtlbench.metrics import corpus_score
from mtlbench.runner.plan import Plan, PlannedModel, PlannedTask
from mtlbench.scoring.statistics import Scorer
from mtlbench.suite.declarations import Model
from mtlbench.tasks.base import Stored
from mtlbench.training.kinds import Kind


class Validation:
    """Asks a network in memory what a run of the suite would ask its checkpoint, and scores as a run is scored."""

    def __init__(self, suite: LoadedSuite, tasks: Mapping[str, PlannedTask], kind: Kind) -> None:
        self._suite, self._tasks, self._kind = suite, tasks, kind
        self._scorers = {name: Scorer.of(rows.task, suite.folder) for name, rows in tasks.items()}

    def __call__(self, network: Any, tokenizer: Any) -> float:
        """The mean over tasks, each on the scale of its metric's bounds: 0 the worst, 1 the best, undefined the worst."""
        source, device = "the network in training", str(network.device)
        identity = Identity(self._kind.name, "transformers", source, "", Path(), device=device)
        engine = self._kind.engine(network.eval(), tokenizer, identity)
        model = PlannedModel("", Model(checkpoint="."), type(engine), identity, tuple(self._tasks))
        plan = Plan(self._suite.suite, "", {"": model}, self._tasks, Path(), self._suite.folder)
        scores = []
        for name in self._tasks:
            requests = plan.requests("", name)
            outputs = dict(answer for batch in engine.run(requests) for answer in batch)
            scores.append(self._score(name, requests, outputs))
        return math.fsum(scores) / len(scores)

    def _score(self, name: str, requests: list[Request], outputs: Mapping[int, Output]) -> float:
        scorer, rows = self._scorers[name], self._tasks[name]
        stored = [
            _stored(request, references, outputs[request.number])
            for request, references in zip(requests, rows.references, strict=True)
        ]
        metric = scorer.metrics[0]
        found = scorer.statistics([metric], stored, [request.text for request in requests])
        score = corpus_score(metric, found[metric.name])
        return _on_scale(score, *metric.bounds, higher=metric.higher_is_better)


def _stored(request: Request, references: list[str], output: Output) -> Stored:
    question = request.question
    return Stored(references, output.text, output.scores, output.score_tokens, question.choices, question.words)


def _on_scale(score: float, worst: float, best: float, *, higher: bool) -> float:
    """A metric without an upper bound x counts as 1 / (1 + x), or that less than 1."""
    if math.isnan(score):
        return 0.0
    share = (score - worst) / (best - worst) if math.isfinite(best - worst) else 1 - 1 / (1 + abs(score))
    return share if higher else 1 - share
