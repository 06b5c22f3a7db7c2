"""Scoring: the predictions of a run → Results."""

from mtlbench.scoring.score import score

__all__ = ["score"]
