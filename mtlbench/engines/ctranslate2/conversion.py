"""A checkpoint in CTranslate2's format: converted once into the user's cache, and held against the checkpoint there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtlbench.engines import loading
from mtlbench.engines.base import Identity, Options
from mtlbench.engines.bases import BASES
from mtlbench.engines.ctranslate2.serving import numbers
from mtlbench.results.files import cache_path
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError

CLASSES = {"text2text": "AutoModelForSeq2SeqLM", "causal": "AutoModelForCausalLM"}
PROBE = 12
"""Tokens of which the log-probabilities must be the checkpoint's."""
FIRST = 5
"""Number of the first of them, padding and the like being below."""
TOLERANCE, ROUGH = 1e-3, 1.0
"""Of their mean difference, in float32 and in types of fewer bits: a layer that is put together wrongly costs more."""
HOME, WEIGHTS = "ctranslate2", "model.bin"
DEFAULT_ENGINE = "leave `engine` out"


def folder_of(identity: Identity, compute_type: str) -> Path:
    """Where the conversion of these files by this version lies, or will lie."""
    import ctranslate2

    parts = " ".join([str(identity.base), identity.kind, ctranslate2.__version__, compute_type])
    return cache_path() / HOME / hashlib.sha256(parts.encode()).hexdigest()[:32]


def conversions(cache: Path) -> tuple[int, int]:
    """How many there are in a cache, and their bytes."""
    weights = list((cache / HOME).glob(f"*/{WEIGHTS}"))
    return len(weights), sum(file.stat().st_size for file in weights)


def forget(cache: Path) -> int:
    """Remove them all; returns how many there were."""
    count, _ = conversions(cache)
    shutil.rmtree(cache / HOME, ignore_errors=True)
    return count


def converted(
    identity: Identity, model: Model, options: Options, compute_type: str, notify: Callable[[str], None]
) -> Path:
    """Its folder; raises InputError where the checkpoint is at fault, or CTranslate2 cannot take it.

    It takes its place whole: of several runs that convert at once, the first to end is served to all.
    """
    folder = folder_of(identity, compute_type)
    if (folder / WEIGHTS).is_file():
        return folder
    notify("converting it for CTranslate2, once")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".converting.", dir=folder.parent) as temporary:
            made = Path(temporary) / folder.name
            _convert(identity, model, options, compute_type, made)
            _take_place(made, folder)
    except OSError as error:
        hint = "set MTLBENCH_CACHE to a folder you can write to, with room for another copy of the weights"
        raise InputError(f"cannot write the converted {identity.source} to {folder}: {error.strerror}", hint) from error
    return folder


def _take_place(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        if not (folder / WEIGHTS).is_file():  # else another run was first
            raise


def _convert(identity: Identity, model: Model, options: Options, compute_type: str, folder: Path) -> None:
    plain = replace(identity, dtype="float32", device="cpu")
    unchanged = model.model_copy(update={"quantize": None})
    BASES.release()
    network, tokenizer = loading.load(plain, unchanged, options, CLASSES[identity.kind])
    try:
        expected = _probe(network)
        try:
            _converter(identity, network, tokenizer).convert(str(folder), quantization=compute_type)
        except (ValueError, KeyError, AttributeError, NotImplementedError) as error:  # its ways to say that it cannot
            raise InputError(f"CTranslate2 cannot convert {identity.source}: {error}", DEFAULT_ENGINE) from error
    finally:
        BASES.release()  # the converter takes networks apart
    _compare(identity, folder, compute_type, *expected)


def _converter(identity: Identity, network: Any, tokenizer: Any) -> Any:
    """CTranslate2's own, of a network that is in memory: what it would load itself might be a pickle.

    Tokens are called by their numbers and each answer begins with what it is given, whatever the family.
    """
    from ctranslate2.converters import TransformersConverter

    class FromMemory(TransformersConverter):  # type: ignore[misc]
        def load_model(self, *_: Any, **__: Any) -> Any:
            return _as_expected(network)

        def load_tokenizer(self, *_: Any, **__: Any) -> Any:
            return Numbers(tokenizer, network.get_input_embeddings().num_embeddings)

        def _load(self) -> Any:
            spec = super()._load()
            if hasattr(spec.config, "decoder_start_token"):
                spec.config.decoder_start_token = None
            return spec

    return FromMemory(str(identity.folder))


class Numbers:
    """A tokenizer, to the converter: each token's text is its number, so that none is ambiguous."""

    num_madeup_words = 0

    def __init__(self, tokenizer: Any, size: int) -> None:
        self._size = size
        self.special_tokens_map: dict[str, str] = {}
        for name in ("bos_token", "eos_token", "unk_token", "pad_token"):  # it wants all of them
            setattr(self, name, str(getattr(tokenizer, f"{name}_id") or 0))

    def get_vocab(self) -> dict[str, int]:
        return {str(number): number for number in range(self._size)}

    def convert_ids_to_tokens(self, number: int | None) -> str:
        return str(number or 0)


def _as_expected(network: Any) -> Any:
    """With the keys of its configuration that the converter reads and transformers 5 has no more, or means otherwise."""
    config = network.config
    if config.model_type in ("bart", "mbart"):
        config.normalize_before, config.normalize_embedding = config.model_type == "mbart", True
    if config.model_type in ("t5", "mt5"):  # to the converter: whether outputs are scaled
        config.tie_word_embeddings = getattr(config, "scale_decoder_outputs", False)
    return network


def _probe(network: Any) -> tuple[list[int], list[float]]:
    """Tokens spread over the vocabulary, and log p of each after the first, given those before (and as input)."""
    import torch

    size = network.get_input_embeddings().num_embeddings
    tokens = [FIRST + place * (size - FIRST) // PROBE for place in range(PROBE)]
    row = torch.tensor([tokens])
    keys = {"decoder_input_ids": row} if network.config.is_encoder_decoder else {}
    with torch.inference_mode():
        log_p = network(input_ids=row, **keys).logits[0].log_softmax(-1)
    return tokens, [float(log_p[place, token]) for place, token in enumerate(tokens[1:])]


def _compare(identity: Identity, folder: Path, compute_type: str, tokens: list[int], expected: list[float]) -> None:
    """Raises InputError where the conversion gives other numbers than the checkpoint."""
    import ctranslate2

    row, device = [numbers(tokens)], str(identity.device).partition(":")[0]
    if identity.kind == "causal":
        found = ctranslate2.Generator(str(folder), device, compute_type=compute_type).score_batch(row)
    else:  # of the end token, which it puts there, too
        found = ctranslate2.Translator(str(folder), device, compute_type=compute_type).score_batch(row, row)
    gaps = [abs(a - b) for a, b in zip(expected, found[0].log_probs, strict=False)]
    gap = sum(gaps) / len(gaps)
    if not gap < (TOLERANCE if compute_type == "float32" else ROUGH):
        raise InputError(
            f"CTranslate2 converts {identity.source} to another model: log-probabilities differ by {gap:.2g}",
            DEFAULT_ENGINE,
        )
