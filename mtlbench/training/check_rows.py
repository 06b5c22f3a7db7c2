"""Whether the rows that a recipe trains on are there, and hold what their tasks need."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace

from mtlbench.checking.tasks import check_task
from mtlbench.data import Dataset
from mtlbench.data.load import READERS
from mtlbench.data.locate import locate
from mtlbench.suite.declarations import Data, Task
from mtlbench.suite.draft import Draft, RecipeDraft
from mtlbench.suite.faults import Faults, InputError, Place
from mtlbench.suite.recipe import Recipe
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks import TASKS
from mtlbench.training.family import Planned
from mtlbench.training.said import setting_place

EVALUATED: Mapping[str, object] = {
    "groups": [], "controls": [], "slices": [], "templates": {}, "cluster": None, "examples": None,
}  # fmt: skip
"""Keys of a task that are about evaluation alone, whose columns training rows may lack."""


def check_rows(
    draft: RecipeDraft, recipe: Recipe, suite: Draft, planned: Mapping[str, Planned], faults: Faults
) -> None:
    """Note tasks without training rows, rows that cannot be read, classes without a row, and splits to stop early by."""
    checked: dict[str, Dataset | None] = {}
    for model in planned.values():
        for task in model.tasks:
            if task not in suite.tasks:
                continue
            own = model.rows.get(task)
            if own is None:
                data = _split(suite, task, recipe.train_split, faults)
            else:
                place = draft.place("models", model.family, "rows", task, key=True)
                data = _located(_moved(own, draft, suite), suite, place, "", faults)
            if data is not None and data.hub is None:
                key = f"{task} {data}"
                if key not in checked:
                    checked[key] = _check(suite, task, data, faults)
                _check_difficulty(draft, model, task, checked[key], faults)
            if any(stage.settings.early_stopping for stage in model.stages):
                _split(suite, task, recipe.validation_split, faults)


def _split(suite: Draft, name: str, split: str, faults: Faults) -> Data | None:
    """A task's data at another split; None, and a fault, where it has none."""
    data, place = suite.tasks[name].data, suite.place("tasks", name, "data", "path")
    without = f"task `{name}` has no {split} split: "
    if data.path is not None and (suite.folder / data.path).is_file():
        hint = f"give a folder with files such as {split}.jsonl as `path:`, and the evaluated one as `split:`"
        faults.add(f"{without}its rows are one file, {data.path}", place, hint)
        return None
    return _located(data.model_copy(update={"split": split}), suite, place, without, faults)


def _located(data: Data, suite: Draft, place: Place, without: str, faults: Faults) -> Data | None:
    """The data, if there is a file of it or it is the Hub's; None, and a fault that begins with `without`, if not."""
    if data.hub is None:
        try:
            locate(data, suite.folder, tuple(READERS))
        except InputError as error:
            for fault in error.faults:
                faults.add(f"{without}{fault.message}", place, fault.hint)
            return None
    return data


def _moved(own: Data, draft: RecipeDraft, suite: Draft) -> Data:
    """The recipe's own rows, their path as the suite would write it."""
    if own.path is None:
        return own
    return own.model_copy(update={"path": os.path.relpath(draft.folder / own.path, suite.folder)})


def _check(suite: Draft, name: str, data: Data, faults: Faults) -> Dataset | None:
    """Note what is wrong with training rows, as with rows that are evaluated; the rows, where nothing is."""
    task = suite.tasks[name].model_copy(update={**EVALUATED, "data": data})
    own = Faults()
    dataset = check_task(replace(suite, tasks={**suite.tasks, name: task}), name, own)
    if dataset is not None and not own.found:
        _check_classes(suite, name, task, dataset, own)
    faults.found += own.found
    return None if own.found else dataset


def _check_classes(suite: Draft, name: str, task: Task, dataset: Dataset, faults: Faults) -> None:
    """Note labels of which a classification's training rows hold none."""
    kind = TASKS.get(task.kind)(task)
    if kind.form != "label":
        return
    seen = {reference for row in dataset for reference in kind.references(row)}
    for label in task.labels or ():
        if label not in seen:
            message = f"none of the {len(dataset):,} training rows of task `{name}` ({dataset.source}) is “{label}”"
            faults.add(message, suite.place("tasks", name, "labels", label), "add such rows, or leave the label out")


def _check_difficulty(draft: RecipeDraft, model: Planned, task: str, dataset: Dataset | None, faults: Faults) -> None:
    """Note a column of a curriculum that the rows lack, or that holds more than numbers."""
    for number, stage in enumerate(model.stages):
        column = stage.settings.sampling.by if stage.settings.sampling and task in stage.tasks else None
        if column is None or dataset is None:
            continue
        place = setting_place(draft, model, "sampling", "by", stage=number)
        if column not in dataset.columns:
            suggestion = did_you_mean(column, dataset.columns)
            faults.add(
                f"{dataset.source} has no column “{column}”{suggestion}", place, "leave the key out for the length"
            )
        elif wrong := [index for index, value in enumerate(dataset.values(column)) if not _is_number(value)]:
            message = f"`{column}` of {dataset.row_name(wrong[0])} of {dataset.source} is no number"
            faults.add(message, place, "name a column of numbers, the easiest rows' the smallest")


def _is_number(value: object) -> bool:
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
