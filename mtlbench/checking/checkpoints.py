"""A checkpoint: a whole folder on disk, or what may be an id on the Hub. No weight is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from mtlbench.checking.weights import check_weights, read_object
from mtlbench.engines import kind_of, model_kinds, reads_transformers
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.registry import UnknownName, nearest
from mtlbench.suite.declarations import HUB_ID, Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, Place

TOKENIZERS = ("tokenizer.json", "tokenizer_config.json", "*.model", "vocab.json", "vocab.txt")

_MEANT = "if the Hub's is meant, say so with `revision: main`"


class Found(NamedTuple):
    """A folder's kind of model and its configuration."""

    kind: str
    config: dict[str, Any]


def check_checkpoint(draft: Draft, name: str, keys: tuple[str, ...], model: Model, faults: Faults) -> Found | None:
    """Note a checkpoint that is neither folder nor Hub id, and what a folder lacks; what a folder turned out to be.

    It stands under the model's `keys`.
    """
    written, place = model.checkpoint or "", draft.place("models", name, *keys)
    folder = draft.folder / written
    if not os.path.isdir(folder):  # which, unlike Path's, is false too where a path is none at all
        _check_elsewhere(folder, model, draft.folder, place, faults)
        return None
    if model.revision is not None:
        message = f"`revision` goes with a Hub id, and {written} is a folder"
        faults.add(message, draft.place("models", name, "revision", key=True))
    return _check_folder(draft, name, keys, model, folder, faults)


def _check_elsewhere(folder: Path, model: Model, home: Path, place: Place, faults: Faults) -> None:
    """A checkpoint that is no folder beside the suite: on the Hub, or nowhere."""
    written = model.checkpoint or ""
    if os.path.exists(folder):
        faults.add(f"the checkpoint {written} is a file, where a folder is needed", place)
        return
    may_be_id = HUB_ID.fullmatch(written) is not None
    if may_be_id and model.revision is not None:
        return
    suggestion = nearest(folder.name, _folders(folder.parent))
    if suggestion is not None:
        near = os.path.normpath(Path(written).parent / suggestion)
        faults.add(f"there is no checkpoint folder {written}: did you mean {near}?", place, _MEANT if may_be_id else "")
    elif not may_be_id:
        hint = "give a folder, relative to the suite file, or a Hub id such as google/flan-t5-small"
        faults.add(f"there is no checkpoint folder {written}", place, hint)
    elif folder.parent != home and os.path.isdir(folder.parent):
        faults.add(f"there is no checkpoint {folder.name} in the folder {Path(written).parent}", place, _MEANT)


def _folders(parent: Path) -> list[str]:
    try:
        return [entry.name for entry in parent.iterdir() if (entry / "config.json").is_file()]
    except (OSError, ValueError):
        return []


def _check_folder(
    draft: Draft, name: str, keys: tuple[str, ...], model: Model, folder: Path, faults: Faults
) -> Found | None:
    place, written = draft.place("models", name, *keys), model.checkpoint or ""
    config: dict[str, Any] | None = None
    if not _is_for_transformers(model.engine, model.kind, draft.folder):
        return None
    if (folder / "config.json").is_file():
        config = read_object(folder / "config.json", written, place, faults)
    else:
        adapter = (folder / "adapter_config.json").is_file()
        hint = "it is an adapter alone: give its base as `checkpoint:` and this as `adapter:`" if adapter else ""
        faults.add(f"the checkpoint {written} has no config.json", place, hint)
    kind = model.kind if model.kind != "auto" or config is None else kind_of(config)
    if kind is None:
        said = draft.is_written("models", name, "kind")
        _cannot_tell(config or {}, written, draft.place("models", name, "kind") if said else place, faults)
    elif not _is_for_transformers(model.engine, kind, draft.folder):
        return None
    check_weights(folder, written, place, faults)
    if not any(True for pattern in TOKENIZERS for _ in folder.glob(pattern)):
        faults.add(
            f"the checkpoint {written} has no tokenizer", place, "save it with `tokenizer.save_pretrained(folder)`"
        )
    if kind is None or config is None:
        return None
    with faults.collecting():
        return Found(kind, Checkpoint(folder).config)
    return None


def _is_for_transformers(engine: str, kind: str, folder: Path) -> bool:
    """Whether the folder is to be read as transformers saves it, by an engine that there is."""
    try:
        return reads_transformers(engine, kind, folder)
    except (ValueError, UnknownName):
        return False


def _cannot_tell(config: dict[str, Any], written: str, place: Place, faults: Faults) -> None:
    named = config.get("architectures")
    architecture = f" ({named[0]})" if isinstance(named, list) and named else ""
    message = f"config.json of {written} does not tell of a kind of model that can be run{architecture}"
    kinds = [kind for kind in model_kinds() if kind != "predictions"]
    faults.add(message, place, f"say which with `kind:`, one of {', '.join(kinds)}")
