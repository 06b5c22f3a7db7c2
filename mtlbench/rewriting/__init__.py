"""Rewriting: a text → the same text for another group, or the same text disturbed; deterministic, and no model in it."""

from mtlbench.rewriting.declared import COUNTERFACTUAL, PLACEBO, ROBUSTNESS, Rewrite, Role, declared_rewrites
from mtlbench.rewriting.rewrite import Rewriter, Rewritten
from mtlbench.rewriting.words import sentiment

__all__ = [
    "COUNTERFACTUAL",
    "PLACEBO",
    "ROBUSTNESS",
    "Rewrite",
    "Rewriter",
    "Rewritten",
    "Role",
    "declared_rewrites",
    "sentiment",
]
