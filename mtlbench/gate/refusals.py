"""Why a model cannot be held against a stored baseline."""

from __future__ import annotations

from mtlbench.suite.faults import InputError


class NotComparable(InputError):
    """The stored baseline is missing, broken, or of other rows, metrics or tasks than the run."""


class NoBaseline(NotComparable):
    """There is no stored baseline yet."""
