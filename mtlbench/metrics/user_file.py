"""A user's own metric: `FILE.py:CLASS` names a class that extends Metric, in a file beside the suite."""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
import traceback
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext
from mtlbench.registry import nearest

_FORM = re.compile(r"(?P<file>.+\.py):(?P<name>\w+)")
_NEEDED = ("higher_is_better", "bounds", "columns")


def from_file(name: str, folder: Path) -> type[Metric] | None:
    """The class that `FILE.py:CLASS` names, FILE being relative to `folder`; None for a name of another form.

    The file is run. Raises ValueError where there is no such file or class, or it is no metric.
    """
    parts = _FORM.fullmatch(name)
    if parts is None or name.startswith("evaluate:"):
        return None
    file = parts["file"]
    try:
        source = (folder / file).read_bytes()
    except OSError as error:
        raise ValueError(f"the metric's file {file} cannot be read: {error.strerror}") from error
    digest = sha256(source).hexdigest()[:12]
    module = _load((folder / file).resolve(), file, digest)
    cls = getattr(module, parts["name"], None)
    if cls is None:
        own = [key for key, value in vars(module).items() if isinstance(value, type) and value is not Metric]
        near = nearest(parts["name"], own)
        raise ValueError(f"{file} has no class {parts['name']}" + (f": did you mean {near}?" if near else ""))
    if not (isinstance(cls, type) and Metric in cls.__mro__):
        raise ValueError(f"{parts['name']} in {file} is no metric: it must extend mtlbench.metrics.Metric")
    return _wrapped(name, file, digest, cls)


@functools.lru_cache(maxsize=64)
def _load(path: Path, shown: str, digest: str) -> ModuleType:
    """The file as a module of its own, loaded anew when it has changed."""
    name = f"mtlbench_user_{sha256(str(path).encode()).hexdigest()[:8]}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(f"{shown} cannot be loaded: {_what(error, path)}") from error
    return module


def _what(error: BaseException, path: Path) -> str:
    """An error of the user's code, with the line of the user's file that it came from."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {message}" + (f" (line {line})" if line else "")


def _plain(self: Metric, name: str, context: MetricContext) -> None:
    """Makes a metric that has no `__init__`, and so no options."""


def _wrapped(name: str, file: str, digest: str, cls: Any) -> type[Metric]:
    """The class with the file's hash in its signature, and with its mistakes told as the user's.

    `name` is put on it, whatever the class calls itself.
    """
    accepts = getattr(cls, "accepts", None)
    if not isinstance(accepts, (set, frozenset)) or not accepts:
        raise ValueError(f'{name}: `accepts` must be a set of what it scores, as in {{"text"}}, not {accepts!r}')
    made = _plain if cls.__init__ is Metric.__init__ else cls.__init__
    path = Path(sys.modules[cls.__module__].__file__ or file)

    class UserMetric(cls):  # type: ignore[misc]
        names = (name,)

        @functools.wraps(made)  # type: ignore[misc]
        def __init__(self, given: str, context: MetricContext, **options: Any) -> None:
            made(self, given, context, **options)
            missing = [needed for needed in _NEEDED if not hasattr(self, needed)]
            if missing:
                raise ValueError(f"{name} lacks {', '.join(missing)}")
            self.name = given
            self.signature = f"{getattr(self, 'signature', given)}|file:{digest}"

        def statistics(
            self, predictions: Sequence[Any], references: Sequence[Any], **more: Sequence[str]
        ) -> FloatArray:
            try:
                rows = np.asarray(super().statistics(predictions, references, **more), dtype=np.float64)
            except Exception as error:
                raise ValueError(f"{file} failed: {_what(error, path)}") from error
            if rows.shape != (len(predictions), len(self.columns)):
                expected = f"({len(predictions)}, {len(self.columns)})"
                raise ValueError(f"{name} gave statistics of shape {rows.shape}; {expected} was expected, n × columns")
            return rows

    found: type[Metric] = UserMetric
    return found
