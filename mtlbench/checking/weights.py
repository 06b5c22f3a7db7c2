"""The weight files of a checkpoint: safetensors only, whole, and every shard that the index names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mtlbench.engines.checkpoint import BrokenWeights, read_header
from mtlbench.suite.faults import Faults, Place

INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
OTHERS = ("*.h5", "*.msgpack", "*.onnx", "*.gguf")
SHOWN = 3
"""Names given in a message."""

_CONVERT = "load them with transformers once, where you trust them, and `model.save_pretrained(folder)`"


def check_weights(folder: Path, written: str, place: Place, faults: Faults) -> None:
    """Note missing, pickled, damaged and truncated weights."""
    index = folder / INDEX
    headers = {file.name: _header(file, written, place, faults) for file in sorted(folder.glob("*.safetensors"))}
    if index.is_file():
        _check_index(index, headers, written, place, faults)
    elif not headers:
        _explain_absence(folder, written, place, faults)


def read_object(file: Path, written: str, place: Place, faults: Faults) -> dict[str, Any] | None:
    """A JSON object; None, and a fault, where the file holds none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        faults.add(f"{file.name} of {written} cannot be read: {error.strerror}", place)
    except (ValueError, RecursionError):
        faults.add(f"{file.name} of {written} is not JSON", place)
    else:
        if isinstance(found, dict):
            return found
        faults.add(f"{file.name} of {written} holds no keys and values", place)
    return None


def _header(file: Path, written: str, place: Place, faults: Faults) -> dict[str, Any] | None:
    try:
        header: dict[str, Any] = read_header(file)
    except BrokenWeights as error:
        pointer = _starts_with(file, b"version https://git-lfs")
        hint = "it is a pointer of Git LFS: run `git lfs pull`" if pointer else "copy or download the file again"
        faults.add(f"{file.name} of {written} is damaged: {error}", place, hint)
        return None
    if not header:
        faults.add(f"{file.name} of {written} holds no weights", place)
    return header


def _starts_with(file: Path, beginning: bytes) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(beginning)) == beginning
    except OSError:
        return False


def _check_index(
    index: Path, headers: dict[str, dict[str, Any] | None], written: str, place: Place, faults: Faults
) -> None:
    """Note shards that are not there, and weights that are not in their shard."""
    found = read_object(index, written, place, faults)
    if found is None:
        return
    shards = found.get("weight_map")
    if not isinstance(shards, dict) or not all(isinstance(shard, str) for shard in shards.values()):
        faults.add(f"{INDEX} of {written} has no `weight_map`", place)
        return
    absent = sorted(set(shards.values()) - headers.keys())
    if absent:
        hint = "copy or download them again"
        faults.add(f"{written} lacks {len(absent)} of its weight files: {_some(absent)}", place, hint)
    lost = [weight for weight, shard in shards.items() if weight not in (headers.get(shard, {weight}) or {weight})]
    if lost:
        faults.add(f"{len(lost)} weights of {written} are not in the file that {INDEX} names: {_some(lost)}", place)


def _explain_absence(folder: Path, written: str, place: Place, faults: Faults) -> None:
    pickled = _names(folder, PICKLES)
    others = _names(folder, OTHERS)
    if pickled:
        message = f"{written} has pickled weights only ({_some(pickled)}), which can run code when they are loaded"
        faults.add(message, place, f"convert them to safetensors: {_CONVERT}")
    elif others:
        faults.add(f"{written} has no safetensors weights, only {_some(others)}", place, f"convert them: {_CONVERT}")
    else:
        faults.add(f"the checkpoint {written} has no weights (*.safetensors)", place)


def _names(folder: Path, patterns: tuple[str, ...]) -> list[str]:
    found = sorted(file.name for pattern in patterns for file in folder.glob(pattern))
    return [name for name in found if name != "training_args.bin"]


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
