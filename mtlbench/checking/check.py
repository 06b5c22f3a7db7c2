"""Draft → faults: each task and each model is checked by itself, with whatever of the suite is sound."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from mtlbench.checking.difficulty import check_difficulty
from mtlbench.checking.lineage import check_counterpart, check_sequences
from mtlbench.checking.measure import check_measure
from mtlbench.checking.models import check_model
from mtlbench.checking.shots import check_shots
from mtlbench.checking.tasks import check_task
from mtlbench.data import Dataset
from mtlbench.suite.declarations import Suite
from mtlbench.suite.draft import Draft, read_suite
from mtlbench.suite.faults import Fault, Faults, SuiteError
from mtlbench.suite.render import sort_faults
from mtlbench.suite.wording import did_you_mean

Names = Collection[str] | None
"""Names chosen on the command line; None for all."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking found, and the local data that it read on the way."""

    faults: list[Fault]
    datasets: dict[str, Dataset] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadedSuite:
    """A suite without faults. `datasets` holds the rows of the tasks whose data is local."""

    path: Path
    suite: Suite
    draft: Draft
    datasets: dict[str, Dataset]

    @property
    def folder(self) -> Path:
        """What the suite's relative paths are relative to."""
        return self.path.parent


def load_suite(
    path: str | Path, *, tasks: Names = None, models: Names = None, trust_remote_code: bool = False
) -> LoadedSuite:
    """Read and check a suite; raises SuiteError with every fault of both."""
    draft = read_suite(Path(path))
    checked = check_suite(draft, tasks=tasks, models=models, trust_remote_code=trust_remote_code)
    faults = sort_faults([*draft.faults, *checked.faults])
    if faults or draft.suite is None:
        raise SuiteError(faults)
    return LoadedSuite(draft.path, draft.suite, draft, checked.datasets)


def check_suite(draft: Draft, *, tasks: Names = None, models: Names = None, trust_remote_code: bool = False) -> Checked:
    """Check the chosen tasks and models; the draft's own faults are not told again."""
    faults = Faults()
    _check_choice("task", tasks, draft, faults)
    _check_choice("model", models, draft, faults)
    datasets: dict[str, Dataset] = {}
    for name in draft.tasks:
        if tasks is None or name in tasks:
            check_counterpart(draft, name, faults)
            dataset = check_task(draft, name, faults)
            if dataset is not None:
                datasets[name] = dataset
    for name in draft.models:
        if models is None or name in models:
            check_model(draft, name, tasks, datasets, trust_remote_code, faults)
    check_sequences(draft, faults)
    check_measure(draft, faults)
    check_difficulty(draft, models, tasks, faults)
    check_shots(draft, models, tasks, datasets, faults)
    return Checked(sort_faults(faults.found), datasets)


def _check_choice(noun: str, chosen: Names, draft: Draft, faults: Faults) -> None:
    known = draft.names(f"{noun}s")
    for name in chosen or ():
        if name not in known and draft.written is not None:
            faults.add(
                f"the suite has no {noun} “{name}”{did_you_mean(name, known)}", hint=f"it has {', '.join(known)}"
            )
