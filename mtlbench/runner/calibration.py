"""How fast this machine is: what runs and short measurements took, kept in the cache folder from which plans estimate."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mtlbench.results.files import write_text
from mtlbench.runner.environment import hardware, library_versions, own_version
from mtlbench.runner.events import Spent
from mtlbench.runner.moments import Moments
from mtlbench.runner.plan import Plan, PlannedModel
from mtlbench.suite.faults import InputError

FILE = "speeds.json"
ENOUGH = 256
"""Answers from which on a later measurement replaces an earlier one, whatever that was made of."""
IMPORTED = 0.1
"""Seconds of importing that are too few for the libraries not to have been there."""
NO_SHAPE = frozenset({"label2id", "id2label", "heads"})
"""Keys of `config.json` that differ between models of one shape."""


RATES = ("per_answer", "per_input_token", "per_output_token", "mean")


class Speed(BaseModel):
    """What a model of some shape costs: seconds, and bytes at the highest point."""

    load: float
    per_request: float
    """To look it up in the cache, to store its output and to write it."""
    per_answer: float
    per_input_token: float
    per_output_token: float
    mean: float
    """Of an answer, where its tokens are not known."""
    memory: int | None
    answers: int
    """That this was measured on."""

    @classmethod
    def of(cls, spent: Spent) -> Speed:
        """From a turn that computed something."""
        told, phases = Moments.total(spent.answered.values()), spent.costs.phases
        answering = spent.costs.answering
        answer, read, written = told.rates()
        beyond = max(0.0, answering - told.seconds) / told.answers  # what no output tells, such as waiting for tokens
        return cls(
            load=phases.get("load", 0.0),
            per_request=(phases.get("look up", 0.0) + phases.get("store", 0.0)) / spent.requests,
            per_answer=answer + beyond,
            per_input_token=read,
            per_output_token=written,
            mean=told.seconds / told.answers + beyond,
            memory=spent.costs.peak_memory,
            answers=told.answers,
        )

    @classmethod
    def between(cls, few: Spent, many: Spent) -> Speed:
        """From two turns of a model: what does not grow with the requests is paid once, and counts for the loading."""
        small, large = cls.of(few), cls.of(many)
        kept, kept_once = _parted(few.requests, small.per_request, many.requests, large.per_request)
        asked, asked_once = _parted(
            small.answers, few.costs.answering / small.answers, large.answers, many.costs.answering / large.answers
        )
        share = asked * large.answers / many.costs.answering if many.costs.answering else 1.0
        rates = {name: share * getattr(large, name) for name in RATES}
        return large.model_copy(update={"load": large.load + kept_once + asked_once, "per_request": kept, **rates})

    def answering(self, answers: int, input_tokens: int | None, output_tokens: int | None) -> float:
        """Seconds of computing answers; without the tokens that are read, as if they were those of the measurement."""
        if input_tokens is None:
            return answers * self.mean
        return (
            answers * self.per_answer
            + input_tokens * self.per_input_token
            + (output_tokens or 0) * self.per_output_token
        )


class Calibration(BaseModel):
    """Speeds by what they hold for, and output tokens of an answer by model and task."""

    version: int = 1
    speeds: dict[str, Speed] = {}
    lengths: dict[str, dict[str, float]] = {}
    scoring: dict[str, float] = {}
    """Seconds of scoring a run, by unit of what it takes."""
    importing: float | None = None
    """Seconds until the libraries of all networks were imported."""

    @classmethod
    def read(cls, folder: Path) -> Calibration:
        """What is kept; nothing where there is none that this version reads."""
        try:
            found = cls.model_validate_json((folder / FILE).read_bytes())
        except (OSError, ValidationError):
            return cls()
        return found if found.version == cls().version else cls()

    @classmethod
    def of_scoring(cls, plan: Plan, seconds: float) -> Calibration:
        """That scoring a run of the plan took so long."""
        return cls(scoring={plan.suite.name: seconds / max(1, scoring_units(plan))})

    def keep(self, folder: Path) -> None:
        """Write it over what is kept; a folder that cannot be written keeps what it has."""
        if self == type(self)():
            return
        whole = self.read(folder)
        whole.add(self)
        whole.scoring |= self.scoring
        if (self.importing or 0.0) > IMPORTED:
            whole.importing = self.importing
        with contextlib.suppress(OSError, InputError):
            write_text(folder / FILE, whole.model_dump_json(indent=1) + "\n")

    def learn(self, model: PlannedModel, spent: Spent) -> None:
        """Take note of a turn that computed something."""
        self._take(speed_key(model), Speed.of(spent))
        self.importing = max(self.importing or 0.0, spent.costs.phases.get("import", 0.0))
        self._add_lengths(lengths(model, spent))

    def add(self, other: Calibration) -> None:
        """Take note of what was measured."""
        for key, speed in other.speeds.items():
            self._take(key, speed)
        self._add_lengths(other.lengths)

    def speed(self, model: PlannedModel) -> Speed | None:
        return self.speeds.get(speed_key(model))

    def scored(self, plan: Plan) -> float | None:
        """Seconds of scoring: as long as the suite took before, else as others did on average."""
        if not self.scoring:
            return None
        mean = sum(self.scoring.values()) / len(self.scoring)
        return scoring_units(plan) * self.scoring.get(plan.suite.name, mean)

    def _add_lengths(self, others: Mapping[str, Mapping[str, float]]) -> None:
        for model, written in others.items():
            self.lengths[model] = self.lengths.get(model, {}) | dict(written)

    def _take(self, key: str, speed: Speed) -> None:
        known = self.speeds.get(key)
        if known is None or speed.answers >= min(known.answers, ENOUGH):
            self.speeds[key] = speed


def lengths(model: PlannedModel, spent: Spent) -> dict[str, dict[str, float]]:
    """By fingerprint and task, the tokens that a model's answers have on average; of tasks to which it writes."""
    written = {task: each.output_tokens / each.answers for task, each in spent.answered.items() if each.output_tokens}
    return {model.identity.fingerprint: written} if written else {}


def _parted(few: int, each_of_few: float, many: int, each_of_many: float) -> tuple[float, float]:
    """What each more costs, and what is paid once whatever the number; neither is below 0."""
    total = many * each_of_many
    if many <= few:
        return each_of_many, 0.0
    more = min(max(0.0, (total - few * each_of_few) / (many - few)), each_of_many)
    return more, total - many * more


def scoring_units(plan: Plan) -> int:
    """What scoring takes in proportion to: scores of rows, of all models and tasks, drawn anew so many times."""
    rows = sum(len(plan.tasks[task].dataset) for model in plan.models.values() for task in model.tasks)
    return rows * plan.suite.significance.resamples


def speed_key(model: PlannedModel) -> str:
    """Hash of all that a speed holds for: this machine and its libraries, the engine, the model's shape, how it is run."""
    identity, declared = model.identity, model.model
    parts = [
        _machine(identity.device or ""), identity.engine, identity.kind, identity.dtype, identity.device,
        declared.quantize, declared.prune, identity.adapter is not None, _shapes(model),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _machine(device: str) -> list[Any]:
    threads = os.environ.get("OMP_NUM_THREADS")
    return [hardware(device or None).model_dump(), threads, library_versions(), own_version()]


def _shapes(model: PlannedModel) -> list[Any]:
    """Of each of the model's checkpoints."""
    folders = {part.checkpoint for part in model.model.parts.values()} - {None}
    if len(folders) > 1:
        return [model.identity.parameters, len(folders)]
    path = model.identity.folder / "config.json"
    if not path.is_file():
        return [model.identity.parameters]
    return [shape(json.loads(path.read_text(encoding="utf-8")))]


def shape(config: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes that a `config.json` tells: what makes two checkpoints equally fast."""
    found: dict[str, Any] = {"model_type": config.get("model_type")}
    for key, value in config.items():
        if isinstance(value, Mapping) and key not in NO_SHAPE:
            found[key] = shape(value)
        elif isinstance(value, int) and not isinstance(value, bool) and not key.endswith("_id"):
            found[key] = value
    return found
