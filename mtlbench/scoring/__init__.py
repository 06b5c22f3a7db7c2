"""Scoring: the predictions of a run → Results; those of several → what sets them apart."""

from mtlbench.scoring.compare import compare
from mtlbench.scoring.score import score

__all__ = ["compare", "score"]
