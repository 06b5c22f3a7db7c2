"""Which models of a family are still to be trained, and what each of them starts from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtlbench.engines.checkpoint import locate
from mtlbench.suite.faults import Faults, InputError
from mtlbench.training import provenance
from mtlbench.training.backbones import Start, start_from, start_of
from mtlbench.training.events import Listener
from mtlbench.training.family import Planned
from mtlbench.training.rows import Rows, digest

if TYPE_CHECKING:
    from mtlbench.training.loading import LoadedRecipe


@dataclass(frozen=True)
class Job:
    """A model to train: its plan, and what stands ready for it."""

    loaded: LoadedRecipe
    planned: Planned
    rows: Rows
    start: Start
    teacher: Start | None
    fingerprint: str
    device: str
    listen: Listener
    passing: Mapping[int, Job] = field(default_factory=dict)
    """Checkpoints still to be written on the way, by the number of stages they stand after."""

    @property
    def folder(self) -> Path:
        """Where the checkpoint will be."""
        return self.loaded.output / self.planned.name

    @property
    def partial(self) -> Path:
        return self.loaded.output / f"{self.planned.name}.partial"


def wanted(planned: Mapping[str, Planned], models: Collection[str] | None) -> list[str]:
    """The chosen models and those that they need, in the order of training; raises InputError for unknown names."""
    unknown = [name for name in models or () if name not in planned]
    if unknown:
        raise InputError(f"the recipe has no model “{unknown[0]}”", f"it has {', '.join(planned)}")
    chosen = set(planned if models is None else models)
    for name in reversed(list(planned)):  # a model comes after those it needs
        if name in chosen:
            chosen |= {need for need in planned[name].needs if need in planned}
    chosen |= {name for name, model in planned.items() if model.stage_of in chosen}
    return [name for name in planned if name in chosen]


def fingerprints(loaded: LoadedRecipe, rows: Rows, names: Collection[str]) -> dict[str, str]:
    """What each model is to be, hashed, those it needs included; raises InputError with all rows that cannot be read."""
    found: dict[str, str] = {}
    faults = Faults()
    for name in names:
        planned = loaded.planned[name]
        with faults.collecting():
            data = {task: digest(rows.training(planned, task)) for task in planned.tasks}
            base = found.get(planned.starts_from or "") or start_of(planned.backbone, loaded.path.parent).fingerprint
            teacher = planned.distil and (
                found.get(planned.distil.teacher) or _of_folder(loaded, planned.distil.teacher).fingerprint
            )
            learned = rows.fingerprint() if isinstance(planned.backbone.tokenizer, int) else ""
            bases = [base, teacher or "", learned]
            found[name] = provenance.fingerprint(planned, loaded.recipe.store_dtype, data, bases)
    faults.raise_any()
    return found


def check_folders(loaded: LoadedRecipe, fingerprints: Mapping[str, str]) -> list[str]:
    """The models that are not there yet; raises InputError with every folder that holds something else."""
    missing, faults = [], Faults()
    for name, fingerprint in fingerprints.items():
        folder = loaded.output / name
        if not folder.exists():
            missing.append(name)
            continue
        there = provenance.read(folder)
        if there is None or there.get("fingerprint") != fingerprint:
            what = "something else" if there is None else f"{there.get('model')}, which was trained otherwise"
            faults.add(
                f"{folder} holds {what}", hint="move or remove it to have it trained anew, or choose another `output:`"
            )
    faults.raise_any()
    return missing


def jobs(loaded: LoadedRecipe, missing: Collection[str]) -> list[str]:
    """The models to train so that nothing is missing: those that are written on the way come with their own."""
    owners = {loaded.planned[name].stage_of or name for name in missing}
    return [name for name in loaded.planned if name in owners]


def job_of(
    loaded: LoadedRecipe,
    name: str,
    rows: Rows,
    fingerprints: Mapping[str, str],
    missing: Collection[str],
    device: str,
    listen: Listener,
) -> Job:
    """Once all that the model needs is trained."""
    planned = loaded.planned[name]
    start = start_of(planned.backbone, loaded.path.parent)
    if planned.starts_from is not None:
        start = start_from(loaded.output / planned.starts_from, planned.starts_from)
    teacher = None if planned.distil is None else _of_folder(loaded, planned.distil.teacher)
    job = Job(loaded, planned, rows, start, teacher, fingerprints[name], device, listen)
    passing = [model for model in loaded.planned.values() if model.stage_of == name and model.name in missing]
    return replace(
        job,
        passing={
            len(model.stages): replace(job, planned=model, fingerprint=fingerprints[model.name]) for model in passing
        },
    )


def _of_folder(loaded: LoadedRecipe, teacher: str) -> Start:
    """Of a model of the recipe, which is trained by now, or of a checkpoint elsewhere."""
    if teacher in loaded.planned:
        return start_from(loaded.output / teacher, teacher)
    return start_from(locate(teacher, None, loaded.path.parent), teacher)
