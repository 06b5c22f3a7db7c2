"""Training: a recipe → checkpoints that differ in nothing but what is declared, each with its provenance beside it."""

from __future__ import annotations

import atexit
import os
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from mtlbench.training.events import FamilyStarted, Listener, ignore

if TYPE_CHECKING:
    from mtlbench.training.loading import LoadedRecipe

__all__ = ["train"]


def train(
    loaded: LoadedRecipe,
    *,
    models: Collection[str] | None = None,
    device: str = "auto",
    listen: Listener = ignore,
) -> dict[str, Path]:
    """Train what is missing of the family, or of the chosen models and those they need; gives all their folders.

    A model whose training was stopped goes on from its last saved state. Raises InputError with every model whose folder
    holds other work, before any is trained; nothing is overwritten. Under `torchrun` each process trains its share of
    every batch, and the first alone writes and tells.
    """
    from transformers.utils import logging

    from mtlbench.engines.device import choose_device
    from mtlbench.results.files import locked
    from mtlbench.training.jobs import check_folders, fingerprints, job_of, jobs, wanted
    from mtlbench.training.rows import Rows
    from mtlbench.training.stages import train_model

    logging.disable_progress_bar()
    if "RANK" in os.environ:
        atexit.register(_leave_group)
    device, first = choose_device(device), os.environ.get("RANK", "0") == "0"
    listen = listen if first else ignore
    rows = Rows(loaded)
    chosen = wanted(loaded.planned, models)
    found = fingerprints(loaded, rows, chosen)
    with locked(loaded.output) if first else nullcontext():
        missing = check_folders(loaded, found)
        listen(FamilyStarted(tuple(missing), tuple(name for name in chosen if name not in missing)))
        for name in jobs(loaded, missing):
            train_model(job_of(loaded, name, rows, found, missing, device, listen))
    return {name: loaded.output / name for name in chosen}


def _leave_group() -> None:
    """What joins processes has threads of its own, which an interpreter that ends under them aborts with."""
    import torch.distributed as dist

    if dist.is_initialized():
        dist.destroy_process_group()
