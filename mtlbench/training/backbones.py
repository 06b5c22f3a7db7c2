"""What training starts from: a network and its tokenizer, of a checkpoint, of another model of the family, or fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtlbench.engines.adapters import Adapter
from mtlbench.engines.checkpoint import Checkpoint, find_checkpoint, locate
from mtlbench.engines.heads.config import MULTITASK
from mtlbench.engines.loading import explained, refuse_other_tokenizer, refuse_random_weights
from mtlbench.results.files import replacing
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError
from mtlbench.suite.recipe import Backbone
from mtlbench.training import learned_tokenizer
from mtlbench.training.kinds import KINDS, Kind
from mtlbench.training.rows import Rows

POOLER = "pooler."
"""Weights that a checkpoint may lack: heads pool for themselves."""


@dataclass(frozen=True)
class Start:
    """Where a model's training starts, told without loading a weight.

    `folder` is of a checkpoint, None for fresh weights.
    """

    kind: Kind
    source: str
    folder: Path | None
    fingerprint: str


def start_of(backbone: Backbone, base: Path) -> Start:
    """`base` is the folder that names are relative to. Raises InputError."""
    if backbone.config is not None:
        settings = json.dumps([backbone.config, backbone.tokenizer], sort_keys=True)
        source = f"a fresh {backbone.config['model_type']}"
        return Start(_kind(backbone.config), source, None, hashlib.sha256(settings.encode()).hexdigest())
    found = find_checkpoint(Model(checkpoint=backbone.checkpoint, revision=backbone.revision), base)
    return start_from(found.folder, backbone.checkpoint or "")


def start_from(folder: Path, source: str) -> Start:
    """A checkpoint's folder, or that of an adapter, which is then part of the network; raises InputError."""
    found = Checkpoint(folder)
    whole = Checkpoint(_base_of(folder)) if is_adapter(folder) else found
    return Start(_kind(whole.config), source, folder, found.fingerprint)


def is_adapter(folder: Path) -> bool:
    return (folder / "adapter_config.json").is_file()


def _base_of(folder: Path) -> Path:
    """The checkpoint that an adapter says it is for: a path as seen from the adapter's folder, else a Hub id."""
    return locate(str(Adapter(folder).config.get("base_model_name_or_path")), None, folder)


def _kind(config: Mapping[str, Any]) -> Kind:
    """Told from a configuration: encoder-decoders write, encoders have heads, other language models go on with a text."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES as MASKED

    name = config["model_type"]
    if name == MULTITASK:
        return KINDS["heads"]
    with explained(f"`model_type: {name}`"):
        made = AutoConfig.for_model(name)
    if config.get("is_encoder_decoder", made.is_encoder_decoder):
        return KINDS["text2text"]
    return KINDS["heads" if name in MASKED and not config.get("is_decoder") else "causal"]


def load_start(start: Start) -> tuple[Any, Any]:
    """Network and tokenizer of a checkpoint, in single precision; raises InputError."""
    import torch
    import transformers

    import mtlbench.encoders  # noqa: F401  (makes multi-task encoders known to transformers)

    assert start.folder is not None, "fresh weights are not loaded"
    folder = _base_of(start.folder) if is_adapter(start.folder) else start.folder
    with explained(start.source):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        network, report = getattr(transformers, start.kind.auto_class).from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True
        )
    needed = {key for key in report["missing_keys"] if POOLER not in key}
    refuse_random_weights(start.source, {**report, "missing_keys": needed})
    refuse_other_tokenizer(start.source, tokenizer, network)
    return network if folder == start.folder else _merged(network, start.folder, start.source), tokenizer


def _merged(network: Any, adapter: Path, source: str) -> Any:
    import peft

    from mtlbench.training.adapters import merged

    with explained(source):
        model: Any = peft.PeftModel.from_pretrained(network, adapter)
    if not hasattr(model.base_model, "merge_and_unload"):
        raise InputError(f"{source} has virtual tokens, which no network can take up", "start from its base")
    return merged(model)


def fresh(config: Mapping[str, Any], kind: Kind, tokenizer: Any) -> Any:
    """A network of this configuration, which says nothing of the vocabulary; its weights come from torch's random numbers.

    Raises InputError for a configuration that makes none.
    """
    import transformers

    keys = {**kind.ids(tokenizer), **config}
    with explained(f"`config:` of a {config['model_type']}"):
        settings = transformers.AutoConfig.for_model(keys.pop("model_type"), **keys)
        return getattr(transformers, kind.auto_class).from_config(settings)


def find_tokenizer(wanted: str | int, kind: Kind, base: Path, output: Path, rows: Rows) -> Any:
    """A folder's or the Hub's; or one of that size learned from the family's rows, which is kept in `output` for all its
    models. Raises InputError.
    """
    from transformers import AutoTokenizer

    if isinstance(wanted, str):
        with explained(f"the tokenizer {wanted}"):
            return AutoTokenizer.from_pretrained(base / wanted if (base / wanted).is_dir() else wanted)
    file = output / f"tokenizer-{wanted}-{hashlib.sha256(rows.fingerprint().encode()).hexdigest()[:8]}.json"
    if not file.is_file():
        with replacing(file) as temporary:  # several processes may learn the same one at once
            learned_tokenizer.learn(rows.texts(), wanted, temporary)
    return learned_tokenizer.load(file, kind.name)
