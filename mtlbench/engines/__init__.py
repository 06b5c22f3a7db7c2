"""Engines: load a checkpoint, answer requests. Each is one class in one file, found by name and model kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Refusal, Request
from mtlbench.plugins import is_user_class
from mtlbench.registry import Registry, UnknownName
from mtlbench.suite.declarations import Model

ENGINES: Registry[Engine] = Registry("engine", "mtlbench.engines", "mtlbench.engines")
OPTIONAL_KEYS = ("adapter", "quantize", "prune", "shots", "chat_template")
"""Keys of a model that an engine must know to run a model that has them."""
AUTO = "auto"
"""Of a kind or an engine: to be told from the checkpoint, or from the kind."""

__all__ = [
    "AUTO",
    "ENGINES",
    "Asked",
    "Engine",
    "Identity",
    "Options",
    "Output",
    "Refusal",
    "Request",
    "engine_names",
    "faster_engines",
    "find_engine",
    "kind_of",
    "model_kinds",
    "reads_transformers",
    "unknown_key",
    "unknown_keys",
]


def model_kinds() -> list[str]:
    """All model kinds that some engine runs."""
    return sorted({kind for engine in _engines() for kind in engine.kinds})


def engine_names() -> list[str]:
    """All that a suite's `engine:` may say, but for files; several classes may share an engine, one for each kind."""
    return sorted({name for engine in _engines() for name in (engine.engine, *engine.names)})


def find_engine(engine: str, kind: str, folder: Path) -> type[Engine]:
    """The engine of that name that runs models of this kind; for `auto` as either, the first that fits the other and
    waits for no one to ask for it.

    A file's class is loaded from `folder`. Raises UnknownName, ValueError.
    """
    if is_user_class(engine):
        from mtlbench.engines.user_file import from_file

        named = [from_file(engine, folder)]
    else:
        named = [each for each in _engines() if _is_named(each, engine)]
    if not named:
        raise UnknownName("engine", engine, engine_names())
    fitting = [each for each in named if kind in (AUTO, *each.kinds)]
    if fitting:
        return fitting[0]
    if engine == AUTO:
        raise UnknownName("model kind", kind, model_kinds())
    kinds = sorted({known for each in named for known in each.kinds})
    raise ValueError(f"the engine “{engine}” runs models of kind {', '.join(kinds)}, not “{kind}”")


def faster_engines(kind: str) -> list[type[Engine]]:
    """Engines for models of a kind, of those that `prefer: speed` asks for."""
    return [each for each in _engines() if each.chosen == "for speed" and kind in each.kinds]


def reads_transformers(engine: str, kind: str, folder: Path) -> bool:
    """Whether the engine of that name reads checkpoints as transformers saves them; others have layouts of their own.

    Raises UnknownName, ValueError.
    """
    found = find_engine(engine, kind, folder)
    return engine == kind == AUTO or (found.layout or found.engine) == "transformers"


def kind_of(config: Mapping[str, Any]) -> str | None:
    """The kind of model a checkpoint's `config.json` describes, or None where it does not tell."""
    return next((engine.kinds[0] for engine in _engines() if engine.recognizes(config)), None)


def unknown_keys(engine: type[Engine], model: Model) -> list[str]:
    """Keys of the model that the engine would pass over."""
    return [key for key in OPTIONAL_KEYS if getattr(model, key) and key not in engine.takes]


def unknown_key(engine: type[Engine], key: str) -> str:
    """What a user is told of one."""
    by = "" if engine.layout is None else f" on `engine: {engine.engine}`"
    return f"`{key}` is no key of models of kind {engine.kinds[0]}{by}"


def _is_named(engine: type[Engine], name: str) -> bool:
    return engine.chosen == "always" if name == AUTO else name in (engine.engine, *engine.names)


def _engines() -> list[type[Engine]]:
    """All classes, in the order of their names."""
    return [ENGINES.get(name) for name in ENGINES.names()]
