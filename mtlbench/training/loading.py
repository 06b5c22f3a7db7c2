"""Recipe file → what is to be trained, every fault of it, of its suite and of the rows told at once."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mtlbench.checking import LoadedSuite, check_suite
from mtlbench.registry import nearest
from mtlbench.suite.draft import Draft, RecipeDraft, read_recipe, read_suite
from mtlbench.suite.faults import Faults, SuiteError
from mtlbench.suite.recipe import Recipe
from mtlbench.suite.render import sort_faults
from mtlbench.suite.shape import TASKS
from mtlbench.suite.wording import did_you_mean
from mtlbench.training.check_models import check_models
from mtlbench.training.check_output import check_output
from mtlbench.training.check_rows import check_rows
from mtlbench.training.family import Planned


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe without faults. `planned` are its models by name, each after those it needs; `output` is their folder."""

    path: Path
    recipe: Recipe
    suite: LoadedSuite
    planned: dict[str, Planned]
    output: Path

    @property
    def evaluation(self) -> Path:
        """The suite file that evaluates all models."""
        return evaluation_path(self.path, self.recipe)

    def members(self, names: Collection[str]) -> list[str]:
        """The models that are called so or come from a model of the recipe called so; raises InputError for other names."""
        faults, known = Faults(), [*self.planned, *self.recipe.models]
        for name in names:
            if name not in known:
                hint = f"it has {', '.join(self.planned)}"
                faults.add(f"the recipe has no model “{name}”{did_you_mean(name, known)}", hint=hint)
        faults.raise_any()
        return [name for name, model in self.planned.items() if name in names or model.family in names]


def load_recipe(path: str | Path) -> LoadedRecipe:
    """Read and check a recipe; raises SuiteError with every fault."""
    draft = read_recipe(Path(path))
    recipe, faults = draft.recipe, Faults(list(draft.faults))
    suite = None if recipe is None else _suite(draft, recipe, faults)
    if recipe is None or suite is None:
        raise SuiteError(sort_faults(faults.found))
    planned = check_models(draft, recipe, suite, faults)
    used = [name for name in suite.tasks if any(name in model.tasks for model in planned.values())]
    checked = check_suite(suite, tasks=used, models=())
    faults.found += checked.faults
    check_rows(draft, recipe, suite, planned, faults)
    output = normal(draft.folder / recipe.output)
    check_output(draft, recipe, output, evaluation_path(draft.path, recipe), planned, faults)
    if faults.found or suite.suite is None:
        raise SuiteError(sort_faults(faults.found))
    return LoadedRecipe(
        draft.path, recipe, LoadedSuite(suite.path, suite.suite, suite, checked.datasets), planned, output
    )


def evaluation_path(path: Path, recipe: Recipe) -> Path:
    """Where the suite is written that evaluates the models of the recipe at `path`."""
    return normal(path.parent / (recipe.evaluation or f"{recipe.output}/suite.yaml"))


def normal(path: Path) -> Path:
    """The path without the `..` in it that lead nowhere."""
    return Path(os.path.normpath(path))


def _suite(draft: RecipeDraft, recipe: Recipe, faults: Faults) -> Draft | None:
    """The recipe's suite, of which the tasks count alone; None where there is none."""
    path = normal(draft.folder / recipe.suite)
    if not os.path.isfile(path):
        folder = path.parent
        near = nearest(path.name, [entry.name for entry in folder.iterdir()]) if os.path.isdir(folder) else None
        meant = f": did you mean {os.path.join(os.path.dirname(recipe.suite), near)}?" if near else ""
        faults.add(f"there is no suite {recipe.suite}{meant}", draft.place("suite"))
        return None
    suite = read_suite(path, shape=TASKS)
    faults.found += suite.faults
    return suite
