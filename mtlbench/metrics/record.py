"""ReCoRD (Zhang et al. 2018): exact match and token F1 of the named entity, the best over a query's answers."""

from __future__ import annotations

from mtlbench.metrics.base import MetricContext
from mtlbench.metrics.squad import Squad


class Record(Squad):
    """`record_em` and `record_f1`: the formulas of SQuAD v1.1, with the entities that answer a query as references."""

    names = ("record_em", "record_f1")

    def __init__(self, name: str, context: MetricContext) -> None:
        super().__init__(name, context)
