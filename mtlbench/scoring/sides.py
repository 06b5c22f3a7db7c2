"""The runs that `compare` is given, and which model of one is compared with which of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import ascii_uppercase

from mtlbench.results import Results, RunFolder, find_run
from mtlbench.results.comparison import ComparedRun
from mtlbench.results.folder import Incomplete
from mtlbench.results.manifest import Manifest, PairRecord
from mtlbench.scoring.score import run_suite
from mtlbench.scoring.statistics import Scorer
from mtlbench.suite.declarations import Suite
from mtlbench.suite.faults import Faults, InputError
from mtlbench.suite.wording import did_you_mean


@dataclass(frozen=True)
class Side:
    """A run, and the model of it that was asked for, or that is its only one; None where all are meant."""

    letter: str
    folder: RunFolder
    manifest: Manifest
    model: str | None

    @cached_property
    def suite(self) -> Suite:
        return run_suite(self.folder)

    @cached_property
    def results(self) -> Results:
        return self.folder.read_results()

    @property
    def models(self) -> list[str]:
        """The models that may be compared."""
        return list(self.manifest.models) if self.model is None else [self.model]

    def named(self, model: str) -> str:
        return f"{self.letter}:{model}"

    def pair(self, model: str, task: str) -> PairRecord | None:
        """How the model fared on the task; None where it has no predictions for it."""
        found = (pair for pair in self.manifest.pairs if (pair.model, pair.task) == (model, task))
        return next((pair for pair in found if pair.error is None), None)

    @cached_property
    def scorers(self) -> dict[str, Scorer]:
        """Of each task's headline alone."""
        folder = self.folder.path / self.manifest.folder
        return {task: Scorer.of(self.suite.tasks[task], folder).headline for task in self.manifest.tasks}

    @property
    def described(self) -> ComparedRun:
        return ComparedRun(
            letter=self.letter,
            path=str(self.folder.path),
            run=self.manifest.run,
            suite=self.manifest.suite,
            created=self.manifest.created,
        )


def open_sides(arguments: Sequence[str]) -> list[Side]:
    """Each `RUN` or `RUN:MODEL`; raises InputError with all that is wrong with them."""
    if not 2 <= len(arguments) <= len(ascii_uppercase):
        raise InputError(
            f"{len(arguments)} cannot be compared: name 2 to {len(ascii_uppercase)} runs",
            "`mtlbench compare A B`, or `mtlbench compare RUN:MODEL RUN:OTHER` for two models of one run",
        )
    faults, sides = Faults(), []
    for letter, argument in zip(ascii_uppercase, arguments, strict=False):
        with faults.collecting():
            sides.append(open_side(letter, argument))
    faults.raise_any()
    first: dict[tuple[Path, str | None], str] = {}
    for side, argument in zip(sides, arguments, strict=True):
        if first.setdefault((side.folder.path.resolve(), side.model), side.letter) != side.letter:
            faults.add(f"{argument} is named twice", hint="two models of one run are `RUN:MODEL RUN:OTHER`")
    faults.raise_any()
    return sides


def model_pairs(baseline: Side, other: Side) -> list[tuple[str, str]]:
    """(model of the baseline, model of the other): the two that were chosen, else those of one name."""
    if len(baseline.models) == len(other.models) == 1:
        return [(baseline.models[0], other.models[0])]
    both = [(name, name) for name in baseline.models if name in other.models]
    if not both:
        raise InputError(
            f"{baseline.letter} and {other.letter} have no model of the same name: "
            f"{', '.join(baseline.models)} against {', '.join(other.models)}",
            "say which are to be compared: RUN:MODEL",
        )
    return both


def named_run(argument: str) -> tuple[RunFolder, str | None]:
    """The folder, and the model where one is named, of a `RUN` or `RUN:MODEL`; raises InputError where there is no run."""
    path, model = Path(argument), None
    if not path.exists() and ":" in argument:
        head, _, model = argument.rpartition(":")
        path = Path(head)
    if not path.exists():
        raise InputError(f"there is no run {path}", "name the folder of a run, or one that holds runs")
    return find_run(path), model


def open_side(letter: str, argument: str) -> Side:
    """A `RUN` or `RUN:MODEL`; raises InputError where there is none, and Incomplete where it has not ended or no scores."""
    folder, model = named_run(argument)
    manifest = folder.finished_manifest().without_rewordings()
    if not folder.results_path.is_file():
        raise Incomplete(f"the run in {folder.path} is not scored", f"`mtlbench score {folder.path}` scores it")
    if model is not None and model not in manifest.models:
        raise InputError(
            f"{folder.path} has no model “{model}”{did_you_mean(model, list(manifest.models))}",
            f"its models are {', '.join(manifest.models)}",
        )
    if model is None and len(manifest.models) == 1:
        model = next(iter(manifest.models))
    return Side(letter, folder, manifest, model)
