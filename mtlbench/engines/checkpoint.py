"""A checkpoint's files, read without loading a weight: where they lie, what they hold, their fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Refusal
from mtlbench.suite.declarations import HUB_ID, Model
from mtlbench.suite.faults import InputError

NEEDED = ("*.safetensors", "*.json", "*.model", "*.txt", "*.jinja", "*.py")
"""Files that make a model what it is; never pickles. Code is run only where it is trusted."""
PROVENANCE = frozenset({"training.json"})
"""Files that tell of a checkpoint and change nothing in what it answers."""
MAX_HEADER = 100_000_000


class BrokenWeights(ValueError):
    """A safetensors file is not whole; the message says how."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder with `config.json`, safetensors weights and a tokenizer."""

    folder: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """`config.json`, and the generation keys that newer checkpoints keep beside it."""
        return {**self._json("config.json"), **self.generation_config}

    @cached_property
    def generation_config(self) -> dict[str, Any]:
        """The generation keys of `generation_config.json`, or of `config.json` as older checkpoints have them."""
        own = (self.folder / "generation_config.json").is_file()
        found = self._json("generation_config.json" if own else "config.json")
        return {key: found[key] for key in GENERATION_KEYS if found.get(key) is not None}

    @property
    def weights(self) -> list[Path]:
        return sorted(self.folder.glob("*.safetensors"))

    @cached_property
    def parameters(self) -> int:
        """Stored numbers: tied weights count once."""
        return sum(prod(entry["shape"]) for file in self.weights for entry in read_header(file).values())

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.weights)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the names and contents of all files that bear on the outputs, wherever they lie."""
        digest = hashlib.sha256()
        for file in sorted({file for pattern in NEEDED for file in self.folder.glob(pattern)}):
            if file.name not in PROVENANCE:
                digest.update(f"{file.name}\0{_hash_file(file)}\0".encode())
        return digest.hexdigest()

    @property
    def trained_on(self) -> dict[str, float] | None:
        """Tasks it was trained on, with their shares of the examples, as `training.json` tells; None where none does."""
        tasks = self._training
        return None if tasks is None else {task: float(entry["weight"]) for task, entry in tasks.items()}

    @property
    def trained_rows(self) -> dict[str, int] | None:
        """The same of how many rows of each task it was trained on."""
        tasks = self._training
        return None if tasks is None else {task: int(entry["rows"]) for task, entry in tasks.items() if "rows" in entry}

    @cached_property
    def _training(self) -> dict[str, Any] | None:
        if not (self.folder / "training.json").is_file():
            return None
        found = self._json("training.json")
        if found.get("version") != 1 or not isinstance(found.get("tasks"), dict):
            return None  # of other software
        return {str(task): entry for task, entry in found["tasks"].items()}

    def _json(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read {path}: {error}") from error
        if not isinstance(found, dict):
            raise InputError(f"{path} holds no keys and values")
        return found


GENERATION_KEYS = (
    "max_length", "max_new_tokens", "min_length", "min_new_tokens", "num_beams", "do_sample", "length_penalty",
    "no_repeat_ngram_size", "repetition_penalty", "early_stopping", "forced_bos_token_id", "decoder_start_token_id",
)  # fmt: skip


def read_header(path: Path) -> dict[str, dict[str, Any]]:
    """Tensor name → dtype, shape, offsets, of a safetensors file; raises BrokenWeights where the file is not whole."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 2 <= size <= MAX_HEADER:
                raise BrokenWeights("it does not begin as a safetensors file does")
            header = json.loads(file.read(size))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        expected = 8 + size + max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    except OSError as error:
        raise BrokenWeights(f"it cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise error if isinstance(error, BrokenWeights) else BrokenWeights("its header is damaged") from error
    actual = path.stat().st_size
    if actual != expected:
        raise BrokenWeights(f"it has {actual:,} bytes, where its header promises {expected:,}")
    return entries


def own_code(source: str, config: Mapping[str, Any]) -> Refusal | None:
    """Why a checkpoint is not run unless it is trusted: its architecture comes as code, being none of transformers' own."""
    if not config.get("auto_map"):
        return None
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    if config.get("model_type") in CONFIG_MAPPING_NAMES:
        return None
    return Refusal(
        f"{source} would run code of its own (`auto_map` in its config.json), which is refused",
        "read that code; then say `trust_remote_code: true` in the suite, and run with --trust-remote-code",
    )


def find_checkpoint(model: Model, base: Path) -> Checkpoint:
    """The model's folder: beside the suite, or fetched from the Hub (its cache, when offline); raises InputError."""
    return Checkpoint(locate(model.checkpoint or "", model.revision, base))


def locate(name: str, revision: str | None, base: Path) -> Path:
    """The folder that a name is of: one beside the suite, or the Hub's; raises InputError."""
    folder = base / name
    if folder.is_dir():
        return folder
    if not HUB_ID.fullmatch(name):
        hint = "give a checkpoint's folder or a Hub id such as google/flan-t5-small"
        raise InputError(f"there is no folder {folder}", hint)
    return _fetch(name, revision)


def _fetch(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(NEEDED)))
    except (OSError, ValueError, HfHubHTTPError) as error:
        at = f" at revision {revision}" if revision else ""
        raise InputError(
            f"cannot fetch the checkpoint {name}{at} from the Hub ({type(error).__name__})",
            "download it where the Hub can be reached, and give the folder as `checkpoint:`",
        ) from error


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
