"""`mtlbench train`: recipe → the checkpoints that are missing, and a suite file that evaluates them all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from mtlbench.training.loading import LoadedRecipe


def train(
    recipe: Path,
    /,
    *,
    models: str | None = None,
    device: str = "auto",
    listed: Annotated[bool, Parameter(name="--list", negative="")] = False,
    progress: Literal["auto", "plain", "none"] = "auto",
) -> int:
    """Train what is missing of a recipe's models, and write a suite file that evaluates them all.

    A model that is there is kept; one whose training was stopped goes on from its last saved state. Under `torchrun` or
    `accelerate launch` each process trains its share of every batch.

    Parameters
    ----------
    recipe
        The recipe file.
    models
        Only these models, and those they need, separated by commas; a name with a matrix stands for all it makes.
    device
        auto, cpu, cuda, cuda:1, …
    listed
        List the models and what they are trained on; train none.
    progress
        How to tell of the progress, on standard error.
    """
    from mtlbench.cli.options import split_names
    from mtlbench.report.console import open_console
    from mtlbench.report.training import listener
    from mtlbench.training import train
    from mtlbench.training.evaluation import write_suite
    from mtlbench.training.loading import load_recipe

    loaded = load_recipe(recipe)
    names = split_names(models)
    chosen = None if names is None else loaded.members(names)
    if listed:
        return _list(loaded, list(loaded.planned) if chosen is None else chosen)
    with listener(open_console(sys.stderr), progress) as listen:
        train(loaded, models=chosen, device=device, listen=listen)
    if os.environ.get("RANK", "0") == "0":  # under torchrun, the first process alone writes
        print(f"checkpoints  {loaded.output}\nsuite        {write_suite(loaded)}")
    return 0


def _list(loaded: LoadedRecipe, names: list[str]) -> int:
    """One model a line: its name, whether it is there, its tasks stage by stage."""
    width = max(map(len, names), default=0)
    for name in names:
        there = "trained" if (loaded.output / name).exists() else "missing"
        stages = " → ".join(" + ".join(stage.tasks) for stage in loaded.planned[name].stages)
        print(f"{name:<{width}}  {there}  {stages}")
    return 0
