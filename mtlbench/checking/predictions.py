"""A folder of predictions made elsewhere: a file for every task, a prediction for every row and for no other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mtlbench.data import Dataset
from mtlbench.engines import Asked, predictions
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, InputError
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks import TASKS

ENDINGS = (".jsonl", ".txt")


def check_predictions(
    draft: Draft, name: str, written: str, tasks: Sequence[str], datasets: Mapping[str, Dataset], faults: Faults
) -> None:
    """Note a missing folder, missing files, and rows that do not fit the data, where the data is at hand."""
    place = draft.place("models", name, "predictions")
    folder = draft.folder / written
    if not os.path.isdir(folder):
        what = "is a file, where a folder is needed" if os.path.exists(folder) else "is not there"
        faults.add(f"the folder of predictions {written} {what}", place)
        return
    for task in tasks:
        if not any((folder / f"{task}{ending}").is_file() for ending in ENDINGS):
            spare = sorted(file.stem for file in folder.iterdir() if file.suffix in ENDINGS and file.stem not in tasks)
            message = f"{written} has no predictions for task `{task}`{did_you_mean(task, spare)}"
            faults.add(message, place, f"put {task}.jsonl or {task}.txt there")
        elif task in datasets and draft.tasks[task].kind in TASKS.names():
            _check_rows(folder, task, datasets[task], draft, name, faults)


def _check_rows(folder: Path, task: str, dataset: Dataset, draft: Draft, name: str, faults: Faults) -> None:
    declared = draft.tasks[task]
    try:
        predictions.check_predictions(folder, Asked.of(task, declared, TASKS.get(declared.kind)), dataset.ids)
    except InputError as error:
        for fault in error.faults:
            faults.add(fault.message, fault.place or draft.place("models", name, "predictions"), fault.hint)
