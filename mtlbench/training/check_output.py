"""Whether the places that training writes to are free, or hold what this recipe made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mtlbench.suite.draft import RecipeDraft
from mtlbench.suite.faults import Faults
from mtlbench.suite.recipe import Recipe
from mtlbench.training.family import Planned
from mtlbench.training.provenance import read

MARK = "# Written by `mtlbench train`"
"""How a suite file begins that may be written anew."""


def check_output(
    draft: RecipeDraft, recipe: Recipe, output: Path, evaluation: Path, planned: Mapping[str, Planned], faults: Faults
) -> None:
    """Note folders and files that training would overwrite and did not make."""
    place = draft.place("output")
    for path in (output, *output.parents):
        if path.is_file():
            faults.add(f"{path} is a file, where a folder is needed", place, "choose another `output:`")
            return
    for name in planned:
        folder = output / name
        if folder.exists() and (read(folder) or {}).get("recipe") != recipe.name:
            faults.add(
                f"{folder} holds other work, which is left as it is", place, "move it, or choose another `output:`"
            )
    if evaluation.exists() and not _is_ours(evaluation):
        key = "evaluation" if draft.is_written("evaluation") else "output"
        hint = "move it, or name another file with `evaluation:`"
        faults.add(f"{evaluation} was not written by `mtlbench train`, and is left as it is", draft.place(key), hint)


def _is_ours(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(len(MARK)) == MARK
    except (OSError, UnicodeDecodeError):
        return False
