"""Metrics: (predictions, references) → statistics `[n, k]` → score. Each file holds one family, found by name."""

from mtlbench.metrics.base import Metric, MetricContext, corpus_score
from mtlbench.registry import Registry

METRICS: Registry[Metric] = Registry("metric", "mtlbench.metrics", "mtlbench.metrics")

__all__ = ["METRICS", "Metric", "MetricContext", "corpus_score"]
