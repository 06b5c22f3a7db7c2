"""One model of a recipe: from its start, stage after stage, to a checkpoint in its place; stopped anywhere, it goes on."""

from __future__ import annotations

import copy
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from transformers.utils import logging

from mtlbench.engines.device import choose_dtype
from mtlbench.results.files import replacing
from mtlbench.suite.faults import InputError
from mtlbench.suite.recipe import Settings
from mtlbench.training.balancing import make_balancer
from mtlbench.training.consolidation import Consolidation
from mtlbench.training.dropout import Dropouts
from mtlbench.training.events import Evaluated, ModelTrained, StageStarted, Stepped
from mtlbench.training.examples import Example
from mtlbench.training.family import PlannedStage
from mtlbench.training.freezing import freeze
from mtlbench.training.jobs import Job
from mtlbench.training.provenance import StageRecord
from mtlbench.training.ready import SEEDS, Ready, make_ready
from mtlbench.training.sampling import Mixture
from mtlbench.training.trainer import Stage, StageTrainer, last_state, step_of
from mtlbench.training.validation import Validation
from mtlbench.training.writing import count, write


@contextmanager
def _flushing() -> Iterator[None]:
    """Subnormal numbers count 0: the optimiser's moments of tokens not met for long fade to them, and a CPU is ten times
    slower with them.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@_flushing()
def train_model(job: Job) -> Path:
    """Raises InputError where plan, rows and network do not go together."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with _blamed(job.planned.name):
        model = _Model(job, make_ready(job))
    for number in range(len(model.records), len(job.planned.stages)):
        model.train_stage(number)
    model.write(job)
    job.listen(ModelTrained(job.planned.name, job.folder, sum(record.seconds for record in model.records)))
    return job.folder


@dataclass
class _Model:
    job: Job
    ready: Ready
    records: list[StageRecord] = field(default_factory=list)
    """Of the stages that are finished."""

    def __post_init__(self) -> None:
        ewc = self.job.planned.ewc
        self.consolidation = None if ewc is None else Consolidation(ewc.strength)
        self._own = [each for each in self.network.parameters() if each.requires_grad]  # where no stage freezes any
        self._dropouts = Dropouts(self.network)
        self._resume()

    @property
    def network(self) -> Any:
        return self.ready.network

    @property
    def _state(self) -> Path:
        """Folder of what is saved on the way. Another plan of the same name finds nothing of this one's there."""
        return self.job.partial / self.job.fingerprint[:12]

    def train_stage(self, number: int) -> None:
        job, stage = self.job, self.job.planned.stages[number]
        self._dropouts.set(stage.settings.dropout)
        with _blamed(job.planned.name):
            self._freeze(stage.settings.freeze or [])
            made = self._stage(number)
        last = last_state(made.folder)
        done = 0 if last is None else step_of(last)
        job.listen(StageStarted(job.planned.name, number + 1, len(job.planned.stages), made.steps, done))
        trainer = StageTrainer(made)
        trainer.run()
        tally = trainer.tally
        self.records.append(
            StageRecord(stage.tasks, trainer.state.global_step, tally.seconds, tally.curves, tally.seen)
        )
        if number + 1 < len(job.planned.stages):
            if number + 1 in job.passing:
                self.write(job.passing[number + 1])
            self._anchor(stage)
            self._save(made.folder)

    def write(self, job: Job) -> None:
        """The network as it stands: this model's checkpoint, or one on the way to it, unless it is there."""
        if _is_first() and not job.folder.exists():
            tasks = {task: self.ready.tasks[task] for task in job.planned.tasks}
            trainable = self._trainable(len(job.planned.stages))
            write(job, copy.deepcopy(self.network), self.ready.tokenizer, trainable, tasks, self.records)
        _wait()

    def _freeze(self, parts: Sequence[str]) -> None:
        """These parts alone, whatever the stage before froze."""
        for parameter in self._own:
            parameter.requires_grad_(True)
        freeze(self.network, parts)

    def _trainable(self, stages: int) -> int:
        """Parameters that one of the first stages trains."""
        trained = set()
        for stage in self.job.planned.stages[:stages]:
            self._freeze(stage.settings.freeze or [])
            trained |= {each for each in self._own if each.requires_grad}
        return count(trained)

    def _stage(self, number: int) -> Stage:
        job, stage = self.job, self.job.planned.stages[number]
        settings = stage.settings.model_copy(update={"dtype": choose_dtype(stage.settings.dtype or "auto", job.device)})
        seed = (job.planned.seed + number) % SEEDS
        earlier = [task for before in job.planned.stages[:number] for task in before.tasks]
        tasks = dict.fromkeys([*stage.tasks, *(earlier if stage.rehearsal else ())])
        examples = {task: self.ready.examples[task] for task in tasks}
        epoch = sum(len(self.ready.examples[task]) for task in stage.tasks)
        assert settings.sampling is not None
        assert settings.balancing is not None
        mixture = Mixture(
            settings.sampling,
            {task: len(self.ready.examples[task]) for task in stage.tasks},
            seed,
            {task: self._difficulty(task, settings) for task in tasks},
            {task: len(self.ready.examples[task]) for task in earlier},
            stage.rehearsal,
        )
        return Stage(
            network=self.network,
            kind=job.start.kind,
            padding=self.ready.padding,
            examples=examples,
            mixture=mixture,
            balancer=make_balancer(settings.balancing, list(tasks), seed),
            settings=settings,
            steps=_steps(settings, epoch),
            epoch=epoch,
            seed=seed,
            folder=self._state / f"stage-{number + 1}",
            device=job.device,
            validate=self._validation(stage),
            consolidation=self.consolidation,
            teacher=self.ready.teacher,
            distil=job.planned.distil,
            stepped=lambda step, losses: job.listen(Stepped(job.planned.name, step, losses)),
        )

    def _difficulty(self, task: str, settings: Settings) -> list[float]:
        """By a column of numbers, else by length."""
        column = settings.sampling.by if settings.sampling else None
        if column is None:
            return [float(example.length) for example in self.ready.examples[task]]
        values = self.ready.tasks[task].dataset.values(column)
        return [float(values[place]) for place in self.ready.places[task]]

    def _validation(self, stage: PlannedStage) -> Callable[[int], float] | None:
        if stage.settings.early_stopping is None:
            return None
        rows = {task: self.job.rows.validation(task) for task in stage.tasks}
        score = Validation(self.job.loaded.suite, rows, self.job.start.kind)

        def validate(step: int) -> float:
            found = score(self.network, self.ready.tokenizer)
            self.job.listen(Evaluated(self.job.planned.name, step, found))
            return found

        return validate

    def _anchor(self, stage: PlannedStage) -> None:
        """Hold what the stage has learned, by a sample of its examples, spread evenly over them."""
        if self.consolidation is None or self.job.planned.ewc is None:
            return
        self._freeze([])  # what this stage left alone may change in the next
        whole = [example for task in stage.tasks for example in self.ready.examples[task]]
        sample = whole[:: math.ceil(len(whole) / self.job.planned.ewc.sample)]
        self.consolidation.anchor(self.network, map(self._loss_of, sample))

    def _loss_of(self, example: Example) -> Callable[[], Any]:
        return lambda: next(self.job.start.kind.parts(self.network, [example], self.ready.padding)).loss

    def _save(self, states: Path) -> None:
        """A finished stage, whose own states are then of no more use: what the next begins with."""
        if _is_first():
            held = None if self.consolidation is None else self.consolidation.state_dict()
            records = [asdict(record) for record in self.records]
            with replacing(self._state / "finished.pt") as file:
                torch.save({"network": self.network.state_dict(), "consolidation": held, "records": records}, file)
            shutil.rmtree(states, ignore_errors=True)
        _wait()

    def _resume(self) -> None:
        file = self._state / "finished.pt"
        if not file.is_file():
            return
        found = torch.load(file, map_location="cpu", weights_only=True)
        self.network.load_state_dict(found["network"])
        if self.consolidation is not None:
            self.consolidation.load_state_dict(found["consolidation"])
        self.records += [StageRecord(**record) for record in found["records"]]


def _steps(settings: Settings, epoch: int) -> int:
    examples = settings.examples or math.ceil((settings.epochs or 1) * epoch)
    return max(1, math.ceil(examples / (settings.batch_size or 1)))


@contextmanager
def _blamed(model: str) -> Iterator[None]:
    """What the parts of training find wrong with a plan, told as the plan's fault."""
    try:
        yield
    except ValueError as error:
        raise InputError(f"model {model}: {error}") from error


def _is_first() -> bool:
    return not dist.is_initialized() or dist.get_rank() == 0


def _wait() -> None:
    if dist.is_initialized():
        dist.barrier()
