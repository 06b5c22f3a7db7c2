"""Any metric of Hugging Face `evaluate`, as `evaluate:NAME` or `evaluate:PATH` of a script.

The library takes long to import, and a script is code: neither is touched before scores are computed.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_flag, check_lengths, sign

PREFIX = "evaluate:"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


class EvaluateMetric(Metric):
    """What `compute()` returns under `key`, times `scale`.

    `key` is by default the metric's own name, or the only number there is. A list of one value per example makes the
    score their mean, which is resampled as any; a single number is the score of the whole, of which no resample can be
    had: it has neither interval nor test. Values are on the metric's own scale: most are fractions, which `scale: 100`
    makes percentages. All other options go to `compute()`.
    """

    accepts = frozenset({"label", "number", "text"})
    additive = False
    bounds = (-math.inf, math.inf)
    columns = ("value", "count", "whole")
    source: ClassVar[str]
    """The path of a script, or a name on the Hub, whose code may change under that name."""
    digest: ClassVar[str | None]
    """Of a script."""
    reusable = False

    def __init__(
        self,
        name: str,
        context: MetricContext,
        *,
        key: str | None = None,
        scale: float = 1.0,
        higher_is_better: bool = True,
        **options: Any,
    ) -> None:
        check_flag("higher_is_better", higher_is_better)
        if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not math.isfinite(scale) or not scale:
            raise ValueError(f"scale must be a number other than 0, not {scale!r}")
        self.name, self.higher_is_better = name, higher_is_better
        self._key, self._scale, self._options = key, float(scale), options
        given = {"key": key, "scale": None if scale == 1 else scale, **options, "file": self.digest}
        shown = {option: value for option, value in given.items() if value is not None}
        self.signature = sign(name, version("evaluate"), **shown)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (value, 1, 0) of a value per example; else (the whole's score, 1, 1) in every row, `[n, 3]`."""
        check_lengths(predictions, references)
        if not len(predictions):
            return np.zeros((0, 3))
        module = self._module
        targets = references if _takes_lists(module) else _single(references, self.name)
        try:
            result = module.compute(predictions=list(predictions), references=list(targets), **self._options)
        except Exception as error:
            raise ValueError(f"{self.name} failed: {type(error).__name__}: {error}") from error
        value = np.asarray(self._value(result, module.name), dtype=np.float64) * self._scale
        if value.shape not in ((), (len(predictions),)):
            raise ValueError(f"{self.name} gave {value.size} values for {len(predictions)} examples")
        rows = np.ones((len(predictions), 3))
        rows[:, 0], rows[:, 2] = value, value.ndim == 0
        return rows

    def _value(self, result: Any, own: str) -> Any:
        """The number or the list of numbers that is meant."""
        if not isinstance(result, dict):
            raise ValueError(f"{self.name} gave {type(result).__name__}, not a dictionary of scores")
        numbers = {key: value for key, value in result.items() if _is_numeric(value)}
        chosen = self._key if self._key is not None else own if own in numbers else None
        if chosen is None and len(numbers) == 1:
            chosen = next(iter(numbers))
        if chosen not in numbers:
            there = ", ".join(numbers) or "no number"
            raise ValueError(f"{self.name} gives {there}: its option `key` says which")
        return numbers[chosen]

    @cached_property
    def _module(self) -> Any:
        import evaluate  # type: ignore[import-untyped]

        try:
            return evaluate.load(self.source, keep_in_memory=True)
        except Exception as error:
            first = str(error).strip().split("\n")[0]
            verb = "cannot be loaded" if self.digest else "is not cached and cannot be fetched"
            raise ValueError(f"{self.name} {verb}: {type(error).__name__}: {first}") from error

    def score(self, totals: FloatArray) -> FloatArray:
        raise TypeError(f"{self.name} is no function of sums")

    def undefined(self, totals: FloatArray) -> str:
        return "evaluate gives no number" if totals[1] > 0 else "no examples"

    def unsampled(self, statistics: FloatArray) -> str | None:
        return "it gives one score for the whole, and none for resamples" if statistics[:, 2].any() else None

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """Means of the values `[B]`; of a score of the whole itself, and NaN for any weights that are not all 1."""
        count = weights.sum(1)
        value = np.full(len(weights), np.nan)
        np.divide(weights @ statistics[:, 0], count, out=value, where=count > 0)
        if not statistics[:, 2].any():
            return value
        return np.where((weights == 1).all(1), value, np.nan)


def from_evaluate(name: str, folder: Path) -> type[Metric] | None:
    """The adapter of what follows `evaluate:`, paths being relative to `folder`; None for a name of another form.

    Raises ValueError where there is no such script, or the name is none.
    """
    if not name.startswith(PREFIX):
        return None
    what = name.removeprefix(PREFIX)
    script = _script(folder / what)
    if script is not None:
        digest = sha256(script.read_bytes()).hexdigest()[:12]
        own = {"names": (name,), "source": str(script), "digest": digest, "reusable": True}
        return type("Adapted", (EvaluateMetric,), own)
    if what.startswith((".", "/")) or what.endswith(".py") or not _HUB_NAME.fullmatch(what):
        raise ValueError(f"there is no script {what} for {name}")
    return type("Adapted", (EvaluateMetric,), {"names": (name,), "source": what, "digest": None})


def _script(path: Path) -> Path | None:
    """The script a path means: itself, or the one of the same name in a folder, as `evaluate.load` finds it."""
    path = Path(os.path.abspath(path))
    return next((file for file in (path, path / f"{path.name}.py") if file.suffix == ".py" and file.is_file()), None)


def _takes_lists(module: Any) -> bool:
    """Whether a reference may be a list: whether any of the forms declared for references is more than one value."""
    from datasets import ClassLabel, Value

    forms = module.features if isinstance(module.features, list) else [module.features]
    return any(not isinstance(form.get("references"), (Value, ClassLabel)) for form in forms)


def _single(references: Sequence[Any], name: str) -> list[Any]:
    """References as single values; raises ValueError for a row that has several."""
    for row, reference in enumerate(references):
        if isinstance(reference, (list, tuple)) and len(reference) != 1:
            raise ValueError(f"row {row}: {name} takes one reference, not {len(reference)}")
    return [reference[0] if isinstance(reference, (list, tuple)) else reference for reference in references]


def _is_numeric(value: Any) -> bool:
    """Whether a value is a number or a list of them."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(item, Real) for item in value)
    return isinstance(value, Real) or (isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.number))
