"""Small made-up evidence, for analyses checked by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.metrics import METRICS, MetricContext

DESIGN = Design(seed=1, confidence=0.95, resamples=500, permutations=999)


def hits(right: int, n: int) -> list[int]:
    """Predictions of which the first `right` are right, where every reference is 0."""
    return [0] * right + [1] * (n - right)


def accuracy_task(
    name: str,
    predictions: Mapping[str, Sequence[int]],
    share: float,
    bounds: tuple[float | None, float | None] = (None, None),
    design: Design = DESIGN,
) -> TaskEvidence:
    """A task of accuracy whose references are all 0."""
    metric = METRICS.get("accuracy")("accuracy", MetricContext(("no", "yes")))
    n = len(next(iter(predictions.values())))
    rows = {(model, "accuracy"): metric.statistics(list(made), [0] * n) for model, made in predictions.items()}
    return gather(name, f"data of {name}", n, share, bounds, (metric,), rows, design)


def errors_task(
    name: str, errors: Mapping[str, Sequence[float]], metrics: Sequence[str] = ("mae",), share: float = 1.0
) -> TaskEvidence:
    """A task of numbers whose references are all 0, so that its predictions are its errors; fewer are better."""
    n = len(next(iter(errors.values())))
    made = tuple(METRICS.get(metric)(metric, MetricContext()) for metric in metrics)
    rows = {(model, each.name): each.statistics(list(out), [0.0] * n) for model, out in errors.items() for each in made}
    return gather(name, f"data of {name}", n, share, (None, None), made, rows, DESIGN)


def nan(value: float) -> bool:
    return bool(np.isnan(value))
