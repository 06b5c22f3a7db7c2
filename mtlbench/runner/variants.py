"""A task's rows rewritten: what models are asked beside the rows themselves, and how the answers are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mtlbench.data import Dataset, Template
from mtlbench.rewriting import PLACEBO, Rewrite, Role
from mtlbench.suite.declarations import Task
from mtlbench.tasks import TaskKind
from mtlbench.tasks.base import Form
from mtlbench.tasks.question import Question

if TYPE_CHECKING:
    import pyarrow as pa

WRITTEN: frozenset[Form] = frozenset({"text", "extract"})
"""Forms whose answer is text that a swap may turn up in."""

VARIANT_COLUMNS = ("original", "name", "role", "direction", "mirrored")


@dataclass(frozen=True, slots=True)
class Variant:
    """A rewritten row. `index` is the original's place among the rows run; `template` asks in other words instead."""

    index: int
    row: Mapping[str, Any]
    references: list[str]
    name: str
    role: Role
    direction: str = ""
    rewrite: Rewrite | None = None
    template: str | None = None

    def mirrored(self, output: str, form: Form) -> str | None:
        """The original's answer as the rewrite would have it, where that is text: as good as no change."""
        return None if self.rewrite is None or form not in WRITTEN else self.rewrite.rewriter(output, "").text


def rewritten_rows(
    task: Task, kind: TaskKind, dataset: Dataset, rewrites: Sequence[Rewrite], templates: Iterable[str], seed: int
) -> list[Variant]:
    """The rows that each rewrite changes, and those that other templates ask for, in order.

    Rewritten are the columns of text that a template uses (`templates` are models' own), less those that are the
    reference, choices or words; the reference where the swap says so.
    """
    columns = input_columns(task, templates)
    wordings = [(name, text) for name, text in task.templates.items() if "templates" in task.robustness]
    found: list[Variant] = []
    for index, (row_id, row) in enumerate(zip(dataset.ids, dataset, strict=True)):
        references = kind.references(row)
        for rewrite in rewrites:
            found += _rewritten(index, row, references, rewrite, columns, task, kind, f"{seed} {row_id}")
        found += [Variant(index, row, references, f"template {n}", "robustness", template=t) for n, t in wordings]
    return _placebos_of_swaps(found)


def input_columns(task: Task, templates: Iterable[str] = ()) -> list[str]:
    """The columns that questions are made of, and that a rewrite may change."""
    texts = [task.input, *(task.segments or ()), *templates]
    named = [name for text in texts for name, _ in Template.parse(text).columns]
    choices = [task.choices] if isinstance(task.choices, str) else task.choices or []
    return [name for name in dict.fromkeys(named) if name not in (*choices, task.words)]


def _rewritten(
    index: int,
    row: Mapping[str, Any],
    references: list[str],
    rewrite: Rewrite,
    columns: Sequence[str],
    task: Task,
    kind: TaskKind,
    key: str,
) -> Iterator[Variant]:
    """The row's variant, if the rewrite changes what is asked."""
    sides: set[int] = set()

    def rewritten(name: str) -> Any:
        found = rewrite.rewriter(row[name], f"{key} {name}")
        sides.update(found.sides)
        return found.text

    kept = () if rewrite.with_reference else task.references
    new = {name: rewritten(name) for name in columns if name not in kept and isinstance(row.get(name), str)}
    if all(row[name] == text for name, text in new.items()):
        return
    if rewrite.with_reference:
        more = {name: _each(row[name], lambda text: rewrite.rewriter(text, key).text) for name in task.references}
        references = kind.references({**row, **more})
    yield Variant(
        index, {**row, **new}, references, rewrite.name, rewrite.role, rewrite.direction(frozenset(sides)), rewrite
    )


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return {name: _each(item, change) for name, item in value.items()} if isinstance(value, dict) else value


def _placebos_of_swaps(variants: Sequence[Variant]) -> list[Variant]:
    """Less the placebos of rows that the swap itself does not change, which nothing is compared with."""
    swapped = {(variant.name, variant.index) for variant in variants if variant.role == "counterfactual"}
    return [each for each in variants if each.role != PLACEBO or (each.name, each.index) in swapped]


def variant_columns(
    variants: Sequence[Variant], ids: Sequence[str], originals: Sequence[str], form: Form
) -> dict[str, pa.Array]:
    """What a table of variants' predictions has beside the columns of any: the original's id, which rewrite it was, the
    direction, and the original's output rewritten in the same way (null where answers are no text).

    `originals` are the outputs of the rows that the variants are of.
    """
    import pyarrow as pa

    texts = (
        [ids[variant.index] for variant in variants],
        [variant.name for variant in variants],
        [variant.role for variant in variants],
        [variant.direction for variant in variants],
        [variant.mirrored(text, form) for variant, text in zip(variants, originals, strict=True)],
    )
    return {name: pa.array(column, pa.string()) for name, column in zip(VARIANT_COLUMNS, texts, strict=True)}


def ask(
    variants: Sequence[Variant], asker: Callable[[str | None], Callable[[Mapping[str, Any]], Question]]
) -> list[Question]:
    """What each variant asks; `asker` makes one from a template, None for the task's own or the model's."""
    askers = {template: asker(template) for template in dict.fromkeys(variant.template for variant in variants)}
    return [askers[variant.template](variant.row) for variant in variants]
