"""Engines: load a checkpoint, answer requests. Each is one class in one file, found by name and model kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtlbench.engines.base import Engine, Identity, Options, Output, Request
from mtlbench.registry import Registry, UnknownName

ENGINES: Registry[Engine] = Registry("engine", "mtlbench.engines", "mtlbench.engines")

__all__ = ["ENGINES", "Engine", "Identity", "Options", "Output", "Request", "find_engine", "kind_of", "model_kinds"]


def model_kinds() -> list[str]:
    """All model kinds that some engine runs."""
    return sorted({kind for name in ENGINES.names() for kind in ENGINES.get(name).kinds})


def find_engine(engine: str, kind: str) -> type[Engine]:
    """The engine of that name, or for `auto` the first that runs models of this kind; raises UnknownName, ValueError."""
    if engine != "auto":
        found = ENGINES.get(engine)
        if kind not in found.kinds:
            raise ValueError(f"the engine “{engine}” runs models of kind {', '.join(found.kinds)}, not “{kind}”")
        return found
    for name in ENGINES.names():
        if kind in ENGINES.get(name).kinds:
            return ENGINES.get(name)
    raise UnknownName("model kind", kind, model_kinds())


def kind_of(config: Mapping[str, Any]) -> str | None:
    """The kind of model a checkpoint's `config.json` describes, or None where it does not tell."""
    return "text2text" if config.get("is_encoder_decoder") else None
