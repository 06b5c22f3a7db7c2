"""Checkpoints through transformers: tokenizer and network, or one clear message of what is wrong with the folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtlbench.engines.adapters import Adapter, find_adapter, misfits
from mtlbench.engines.base import Identity, Options
from mtlbench.engines.bases import BASES, BaseKey
from mtlbench.engines.checkpoint import BrokenWeights, Checkpoint, find_checkpoint, own_code
from mtlbench.engines.compress import check_compression, compressed
from mtlbench.engines.device import choose_device, choose_dtype
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import Faults, InputError

TAKES = frozenset({"adapter", "quantize", "prune"})
"""Keys of a model that `identify` and `load` heed."""
UNLIMITED = 1_000_000
"""Tokenizers without a limit claim an absurd one."""


def identify(
    kind: str, engine: str, model: Model, base: Path, options: Options, defaults: Generation | None = None
) -> Identity:
    """What the files of a checkpoint tell; raises InputError."""
    checkpoint = find_checkpoint(model, base)
    trusted = model.trust_remote_code and options.trust_remote_code
    refusal = None if trusted else own_code(model.checkpoint or "", checkpoint.config)
    if refusal is not None:
        raise InputError(*refusal)
    device = options.device if options.is_elsewhere else choose_device(options.device)
    dtype = choose_dtype(model.dtype, device)
    check_compression(model, device, dtype)
    try:
        parameters = checkpoint.parameters
    except BrokenWeights as error:
        raise InputError(f"the weights of {model.checkpoint} are broken: {error}") from error
    adapter = None if model.adapter is None else _fitting_adapter(model.adapter, base, checkpoint, kind)
    return Identity(
        kind=kind,
        engine=engine,
        source=model.checkpoint or "",
        fingerprint=_fingerprint(checkpoint, adapter, model),
        folder=checkpoint.folder,
        parameters=parameters + (adapter.parameters if adapter else 0),
        trainable=adapter.parameters if adapter else parameters,
        bytes=checkpoint.bytes + (adapter.bytes if adapter else 0),
        dtype=dtype,
        device=device,
        defaults=own_generation(checkpoint) if defaults is None else defaults,
        checkpoint_generation=checkpoint.generation_config,
        base=checkpoint.fingerprint,
        adapter=adapter.folder if adapter else None,
    )


def _fitting_adapter(name: str, base: Path, checkpoint: Checkpoint, kind: str) -> Adapter:
    """The adapter, if it can be put on the checkpoint; raises InputError."""
    adapter, faults = find_adapter(name, base), Faults()
    for misfit in misfits(adapter, checkpoint, kind):
        faults.add(f"{name}: {misfit.message}", hint=misfit.hint)
    faults.raise_any()
    return adapter


def _fingerprint(checkpoint: Checkpoint, adapter: Adapter | None, model: Model) -> str:
    """Hash of the checkpoint's files, its adapter's, and what is done to its weights on loading."""
    changes = [adapter and adapter.fingerprint, model.quantize, model.prune]
    if not any(changes):
        return checkpoint.fingerprint
    return hashlib.sha256(json.dumps([checkpoint.fingerprint, *changes]).encode()).hexdigest()


def load(identity: Identity, model: Model, options: Options, auto_class: str) -> tuple[Any, Any]:
    """The network, ready on its device, and its tokenizer, by the name of one of transformers' classes.

    Models that follow each other and share their base get the same network, one after the other. Raises InputError where
    the checkpoint or its adapter is at fault.
    """
    trust = model.trust_remote_code and options.trust_remote_code
    key = BaseKey(str(identity.base), identity.dtype, identity.device, auto_class, trust, model.quantize, model.prune)

    def load_base() -> tuple[Any, Any]:
        network, tokenizer = _load_base(identity, auto_class, trust)
        return compressed(network, model, str(identity.device)), tokenizer

    network, tokenizer = BASES.get(key, load_base)
    if identity.adapter is not None:
        network = BASES.adapt(Adapter(identity.adapter), identity.device)
    return network, tokenizer


def _load_base(identity: Identity, auto_class: str, trust: bool) -> tuple[Any, Any]:
    """The checkpoint as it is, without its adapter."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with explained(identity.source):
        tokenizer = transformers.AutoTokenizer.from_pretrained(identity.folder, trust_remote_code=trust)
        network, report = getattr(transformers, auto_class).from_pretrained(
            identity.folder,
            dtype=getattr(torch, str(identity.dtype)),
            use_safetensors=True,
            trust_remote_code=trust,
            output_loading_info=True,
        )
    refuse_random_weights(identity.source, report)
    refuse_other_tokenizer(identity.source, tokenizer, network)
    return network.eval().to(identity.device), tokenizer


@contextmanager
def explained(source: str) -> Iterator[None]:
    """What transformers raises on a checkpoint, told as the checkpoint's fault."""
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as error:
        raise InputError(f"cannot load {source}: {_first_line(error)}") from error


def refuse_random_weights(source: str, report: dict[str, Any]) -> None:
    """Weights that the checkpoint lacks would be random numbers, and so would the scores."""
    missing = sorted(report["missing_keys"]) + sorted(str(key[0]) for key in report["mismatched_keys"])
    if missing:
        names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise InputError(
            f"{source} lacks weights that its config.json calls for: {names}",
            "they would be random; save the checkpoint again from the whole model",
        )


def refuse_other_tokenizer(source: str, tokenizer: Any, network: Any) -> None:
    known = network.get_input_embeddings().num_embeddings
    if len(tokenizer) > known:
        raise InputError(
            f"the tokenizer of {source} knows {len(tokenizer)} tokens, its model only {known}: they do not belong together"
        )


def input_limit(network: Any, tokenizer: Any) -> int:
    """Longest input in tokens: the tokenizer's limit, and the positions of models that learn them."""
    virtual = getattr(getattr(network, "active_peft_config", None), "num_virtual_tokens", 0)
    return longest(network.config, tokenizer, virtual)


def longest(config: Any, tokenizer: Any, virtual: int) -> int:
    """The tokenizer's limit, and the positions of models that learn them, less an adapter's `virtual` tokens."""
    limit = int(min(tokenizer.model_max_length, UNLIMITED))
    positions = getattr(config, "max_position_embeddings", None)
    return min(limit, int(positions) - virtual) if positions else limit


def own_generation(checkpoint: Checkpoint) -> Generation:
    """What the checkpoint itself sets. Its `max_length` and `min_length` count the decoder's start token, ours do not."""
    found = dict(checkpoint.generation_config)
    for total, new in (("max_length", "max_new_tokens"), ("min_length", "min_new_tokens")):
        if found.get(total) and not found.get(new):
            found[new] = max(int(found[total]) - 1, 1 if new == "max_new_tokens" else 0)
    return Generation(**{key: value for key, value in found.items() if key in Generation.model_fields})


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
