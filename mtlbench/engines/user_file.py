"""A user's own engine: `FILE.py:CLASS` names a class that extends Engine, in a file beside the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from mtlbench.engines import loading
from mtlbench.engines.base import Engine, Identity, Options, Output, Request
from mtlbench.plugins import UserClass, user_class
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError

_NEEDED = ("load", "run")


def from_file(name: str, folder: Path) -> type[Engine]:
    """The engine that `FILE.py:CLASS` names, FILE being relative to `folder`, which is run.

    Raises ValueError where there is no such file or class, or it is no whole engine.
    """
    user = user_class(name, folder, "engine", Engine, "mtlbench.engines")
    kinds = getattr(user.cls, "kinds", None)
    if not isinstance(kinds, tuple) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        raise ValueError(f'{name}: `kinds` must be a tuple of model kinds, as in ("mine",), not {kinds!r}')
    missing = [method for method in _NEEDED if _is_inherited(user.cls, method)]
    if missing:
        raise ValueError(f"{name} lacks {', '.join(f'{method}()' for method in missing)}")
    return _wrapped(name, user)


def _is_inherited(cls: type, method: str) -> bool:
    """Whether the class leaves the method as Engine has it."""
    found, stub = getattr(cls, method), getattr(Engine, method)
    return getattr(found, "__func__", found) is getattr(stub, "__func__", stub)


def _wrapped(name: str, user: UserClass) -> type[Engine]:
    """The class with the file's hash in its models' fingerprint, and with its mistakes told as the user's.

    A class without `identify` is of checkpoints: folders with config.json and safetensors weights.
    """
    cls: Any = user.cls

    @contextmanager
    def told() -> Iterator[None]:
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{user.file} failed: {user.what(error)}") from error

    class UserEngine(cls):  # type: ignore[misc]
        names = (name,)
        engine = name

        @classmethod
        def identify(cls, model: Model, base: Path, options: Options) -> Identity:
            with told():
                if _is_inherited(user.cls, "identify"):
                    found = loading.identify(cls.kinds[0], name, model, base, options)
                else:
                    found = super().identify(model, base, options)
                fingerprint = sha256(f"{found.fingerprint} {user.digest}".encode()).hexdigest()
                return replace(found, engine=name, fingerprint=fingerprint)

        @classmethod
        def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
            with told():
                made: Self = super().load(identity, model, options, notify)
                return made

        def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
            with told():
                yield from super().run(requests)

    found: type[Engine] = UserEngine
    return found
