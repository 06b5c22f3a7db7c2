"""Encoders with heads through transformers: one checkpoint for each task, or one encoder that several heads share."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from mtlbench.engines import loading
from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Refusal, Request
from mtlbench.engines.heads.config import fitted, has_heads
from mtlbench.engines.heads.networks import MultitaskNetwork, load_network
from mtlbench.engines.heads.reading import load_reading
from mtlbench.engines.heads.serving import Served
from mtlbench.suite.declarations import Model


class Heads(Engine):
    names = ("transformers-heads",)
    engine = "transformers"
    kinds = ("heads",)
    takes = loading.TAKES | {"checkpoints", "head_labels"}
    by_task = True
    reads_input = False

    @classmethod
    def recognizes(cls, config: Mapping[str, Any]) -> bool:
        return has_heads(config)

    @classmethod
    def refuses(cls, model: Model, config: Mapping[str, Any], asked: Asked) -> Refusal | None:
        found = fitted(model, config, asked)
        return found if isinstance(found, Refusal) else None

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        parts = {folder: loading.identify("heads", cls.engine, part, base, options) for folder, part in _parts(model)}
        identity = parts[model.checkpoint] if model.checkpoint else _whole(model.checkpoints or {}, parts, base)
        if not model.head_labels:
            return identity
        named = json.dumps([identity.fingerprint, model.head_labels], sort_keys=True)
        return replace(identity, fingerprint=hashlib.sha256(named.encode()).hexdigest())

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        served = {
            folder: Served(load_network(own, part, options), own, part, notify)
            for folder, own, part in _own(identity, model, options)
        }
        if model.checkpoints is None:
            return cls({None: next(iter(served.values()))})
        return cls({task: served[folder] for task, folder in model.checkpoints.items()})

    @classmethod
    def serving(cls, network: Any, tokenizer: Any, identity: Identity, notify: Callable[[str], None]) -> Self:
        """A multi-task encoder that is in memory already."""
        loaded = MultitaskNetwork(network), tokenizer, network.config.to_dict()
        return cls({None: Served(loaded, identity, Model(checkpoint=identity.source), notify)})

    def __init__(self, served: Mapping[str | None, Served]) -> None:
        """By task; None for all tasks."""
        self._served = served
        self.weight_bytes = sum({id(each): each.weight_bytes for each in served.values()}.values())

    @classmethod
    def count(cls, identity: Identity, model: Model, options: Options, requests: Sequence[Request]) -> Sequence[int]:
        folders, found = model.checkpoints or {}, dict[int, int]()
        for folder, own, part in _own(identity, model, options):
            mine = [index for index, each in enumerate(requests) if folders.get(each.task, folder) == folder]
            tokens = load_reading(own, part, options).tokens([requests[index] for index in mine])
            found |= dict(zip(mine, tokens, strict=True))
        return [found[index] for index in range(len(requests))]

    def read(self, requests: Sequence[Request]) -> Any:
        """Rows of tokens, by the checkpoint that is to answer them."""
        mine: dict[Served, list[Request]] = defaultdict(list)
        for request in requests:
            mine[self._served.get(None) or self._served[request.task]].append(request)
        return [(served, served.read(asking)) for served, asking in mine.items()]

    def answer(self, read: Any) -> Iterator[list[tuple[int, Output]]]:
        for served, uses in read:
            yield from served.answer(uses)


def _parts(model: Model) -> Iterable[tuple[str, Model]]:
    """Folder → the model of it, one that serves several tasks once."""
    return {str(part.checkpoint): part for part in model.parts.values()}.items()


def _own(identity: Identity, model: Model, options: Options) -> Iterator[tuple[str, Identity, Model]]:
    """Folder, identity and model of each of its parts."""
    for folder, part in _parts(model):
        whole = model.checkpoints is None
        yield (
            folder,
            identity if whole else loading.identify("heads", "transformers", part, identity.folder, options),
            part,
        )


def _whole(checkpoints: Mapping[str, str], parts: Mapping[str, Identity], base: Path) -> Identity:
    """One model of several checkpoints. Its folder is the one that theirs are relative to."""
    digest = hashlib.sha256()
    for task, folder in sorted(checkpoints.items()):
        digest.update(f"{task}\0{parts[folder].fingerprint}\0".encode())
    return replace(
        next(iter(parts.values())),
        source=", ".join(parts),
        fingerprint=digest.hexdigest(),
        base=hashlib.sha256(" ".join(str(parts[folder].base) for folder in sorted(parts)).encode()).hexdigest(),
        folder=base,
        parameters=sum(part.parameters or 0 for part in parts.values()),
        trainable=sum(part.trainable or 0 for part in parts.values()),
        bytes=sum(part.bytes or 0 for part in parts.values()),
    )
