"""A trained network → its checkpoint and what it was trained on, put in place at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.runner.plan import PlannedTask
from mtlbench.training import provenance
from mtlbench.training.backbones import is_adapter
from mtlbench.training.jobs import Job
from mtlbench.training.provenance import StageRecord


def write(
    job: Job,
    network: Any,
    tokenizer: Any,
    trainable: int,
    tasks: Mapping[str, PlannedTask],
    records: Sequence[StageRecord],
) -> None:
    """An adapter is stored alone where its base is stored elsewhere, and becomes part of the network where it is not."""
    planned, made = job.planned, job.partial / "checkpoint"
    sizes = {"parameters": count(network.parameters()), "trainable": trainable}
    shutil.rmtree(made, ignore_errors=True)
    network = network.cpu().to(getattr(torch, job.loaded.recipe.store_dtype))
    if planned.adapter is not None and stands_on(job):
        (config,) = network.peft_config.values()
        config.base_model_name_or_path = _seen_from(job)
        network.save_pretrained(made, save_embedding_layers=False)
        (made / "README.md").unlink(missing_ok=True)  # an empty model card
    else:
        whole = network.merge_and_unload() if planned.adapter is not None else network
        whole.save_pretrained(made)
        tokenizer.save_pretrained(made)
    provenance.write(made, _provenance(job, tasks, records) | sizes)
    made.replace(job.folder)
    shutil.rmtree(job.partial, ignore_errors=True)


def _provenance(job: Job, tasks: Mapping[str, PlannedTask], records: Sequence[StageRecord]) -> dict[str, Any]:
    planned = job.planned
    before = None if planned.starts_from is None or job.start.folder is None else provenance.read(job.start.folder)
    return {
        "version": 1,
        "recipe": job.loaded.recipe.name,
        "model": planned.name,
        "fingerprint": job.fingerprint,
        **provenance.describe(planned, records, {task: len(rows.dataset) for task, rows in tasks.items()}, before),
        "data": {task: rows.dataset.fingerprint for task, rows in tasks.items()},
        "base": {"source": job.start.source, "fingerprint": job.start.fingerprint},
        "device": torch.cuda.get_device_name() if job.device.startswith("cuda") else "cpu",
        "versions": provenance.versions(),
    }


def stands_on(job: Job) -> bool:
    """Whether an adapter can be put on what training started from as it is, so that it needs no more than itself."""
    folder = job.start.folder
    if folder is None or is_adapter(folder):
        return False
    if job.start.kind.name != "heads":
        return True
    there = {head.get("task") for head in Checkpoint(folder).config.get("heads") or ()}
    return there >= set(job.planned.tasks)


def _seen_from(job: Job) -> str:
    """What an adapter calls its base: a path from its own folder, or a Hub id."""
    local = job.planned.starts_from is not None or (job.loaded.path.parent / job.start.source).is_dir()
    return os.path.relpath(job.start.folder or "", job.folder) if local else job.start.source


def count(parameters: Iterable[torch.nn.Parameter]) -> int:
    return sum(each.numel() for each in parameters)
