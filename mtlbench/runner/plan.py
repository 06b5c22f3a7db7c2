"""Suite → plan: which model answers which rows, under which settings, into which folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from mtlbench.checking import LoadedSuite
from mtlbench.data import Dataset, Template, load_data, sample
from mtlbench.engines import Engine, Identity, Options, Request, find_engine, kind_of
from mtlbench.engines.checkpoint import find_checkpoint
from mtlbench.results import RunFolder
from mtlbench.runner.environment import library_versions, own_version
from mtlbench.suite.declarations import Generation, Model, Suite, Task
from mtlbench.suite.draft import dump_suite
from mtlbench.suite.faults import Faults, InputError
from mtlbench.tasks import TASKS, TaskKind

T = TypeVar("T")


@dataclass(frozen=True)
class PlannedTask:
    """A task with its rows."""

    name: str
    task: Task
    kind: TaskKind
    dataset: Dataset
    places: Sequence[int]
    """Each row's place in the whole data, of which `dataset` may be a sample."""

    @cached_property
    def inputs(self) -> list[str]:
        """The request text of each row."""
        template = Template.parse(self.task.input)
        return self._of_rows(template.fill)

    @cached_property
    def references(self) -> list[list[str]]:
        return self._of_rows(self.kind.references)

    def _of_rows(self, read: Callable[[dict[str, Any]], T]) -> list[T]:
        """What `read` makes of each row; raises InputError naming the first row it cannot read."""
        found = []
        for index, row in enumerate(self.dataset):
            try:
                found.append(read(row))
            except ValueError as error:
                where = f"{self.dataset.source}, {self.dataset.row_name(index)}"
                raise InputError(f"task {self.name}: {where}: {error}", "mend the row or the task's columns") from error
        return found


@dataclass(frozen=True)
class PlannedModel:
    """A model with what its files tell, and the tasks it answers."""

    name: str
    model: Model
    engine: type[Engine]
    identity: Identity
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Everything a run needs. Equal plans have equal `run_id`s, so the same command goes on where it stopped."""

    suite: Suite
    resolved: str
    models: Mapping[str, PlannedModel]
    tasks: Mapping[str, PlannedTask]
    output: Path
    base: Path
    """The suite's folder."""
    limit: int | None = None
    options: Options = field(default_factory=Options)

    @cached_property
    def versions(self) -> dict[str, str]:
        return library_versions()

    @cached_property
    def suite_hash(self) -> str:
        return hashlib.sha256(self.resolved.encode()).hexdigest()

    @cached_property
    def run_id(self) -> str:
        """Hash of all that bears on the results."""
        parts: list[Any] = [
            self.suite_hash,
            own_version(),
            self.versions,
            self.limit,
            {
                name: [model.identity.fingerprint, model.identity.dtype, model.identity.device, model.tasks]
                for name, model in self.models.items()
            },
            {name: task.dataset.fingerprint for name, task in self.tasks.items()},
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.output / self.suite.name / self.run_id)

    def generation(self, model: str, task: str) -> Generation:
        """The settings in force: the task's, over the model's, the suite's, the checkpoint's, the task kind's."""
        planned, target = self.models[model], self.tasks[task]
        own = target.task.generation.over(planned.model.generation).over(self.suite.generation)
        return own.over(planned.identity.defaults).over(target.kind.generation)

    def requests(self, model: str, task: str, first: int = 0) -> list[Request]:
        """The task's rows as the model is asked them, numbered from `first`."""
        target = self.tasks[task]
        generation = self.generation(model, task)
        return [
            Request(number, task, row_id, place, text, generation, target.task.max_input_tokens)
            for number, (row_id, place, text) in enumerate(
                zip(target.dataset.ids, target.places, target.inputs, strict=True), first
            )
        ]


def plan(
    loaded: LoadedSuite,
    *,
    output: Path | str = "results",
    models: Collection[str] | None = None,
    tasks: Collection[str] | None = None,
    limit: int | None = None,
    options: Options | None = None,
) -> Plan:
    """Look at every model's files, fetch what is on the Hub and lay out the run; loads no weight.

    `models` and `tasks` choose some by name; `limit` takes a seeded sample of each task. Raises InputError with every
    fault.
    """
    suite, options = loaded.suite, options or Options()
    faults = Faults()
    datasets: dict[str, Dataset] = {}
    for name, task in suite.tasks.items():
        if tasks is None or name in tasks:
            with faults.collecting():
                datasets[name] = loaded.datasets.get(name) or load_data(task.data, loaded.folder)
    planned: dict[str, PlannedModel] = {}
    for name, model in suite.models.items():
        if models is None or name in models:
            with faults.collecting():
                planned[name] = _plan_model(name, model, loaded, datasets, options)
    faults.raise_any()
    return Plan(
        suite,
        dump_suite(loaded.draft),
        {name: model for name, model in planned.items() if model.tasks},
        {name: _plan_task(name, suite.tasks[name], rows, limit, suite.seed) for name, rows in datasets.items()},
        Path(output),
        loaded.folder,
        limit,
        options,
    )


def _plan_task(name: str, task: Task, whole: Dataset, limit: int | None, seed: int) -> PlannedTask:
    kind = TASKS.get(task.kind)(task)
    for column in [*task.groups, *([task.cluster] if task.cluster else [])]:
        if column not in whole.columns:  # fetched from the Hub just now, so not checked with the suite
            message = f"task {name}: {whole.source} has no column “{column}”"
            raise InputError(message, f"its columns are {', '.join(whole.columns)}")
    if limit is None or limit >= len(whole):
        return PlannedTask(name, task, kind, whole, range(len(whole)))
    dataset = sample(whole, limit, seed)
    place = {row_id: number for number, row_id in enumerate(whole.ids)}
    return PlannedTask(name, task, kind, dataset, [place[row_id] for row_id in dataset.ids])


def _plan_model(
    name: str, model: Model, loaded: LoadedSuite, datasets: Mapping[str, Dataset], options: Options
) -> PlannedModel:
    engine = find_engine(model.engine, _kind(model, loaded.folder))
    identity = engine.identify(model, loaded.folder, options)
    mine = tuple(task for task in datasets if model.tasks is None or task in model.tasks)
    for task in mine:
        if task not in loaded.datasets:  # fetched from the Hub just now, so not checked with the suite
            engine.check(identity, task, datasets[task].ids)
    return PlannedModel(name, model, engine, identity, mine)


def _kind(model: Model, base: Path) -> str:
    if model.kind != "auto":
        return model.kind
    if model.predictions is not None:
        return "predictions"
    kind = kind_of(find_checkpoint(model, base).config)
    if kind is None:
        raise InputError(
            f"config.json of {model.checkpoint} does not tell the kind of model", "say `kind:` in the suite"
        )
    return kind
