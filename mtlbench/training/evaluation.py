"""The suite file that evaluates a family: the tasks of the recipe's suite, and a model for each checkpoint there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.results.files import write_text
from mtlbench.suite.declarations import HUB_ID
from mtlbench.suite.draft import dump
from mtlbench.suite.extending import rebased
from mtlbench.suite.shape import SUITE
from mtlbench.suite.tree import plain, without
from mtlbench.training.check_output import MARK
from mtlbench.training.family import Planned
from mtlbench.training.loading import LoadedRecipe
from mtlbench.training.relations import declare

NOTE = f"{MARK}, which writes it anew: build on it with `extends:`, or change the recipe.\n"


def write_suite(loaded: LoadedRecipe) -> Path | None:
    """Write it, whole or not at all; None, and no file, while there is no checkpoint."""
    path = loaded.evaluation
    models = {
        name: _model(loaded, model, path.parent)
        for name, model in loaded.planned.items()
        if Checkpoint(loaded.output / name).trained_on is not None
    }
    if not models:
        return None
    sequences = declare(models, [loaded.planned[name] for name in models])
    draft = loaded.suite.draft
    assert draft.written is not None
    tree = rebased(without(without(draft.written, ("models",)), ("sequences",)), SUITE, draft.folder, path.parent)
    said: dict[str, Any] = plain(tree, resolved=False)
    own = {"name": loaded.recipe.name, "description": loaded.recipe.description or said.get("description", "")}
    write_text(path, NOTE + dump({**said, **own, "models": models} | ({"sequences": sequences} if sequences else {})))
    return path


def _model(loaded: LoadedRecipe, model: Planned, home: Path) -> dict[str, Any]:
    """A model as the suite declares it. What it was trained on, its checkpoint tells."""
    folder = loaded.output / model.name
    written = Path(os.path.relpath(folder, home)).as_posix()
    source = {"checkpoint": written}
    if not (folder / "config.json").is_file():
        source = {"checkpoint": _base(loaded, model, home), "adapter": written}
        if model.backbone.revision is not None:
            source["revision"] = model.backbone.revision
    said = {"description": model.description} if model.description else {}
    return {**source, "tasks": _tasks(loaded, model), **said}


def _base(loaded: LoadedRecipe, model: Planned, home: Path) -> str:
    """What an adapter was trained on, as the suite would write it."""
    if model.starts_from is not None:
        return Path(os.path.relpath(loaded.output / model.starts_from, home)).as_posix()
    name = model.backbone.checkpoint or ""
    folder = loaded.path.parent / name
    if not folder.is_dir() and HUB_ID.fullmatch(name):
        return name
    return Path(os.path.relpath(folder, home)).as_posix()


def _tasks(loaded: LoadedRecipe, model: Planned) -> list[str]:
    """The tasks that it and those it started from were trained on, in the suite's order; for a stage, those to come too."""
    seen: set[str] = set()
    while True:
        seen |= set(loaded.planned.get(model.stage_of, model).tasks)
        if model.starts_from is None:
            return [task for task in loaded.suite.suite.tasks if task in seen]
        model = loaded.planned[model.starts_from]
