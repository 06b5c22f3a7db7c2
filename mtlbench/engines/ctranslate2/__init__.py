"""Encoder-decoders and decoders through CTranslate2: answers of the same checkpoint, sooner."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Refusal, Request
from mtlbench.engines.causal import Causal
from mtlbench.engines.ctranslate2 import settings
from mtlbench.engines.ctranslate2.causal import Generator
from mtlbench.engines.ctranslate2.conversion import WEIGHTS, converted
from mtlbench.engines.ctranslate2.serving import handed_on
from mtlbench.engines.ctranslate2.text2text import InputReader, Translator
from mtlbench.engines.decoder_jobs import PromptReader
from mtlbench.engines.files import Files
from mtlbench.engines.text2text import Text2Text
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError


class Converted(Engine):
    """What the two kinds share. `plain` is the engine whose answers these are."""

    engine = "ctranslate2"
    layout = "transformers"
    chosen = "for speed"
    plain: ClassVar[type[Engine]]
    reader: ClassVar[type[Any]]
    """Of files, model and the checkpoint's name: what turns requests into jobs."""
    server: ClassVar[type[Any]]
    """What turns jobs into outputs."""

    @classmethod
    def refuses(cls, model: Model, config: Mapping[str, Any], asked: Asked) -> Refusal | None:
        return settings.refuses_checkpoint(model, config, cls.kinds[0]) or cls.plain.refuses(model, config, asked)

    @classmethod
    def refuses_generation(cls, generation: Generation) -> Refusal | None:
        return settings.refuses_generation(generation, cls.kinds[0])

    @classmethod
    def is_exact(cls, generation: Generation) -> bool:
        return settings.is_exact(generation)

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        if not settings.is_installed():
            raise InputError(*settings.NOT_INSTALLED)
        found = cls.plain.identify(model.model_copy(update={"quantize": None}), base, options)
        settings.check_own_settings(found.folder, found.source)
        parts = f"ctranslate2 {settings.version()} {settings.compute_type(model, found)} {found.fingerprint}"
        return replace(found, engine=cls.engine, fingerprint=hashlib.sha256(parts.encode()).hexdigest())

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        compute_type = settings.compute_type(model, identity)
        folder = converted(identity, model, options, compute_type, notify)
        files = Files.of(identity, model, options)
        served = cls.server(folder, compute_type, str(identity.device), files, identity.source)
        return cls(cls.reader(files, model, identity.source), served, (folder / WEIGHTS).stat().st_size)

    @classmethod
    def count(cls, identity: Identity, model: Model, options: Options, requests: Sequence[Request]) -> list[int]:
        reader = cls.reader(Files.of(identity, model, options), model, identity.source)
        return [job.input_tokens for job in reader.read(requests)]

    def __init__(self, reader: Any, served: Any, weight_bytes: int) -> None:
        self._reader, self._served, self.weight_bytes = reader, served, weight_bytes

    def read(self, requests: Sequence[Request]) -> Any:
        return self._reader.read(requests)

    def answer(self, read: Any) -> Iterator[list[tuple[int, Output]]]:
        return handed_on(self._served.answers(read))


class ConvertedText2Text(Converted):
    names = ("ctranslate2",)
    kinds = ("text2text",)
    takes = frozenset({"quantize", "shots"})
    plain, reader, server = Text2Text, InputReader, Translator


class ConvertedCausal(Converted):
    names = ("ctranslate2-causal",)
    kinds = ("causal",)
    takes = frozenset({"quantize", "shots", "chat_template"})
    plain, reader, server = Causal, PromptReader, Generator
