"""Stored answers to rows and to their variants, or to pairs of rows → the changes that the analysis counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.counterfactual import FLIPS, Change
from mtlbench.metrics.base import FloatArray
from mtlbench.results import RunFolder
from mtlbench.results.folder import read_table
from mtlbench.results.manifest import DataRecord, Manifest, PairRecord
from mtlbench.results.schema import ChangeExample, ChangeRow, WarningRow
from mtlbench.rewriting import COUNTERFACTUAL, PLACEBO, ROBUSTNESS, sentiment
from mtlbench.runner.table import PAIR, PAIR_VARIANT, stored_rows
from mtlbench.runner.variants import WRITTEN
from mtlbench.scoring.statistics import Scorer, cluster_codes
from mtlbench.tasks.base import Stored

if TYPE_CHECKING:
    import pyarrow as pa

PAIRS = "pairs"
MOST_EXAMPLES = 3
LONGEST = 400
"""Characters of an example's text."""


@dataclass(slots=True)
class Changes:
    """What a run holds of changes: those to count, rows of those that cannot be, examples and warnings."""

    found: list[Change] = field(default_factory=list)
    absent: dict[str, list[ChangeRow]] = field(default_factory=lambda: {COUNTERFACTUAL: [], ROBUSTNESS: []})
    examples: list[ChangeExample] = field(default_factory=list)
    warnings: list[WarningRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Answers:
    """All answers of a pair of model and task, in rows: the task's own, then their variants."""

    pair: PairRecord
    record: DataRecord
    scorer: Scorer
    statistics: FloatArray
    shown: Sequence[str | None]
    stored: Sequence[Stored]
    inputs: Sequence[str]
    ids: Sequence[str]
    clusters: NDArray[np.intp] | None

    def change(
        self,
        name: str,
        role: str,
        before: Sequence[int],
        after: Sequence[int],
        directions: Sequence[str],
        flipped: FloatArray,
        placebo: FloatArray,
        clusters: NDArray[np.intp] | None,
    ) -> Change:
        first, second = np.array(before, dtype=np.intp), np.array(after, dtype=np.intp)
        measures = {
            measure: (np.array([values[n] for n in before]), np.array([values[n] for n in after]))
            for measure, values in _measures(self.scorer, self.stored).items()
        }
        return Change(
            self.pair.model,
            self.pair.task,
            name,
            role,
            self.record.fingerprint,
            self.record.n,
            self.scorer.metrics[0],
            first,
            directions,
            flipped,
            self.statistics[first],
            self.statistics[second],
            placebo,
            measures,
            clusters,
        )


def read_changes(folder: RunFolder, manifest: Manifest, scorers: Mapping[str, Scorer]) -> Changes:
    """The changes of every pair of model and task that was answered."""
    changes = Changes()
    for name, record in manifest.tasks.items():
        for rewrite, count in record.variants.items():
            if not count:
                message = f"{rewrite} changes none of the {record.n} rows: nothing is known of it"
                changes.warnings.append(WarningRow(code="changes-nothing", where=name, message=message))
    for pair in manifest.pairs:
        scorer = scorers[pair.task]
        if pair.error is None and (manifest.tasks[pair.task].variants or scorer.task.pairs is not None):
            _read_pair(folder, pair, manifest, scorer, changes)
    return changes


def _read_pair(folder: RunFolder, pair: PairRecord, manifest: Manifest, scorer: Scorer, changes: Changes) -> None:
    record = manifest.tasks[pair.task]
    rows = read_table(folder.predictions_path(pair.model, pair.task))
    variants = read_table(folder.variants_path(pair.model, pair.task)) if pair.variants is not None else None
    answers = _answers(pair, record, scorer, rows, variants)
    for name, count in record.variants.items():
        role = COUNTERFACTUAL if name in scorer.task.counterfactual else ROBUSTNESS
        reason = _absence(count, name, variants, manifest.models[pair.model].kind)
        if answers is None:
            reason = f"{pair.model} gives nothing that {scorer.metrics[0].name} can score"
        if reason is not None or answers is None or variants is None:
            changes.absent[role].append(_absent(pair, name, record, reason))
            continue
        _add(changes, answers, *_of_rewrite(answers, variants, name, role, rows.num_rows))
    if scorer.task.pairs is not None and answers is not None:
        for each in _of_pairs(answers, rows):
            _add(changes, answers, *each)


def _answers(
    pair: PairRecord, record: DataRecord, scorer: Scorer, rows: pa.Table, variants: pa.Table | None
) -> _Answers | None:
    """None where the model gives nothing that the headline can score."""
    tables = [rows] if variants is None else [rows, variants]
    stored = [row for table in tables for row in stored_rows(table)]
    inputs = [text for table in tables for text in table.column("input").to_pylist()]
    shown = [text for table in tables for text in table.column("prediction").to_pylist()]
    statistics = scorer.statistics(scorer.metrics[:1], stored, inputs).get(scorer.metrics[0].name)
    if statistics is None:
        return None
    ids = rows.column("id").to_pylist()
    return _Answers(pair, record, scorer, statistics, shown, stored, inputs, ids, cluster_codes(rows))


def _of_rewrite(
    answers: _Answers, variants: pa.Table, name: str, role: str, n: int
) -> tuple[Change, Sequence[int], Sequence[int]]:
    """A swap or a disturbance, and the places of originals and variants among the answers."""
    place = {row_id: number for number, row_id in enumerate(answers.ids)}
    table = {
        column: variants.column(column).to_pylist() for column in ("original", "name", "role", "direction", "mirrored")
    }
    mine = [row for row in range(variants.num_rows) if table["name"][row] == name and table["role"][row] == role]
    before, after = [place[table["original"][row]] for row in mine], [n + row for row in mine]

    def flipped(row: int) -> float:
        now = answers.shown[n + row]
        return float(now not in (answers.shown[place[table["original"][row]]], table["mirrored"][row]))

    placebos = {
        place[table["original"][row]]: flipped(row)
        for row in range(variants.num_rows)
        if table["name"][row] == name and table["role"][row] == PLACEBO
    }
    placebo = [placebos.get(original, np.nan) for original in before]
    clusters = None if answers.clusters is None else answers.clusters[before]
    flips = np.array([flipped(row) for row in mine])
    directions = [table["direction"][row] for row in mine]
    change = answers.change(name, role, before, after, directions, flips, np.array(placebo), clusters)
    return change, before, after


def _of_pairs(answers: _Answers, rows: pa.Table) -> Iterator[tuple[Change, Sequence[int], Sequence[int]]]:
    """Pairs in the data: of rows that share an id, the first of one group with the first of another, and so on.

    An answer may flip only where both rows have the same reference.
    """
    groups: dict[Any, dict[Any, list[int]]] = {}
    order: dict[Any, None] = {}
    for number, (shared, variant) in enumerate(
        zip(*(rows.column(c).to_pylist() for c in (PAIR, PAIR_VARIANT)), strict=True)
    ):
        if shared is not None and variant is not None:
            groups.setdefault(shared, {}).setdefault(variant, []).append(number)
            order.setdefault(variant)
    found = [
        (one, other, f"{first} → {second}", number)
        for number, members in enumerate(groups.values())
        for first, second in combinations(order, 2)
        for one, other in zip(members.get(first, []), members.get(second, []), strict=False)
    ]
    if not found:
        return
    before, after, directions, codes = (list(column) for column in zip(*found, strict=True))
    same = [answers.stored[one].references == answers.stored[other].references for one, other, *_ in found]
    flips = [
        float(answers.shown[o] != answers.shown[a]) if s else np.nan
        for o, a, s in zip(before, after, same, strict=True)
    ]
    clusters = np.array(codes) if len(set(codes)) < len(codes) else None
    clusters = clusters if answers.clusters is None else answers.clusters[before]
    nothing = np.full(len(found), np.nan)
    change = answers.change(PAIRS, COUNTERFACTUAL, before, after, directions, np.array(flips), nothing, clusters)
    yield change, before, after


def _measures(scorer: Scorer, stored: Sequence[Stored]) -> dict[str, FloatArray]:
    """What else an answer tells, a value a row: a number itself, a label's probability, a text's length and tone."""
    if scorer.kind.form == "number":
        values = [scorer.kind.predict(row.output) for row in stored]
        return {"prediction": np.array(values, dtype=np.float64)}
    if scorer.kind.form in WRITTEN:
        texts = [row.output for row in stored]
        return {
            "length": np.array([float(len(text.split())) for text in texts]),
            "sentiment": np.array([sentiment(text) for text in texts]),
        }
    labels = list(scorer.task.labels or ())
    if scorer.kind.form == "label" and labels and all(row.scores is not None for row in stored):
        label = scorer.task.positive or labels[-1]
        logs = np.array([row.scores for row in stored], dtype=np.float64)
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        return {f"probability of {label}": 100.0 * shares[:, labels.index(label)] / shares.sum(axis=1)}
    return {}


def _absence(count: int, name: str, variants: pa.Table | None, kind: str) -> str | None:
    """Why nothing is known of a rewrite, if so."""
    if not count:
        return f"{name} changes none of the rows"
    if variants is None:
        predicted = "predictions made elsewhere answer the task’s own rows alone"
        return predicted if kind == "predictions" else "not all rewritten rows were answered"
    return None


def _absent(pair: PairRecord, name: str, record: DataRecord, reason: str | None) -> ChangeRow:
    nothing = dict.fromkeys(("value", "ci_low", "ci_high"))
    about = {"model": pair.model, "task": pair.task, "name": name, "metric": FLIPS, "direction": ""}
    return ChangeRow.model_validate({**about, **nothing, "n": record.n, "changed": 0, "reason": reason})


def _add(changes: Changes, answers: _Answers, change: Change, before: Sequence[int], after: Sequence[int]) -> None:
    """Keep a change, and a few of its pairs: flipped ones first, then in order."""
    changes.found.append(change)
    order = np.argsort(np.where(np.nan_to_num(change.flipped) > 0, 0, 1), kind="stable")[:MOST_EXAMPLES]
    for number in order.tolist():
        one, other = before[number], after[number]
        changes.examples.append(
            ChangeExample(
                model=change.model,
                task=change.task,
                name=change.name,
                direction=change.directions[number],
                id=answers.ids[one],
                input=answers.inputs[one][:LONGEST],
                variant=answers.inputs[other][:LONGEST],
                output=answers.stored[one].output[:LONGEST],
                variant_output=answers.stored[other].output[:LONGEST],
                flipped=bool(change.flipped[number] > 0),
            )
        )
