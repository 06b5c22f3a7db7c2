"""How the models of a run came about: what each was trained on, and which of them differ in their training alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Training:
    """`shares` are the tasks that a model was trained on, with weights, None where that is not known; `rows` how many rows
    of each. `altered`: it is another's checkpoint, quantised or pruned.
    """

    shares: Mapping[str, float] | None = None
    rows: Mapping[str, int] | None = None
    family: str | None = None
    seed_of: str | None = None
    fraction_of: str | None = None
    altered: bool = False

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(task for task, share in (self.shares or {}).items() if share > 0)


@dataclass(frozen=True, slots=True)
class Course:
    """Sequential training: the model after each stage and the tasks trained in it, in order."""

    name: str
    stages: Sequence[tuple[str, Sequence[str]]]
    start: str | None = None
    joint: str | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """The models of a run in the suite's order, and the courses that some of them are stages of."""

    models: Mapping[str, Training]
    courses: Sequence[Course] = field(default=())

    @property
    def single_task(self) -> list[str]:
        """The models trained on one task alone, on all the rows there are: what others are compared with."""
        passing = {model for course in self.courses for model, _ in course.stages}
        return [
            name
            for name, training in self.models.items()
            if len(training.tasks) == 1 and self._is_whole(name) and name not in passing
        ]

    @property
    def multi_task(self) -> list[str]:
        """The models trained on several tasks, on all the rows there are; of a course, the one after its last stage."""
        passing = {model for course in self.courses for model, _ in course.stages[:-1]}
        return [
            name
            for name, training in self.models.items()
            if len(training.tasks) > 1 and self._is_whole(name) and name not in passing
        ]

    @property
    def together(self) -> list[str]:
        """The multi-task models that saw all their tasks at one time, not one after another."""
        staged = {model for course in self.courses for model, _ in course.stages}
        return [name for name in self.multi_task if name not in staged]

    @property
    def trained(self) -> list[str]:
        """The models of which it is known what they were trained on, all the rows there are; stages too."""
        return [name for name, training in self.models.items() if training.tasks and self._is_whole(name)]

    def baselines(self, model: str) -> dict[str, list[str]]:
        """Task → the single-task models of the model's family."""
        found: dict[str, list[str]] = {}
        for name in self.single_task:
            if self.models[name].family == self.models[model].family:
                found.setdefault(self.models[name].tasks[0], []).append(name)
        return found

    def _is_whole(self, name: str) -> bool:
        training = self.models[name]
        return not training.altered and training.fraction_of is None
