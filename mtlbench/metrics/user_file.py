"""A user's own metric: `FILE.py:CLASS` names a class that extends Metric, in a file beside the suite."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext
from mtlbench.plugins import UserClass, is_user_class, user_class

_NEEDED = ("higher_is_better", "bounds", "columns")


def from_file(name: str, folder: Path) -> type[Metric] | None:
    """The class that `FILE.py:CLASS` names, FILE being relative to `folder`; None for a name of another form.

    The file is run. Raises ValueError where there is no such file or class, or it is no metric.
    """
    if not is_user_class(name) or name.startswith("evaluate:"):
        return None
    return _wrapped(name, user_class(name, folder, "metric", Metric, "mtlbench.metrics"))


def _plain(self: Metric, name: str, context: MetricContext) -> None:
    """Makes a metric that has no `__init__`, and so no options."""


def _wrapped(name: str, user: UserClass) -> type[Metric]:
    """The class with the file's hash in its signature, and with its mistakes told as the user's.

    `name` is put on it, whatever the class calls itself.
    """
    cls: Any = user.cls
    accepts = getattr(cls, "accepts", None)
    if not isinstance(accepts, (set, frozenset)) or not accepts:
        raise ValueError(f'{name}: `accepts` must be a set of what it scores, as in {{"text"}}, not {accepts!r}')
    made = _plain if cls.__init__ is Metric.__init__ else cls.__init__

    class UserMetric(cls):  # type: ignore[misc]
        names = (name,)

        @functools.wraps(made)  # type: ignore[misc]
        def __init__(self, given: str, context: MetricContext, **options: Any) -> None:
            made(self, given, context, **options)
            missing = [needed for needed in _NEEDED if not hasattr(self, needed)]
            if missing:
                raise ValueError(f"{name} lacks {', '.join(missing)}")
            self.name = given
            self.signature = f"{getattr(self, 'signature', given)}|file:{user.digest}"

        def statistics(
            self, predictions: Sequence[Any], references: Sequence[Any], **more: Sequence[str]
        ) -> FloatArray:
            try:
                rows = np.asarray(super().statistics(predictions, references, **more), dtype=np.float64)
            except Exception as error:
                raise ValueError(f"{user.file} failed: {user.what(error)}") from error
            if rows.shape != (len(predictions), len(self.columns)):
                expected = f"({len(predictions)}, {len(self.columns)})"
                raise ValueError(f"{name} gave statistics of shape {rows.shape}; {expected} was expected, n × columns")
            return rows

    found: type[Metric] = UserMetric
    return found
