"""An adapter: its folder, and whether it fits the checkpoint that it is to be put on. No weight is loaded."""

from __future__ import annotations

import os

from mtlbench.checking.checkpoints import Found
from mtlbench.checking.weights import read_object
from mtlbench.engines.adapters import Adapter, misfits, refusal
from mtlbench.engines.base import Asked
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.registry import nearest
from mtlbench.suite.declarations import HUB_ID, Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, Place


def check_adapter(
    draft: Draft, name: str, model: Model, found: Found | None, asked: list[Asked], faults: Faults
) -> None:
    """Note what its folder lacks, and where it does not fit the checkpoint, if that is a folder too, or the tasks."""
    written, place = model.adapter or "", draft.place("models", name, "adapter")
    folder = draft.folder / written
    if not folder.is_dir():
        _check_elsewhere(draft, written, place, faults)
        return
    if not (folder / "adapter_config.json").is_file():
        whole = (folder / "config.json").is_file()
        hint = "it is a whole checkpoint: give it as `checkpoint:`" if whole else "give the folder that peft saved"
        faults.add(f"the adapter {written} has no adapter_config.json", place, hint)
        return
    if found is None or read_object(folder / "adapter_config.json", written, place, faults) is None:
        return
    adapter = Adapter(folder)
    for misfit in misfits(adapter, Checkpoint(draft.folder / (model.checkpoint or "")), found.kind):
        faults.add(f"{written}: {misfit.message}", place, misfit.hint)
    for each in asked:
        refused = refusal(adapter, each)
        if refused is not None:
            faults.add(refused.message, place, refused.hint)


def _check_elsewhere(draft: Draft, written: str, place: Place, faults: Faults) -> None:
    """An adapter that is no folder beside the suite: on the Hub, or nowhere."""
    parent = (draft.folder / written).parent
    known = [entry.name for entry in os.scandir(parent) if entry.is_dir()] if parent.is_dir() else []
    near = nearest(os.path.basename(written), known)
    if near is None and HUB_ID.fullmatch(written):
        return
    suggestion = f": did you mean {os.path.join(os.path.dirname(written), near)}?" if near else ""
    hint = "give a folder, relative to the suite file, or a Hub id"
    faults.add(f"there is no adapter folder {written}{suggestion}", place, hint)
