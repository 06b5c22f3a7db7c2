"""Suite → plan: which model answers which rows, under which settings, into which folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mtlbench.checking import LoadedSuite
from mtlbench.data import Dataset, load_data, sample
from mtlbench.engines import (
    AUTO,
    Asked,
    Engine,
    Identity,
    Options,
    Request,
    kind_of,
    reads_transformers,
    unknown_key,
    unknown_keys,
)
from mtlbench.engines.adapters import Adapter, refusal
from mtlbench.engines.checkpoint import find_checkpoint
from mtlbench.results import RunFolder
from mtlbench.rewriting import PLACEBO, Rewrite, declared_rewrites
from mtlbench.runner.choice import choose_engine, generation_in_force
from mtlbench.runner.environment import library_versions, own_version
from mtlbench.runner.variants import Variant, ask, rewritten_rows
from mtlbench.suite.declarations import Generation, Model, Suite, Task
from mtlbench.suite.draft import dump_suite
from mtlbench.suite.faults import Faults, InputError
from mtlbench.suite.groups import group_columns
from mtlbench.suite.templates import rewordings, with_rewordings
from mtlbench.tasks import TASKS, TaskKind
from mtlbench.tasks.question import Asker, Question
from mtlbench.tasks.rows import read_each
from mtlbench.tasks.shots import draw_examples, solve, takes_shots


@dataclass(frozen=True)
class PlannedTask:
    """A task with its rows."""

    name: str
    task: Task
    kind: TaskKind
    dataset: Dataset
    places: Sequence[int]
    """Each row's place in the whole data, of which `dataset` may be a sample."""
    examples: Dataset | None = None
    """What models with shots are shown: to each, as many as it is to see, from the first on."""
    rewrites: Sequence[Rewrite] = ()
    variants: Sequence[Variant] = ()
    """Rewritten rows, which are asked beside the rows themselves."""

    @cached_property
    def asked(self) -> Asked:
        """What every row asks for."""
        return Asked.of(self.name, self.task, type(self.kind))

    @cached_property
    def questions(self) -> list[Question]:
        """What each row asks."""
        return read_each(self.name, self.dataset, Asker(self.task))

    def ask(self, model: Model, places: Sequence[int]) -> list[Question]:
        """What the rows at these places among those run ask, and beyond them the variants, each at its place after the
        rows: in the model's own template where it has one, after the examples that it is to see.
        """
        count, own = len(self.dataset), model.inputs.get(self.name)
        chosen = [place for place in places if place < count]
        rows = iter(read_each(self.name, self.dataset.take(chosen), Asker(self.task, own)))
        variants = [self.variants[place - count] for place in places if place >= count]
        changed = iter(ask(variants, lambda template: Asker(self.task, template or own)))
        return self._shown(model, [next(rows if place < count else changed) for place in places])

    def _shown(self, model: Model, questions: list[Question]) -> list[Question]:
        if not model.shots or self.examples is None:
            return questions
        template = model.inputs.get(self.name)
        shots = solve(self.name, self.task, self.kind, self.examples, template)[: model.shots]
        return [replace(question, shots=shots) for question in questions]

    @cached_property
    def changed(self) -> dict[str, int]:
        """How many rows each swap or disturbance changes."""
        counts = {rewrite.name: 0 for rewrite in self.rewrites}
        for variant in self.variants:
            if variant.role != PLACEBO:
                counts[variant.name] = counts.get(variant.name, 0) + 1
        return counts

    @cached_property
    def references(self) -> list[list[str]]:
        return read_each(self.name, self.dataset, self.kind.references)


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
            {
                name: [
                    task.dataset.fingerprint,
                    task.examples and task.examples.fingerprint,
                    *(rewrite.fingerprint for rewrite in task.rewrites),
                ]
                for name, task in self.tasks.items()
            },
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.output / self.suite.name / self.run_id)

    def generation(self, model: str, task: str) -> Generation:
        """The settings in force."""
        planned = self.models[model]
        return generation_in_force(self.tasks[task].task, planned.model, self.suite, planned.identity)

    def count(self, model: str, task: str) -> int:
        """How many requests the model is asked of the task: its rows, and its variants if the model can answer them."""
        target = self.tasks[task]
        return len(target.dataset) + (len(target.variants) if self.models[model].engine.answers_variants else 0)

    def requests(self, model: str, task: str, places: Sequence[int] | None = None, first: int = 0) -> list[Request]:
        """The task's requests at these places (by default all), as the model is asked them, numbered from `first` on."""
        target, planned = self.tasks[task], self.models[model]
        places = range(self.count(model, task)) if places is None else places
        generation, rows = self.generation(model, task), len(target.dataset)
        requests = []
        for place, question in zip(places, target.ask(planned.model, places), strict=True):
            index = place if place < rows else target.variants[place - rows].index
            requests.append(
                Request(
                    first + place, target.asked, target.dataset.ids[index], target.places[index], question, generation,
                    target.task.max_input_tokens,
                )
            )  # fmt: skip
        return requests


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
    examples: dict[str, Dataset | None] = {}
    for name, rows in datasets.items():
        with faults.collecting():
            examples[name] = _examples(name, rows, loaded, [model.model for model in planned.values()])
    faults.raise_any()
    return Plan(
        suite,
        dump_suite(loaded.draft),
        {name: model for name, model in planned.items() if model.tasks},
        {
            key: _with_variants(
                replace(_plan_task(key, task, rows, limit, suite.seed), examples=examples[name]),
                loaded,
                [model.model for model in planned.values()],
            )
            for name, rows in datasets.items()
            for key, task in with_rewordings({name: suite.tasks[name]}).items()
        },
        Path(output),
        loaded.folder,
        limit,
        options,
    )


def _plan_task(name: str, task: Task, whole: Dataset, limit: int | None, seed: int) -> PlannedTask:
    kind = TASKS.get(task.kind)(task)
    paired = [task.pairs.id, task.pairs.variant] if task.pairs else []
    for column in [*group_columns(task), *task.slices, *([task.cluster] if task.cluster else []), *paired]:
        if column not in whole.columns:  # fetched from the Hub just now, so not checked with the suite
            message = f"task {name}: {whole.source} has no column “{column}”"
            raise InputError(message, f"its columns are {', '.join(whole.columns)}")
    if limit is None or limit >= len(whole):
        return PlannedTask(name, task, kind, whole, range(len(whole)))
    dataset = sample(whole, limit, seed)
    place = {row_id: number for number, row_id in enumerate(whole.ids)}
    return PlannedTask(name, task, kind, dataset, [place[row_id] for row_id in dataset.ids])


def _with_variants(target: PlannedTask, loaded: LoadedSuite, models: Iterable[Model]) -> PlannedTask:
    """The task with the rows that its swaps and disturbances make; raises InputError."""
    task = target.task
    if not (task.counterfactual or task.robustness):
        return target
    rewrites = declared_rewrites(task, loaded.folder)
    own = [model.inputs[target.name] for model in models if target.name in model.inputs]
    variants = rewritten_rows(task, target.kind, target.dataset, rewrites, own, loaded.suite.seed)
    return replace(target, rewrites=rewrites, variants=variants)


def _examples(name: str, rows: Dataset, loaded: LoadedSuite, models: Iterable[Model]) -> Dataset | None:
    """As many solved examples as any of the models is to see of the task; raises InputError."""
    task = loaded.suite.tasks[name]
    count = max((model.shots for model in models if model.limited_to is None or name in model.limited_to), default=0)
    if not count or task.examples is None or not takes_shots(TASKS.get(task.kind)):
        return None
    found = load_data(task.examples, loaded.folder)
    return draw_examples(name, task, rows, found, count, loaded.suite.seed)


def _plan_model(
    name: str, model: Model, loaded: LoadedSuite, datasets: Mapping[str, Dataset], options: Options
) -> PlannedModel:
    mine = tuple(task for task in datasets if model.limited_to is None or task in model.limited_to)
    tasks = {task: loaded.suite.tasks[task] for task in mine}
    kind = _kind(model, loaded.folder)
    engine, identity = choose_engine(model, kind, tasks, loaded.suite, loaded.folder, options)
    for part in model.parts.values():
        if part.checkpoint is not None:
            own = [task for task in mine if part.tasks is None or task in part.tasks]
            _refuse(part, engine, identity, own, loaded)
    for task in mine:
        if task not in loaded.datasets:  # fetched from the Hub just now, so not checked with the suite
            declared = loaded.suite.tasks[task]
            engine.check(identity, Asked.of(task, declared, TASKS.get(declared.kind)), datasets[task].ids)
    others = [key for task in mine for key in rewordings(task, loaded.suite.tasks[task])] if engine.reads_input else []
    return PlannedModel(name, model, engine, identity, (*mine, *others))


def _refuse(model: Model, engine: type[Engine], identity: Identity, tasks: Sequence[str], loaded: LoadedSuite) -> None:
    """Raises InputError with every task that the model cannot answer, and every key that its engine does not know."""
    checkpoint, faults = find_checkpoint(model, loaded.folder), Faults()
    config = checkpoint.config if (checkpoint.folder / "config.json").is_file() else {}
    for key in unknown_keys(engine, model):
        faults.add(unknown_key(engine, key), hint="leave the key out")
    for name in tasks:
        task = loaded.suite.tasks[name]
        asked = Asked.of(name, task, TASKS.get(task.kind))
        refused = engine.refuses(model, config, asked)
        if refused is None and identity.adapter is not None:
            refused = refusal(Adapter(identity.adapter), asked)
        if refused is not None:
            faults.add(refused.message, hint=refused.hint)
    faults.raise_any()


def _kind(model: Model, base: Path) -> str:
    if model.predictions is not None:
        return "predictions"
    if model.checkpoints is not None:
        return "heads"
    if model.kind != AUTO or not reads_transformers(model.engine, AUTO, base):
        return model.kind  # other engines know their own kinds
    kind = kind_of(find_checkpoint(model, base).config)
    if kind is None:
        raise InputError(
            f"config.json of {model.checkpoint} does not tell the kind of model", "say `kind:` in the suite"
        )
    return kind
