"""What a task declares → its rewrites: swaps with their placebos, and disturbances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from mtlbench.rewriting.perturb import PERTURBATIONS
from mtlbench.rewriting.rewrite import Rewriter
from mtlbench.rewriting.swap import Swapper
from mtlbench.rewriting.words import SWAPS, WordList, built_in, neutral, read_words
from mtlbench.suite.declarations import Swap, Task
from mtlbench.suite.faults import InputError
from mtlbench.suite.wording import did_you_mean

COUNTERFACTUAL, PLACEBO, ROBUSTNESS = "counterfactual", "placebo", "robustness"
Role = Literal["counterfactual", "placebo", "robustness"]

BOTH = "both ways"
"""The direction of a text that holds words of both groups."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A placebo has the name of its swap. `fingerprint` says what the rewriter was made from."""

    name: str
    role: Role
    rewriter: Rewriter
    groups: Sequence[str] | None = None
    with_reference: bool = False
    fingerprint: str = ""

    def direction(self, sides: frozenset[int]) -> str:
        """From which group to which; empty where there are no groups."""
        if self.groups is None:
            return ""
        first, second = self.groups
        return {frozenset({0}): f"{first} → {second}", frozenset({1}): f"{second} → {first}"}.get(sides, BOTH)


def declared_rewrites(task: Task, folder: Path) -> list[Rewrite]:
    """The task's rewrites of rows, in its order; `folder` is the suite's. Raises InputError for a list of no use."""
    swaps = [rewrite for name, swap in task.counterfactual.items() for rewrite in _of_swap(name, swap, folder)]
    return [
        *swaps,
        *(Rewrite(name, "robustness", PERTURBATIONS[name]) for name in task.robustness if name in PERTURBATIONS),
    ]


def _of_swap(name: str, swap: Swap, folder: Path) -> Iterator[Rewrite]:
    words = _word_list(name, swap, folder)
    placebo = WordList(pairs=neutral() if words.placebo is None else words.placebo)
    yield Rewrite(name, "counterfactual", Swapper(words), words.groups, swap.swap_reference, words.model_dump_json())
    yield Rewrite(name, "placebo", Swapper(placebo), None, swap.swap_reference, placebo.model_dump_json())


def _word_list(name: str, swap: Swap, folder: Path) -> WordList:
    """The swap's own words, with what it says of groups and placebo."""
    said = {key: value for key in ("groups", "placebo") if (value := getattr(swap, key)) is not None}
    if swap.words is not None:
        found = read_words(folder / swap.words).model_dump()
    elif swap.pairs is not None:
        found = {"pairs": swap.pairs}
    elif name in SWAPS:
        found = built_in(name).model_dump()
    else:
        hint = (
            f"the built-in ones are {', '.join(SWAPS)}; your own has `pairs: [[one, other], …]` or `words: FILE.yaml`"
        )
        raise InputError(f"there is no built-in swap “{name}”{did_you_mean(name, SWAPS)}", hint)
    try:
        return WordList.model_validate({**found, **said})
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"the swap {name}: {message}") from error
