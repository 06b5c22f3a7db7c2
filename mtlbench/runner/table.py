"""A pair's predictions as a table: all that scoring needs, and all that a reader wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtlbench.data import Dataset
from mtlbench.engines import Output
from mtlbench.runner.plan import PlannedTask
from mtlbench.runner.variants import variant_columns
from mtlbench.suite.groups import group_columns
from mtlbench.tasks import TaskKind
from mtlbench.tasks.base import Stored, as_text
from mtlbench.tasks.question import Question
from mtlbench.tasks.rows import read_each

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = "group."
"""Prefix of the columns that hold what rows are grouped by, and the controls."""

SLICE = "slice."
"""Prefix of the columns that hold values by which errors are told apart."""

CLUSTER = "cluster"
"""The column that holds what a row comes from, in a task that declares it; null for a row that stands alone."""

PAIR, PAIR_VARIANT = "pair", "pair_variant"
"""Columns of data that hold pairs: what the rows of one share, and the group that each is for."""


def predictions_table(
    task: PlannedTask, rows: range, questions: Sequence[Question], outputs: Sequence[Output]
) -> pa.Table:
    """A table of some of the task's rows: the columns of any answers, and the groups, slices, cluster and pair of each."""
    import pyarrow as pa

    dataset = task.dataset.take(rows)
    references = read_each(task.name, dataset, task.kind.references)
    columns = _answers(task.kind, dataset.ids, references, questions, outputs)
    for prefix, named in ((GROUP, group_columns(task.task)), (SLICE, task.task.slices)):
        columns |= {prefix + column: _texts(dataset, column) for column in named}
    if task.task.cluster is not None:
        columns[CLUSTER] = _texts(dataset, task.task.cluster)
    if task.task.pairs is not None:
        columns[PAIR] = _texts(dataset, task.task.pairs.id)
        columns[PAIR_VARIANT] = _texts(dataset, task.task.pairs.variant)
    return pa.table(columns)


def variants_table(
    task: PlannedTask, places: range, questions: Sequence[Question], outputs: Sequence[Output], originals: Sequence[str]
) -> pa.Table:
    """A table of some of the task's variants; `originals` are the texts that their rows were answered with."""
    import pyarrow as pa

    variants = task.variants[places.start : places.stop]
    ids = [f"{number}" for number in places]
    columns = _answers(task.kind, ids, [variant.references for variant in variants], questions, outputs)
    return pa.table(columns | variant_columns(variants, task.dataset.ids, originals, task.kind.form))


def _answers(
    kind: TaskKind,
    ids: Sequence[str],
    references: Sequence[list[str]],
    questions: Sequence[Question],
    outputs: Sequence[Output],
) -> dict[str, pa.Array]:
    """id, input, reference, prediction (null where invalid), raw output, choices and words (null where there are none),
    their scores and the tokens these are sums of (null where the model gives none), token counts and seconds.
    """
    import pyarrow as pa

    texts, numbers = pa.list_(pa.string()), pa.list_(pa.float64())
    rows = [_stored(*row) for row in zip(references, questions, outputs, strict=True)]
    return {
        "id": pa.array(ids, pa.string()),
        "input": pa.array([question.text for question in questions], pa.string()),
        "reference": pa.array(references, texts),
        "prediction": pa.array([kind.show(row) for row in rows], pa.string()),
        "output": pa.array([output.text for output in outputs], pa.string()),
        "choices": pa.array([question.choices or None for question in questions], texts),
        "words": pa.array([question.words or None for question in questions], texts),
        "scores": pa.array([output.scores for output in outputs], numbers),
        "score_tokens": pa.array([output.score_tokens for output in outputs], pa.list_(pa.int32())),
        "input_tokens": pa.array([output.input_tokens for output in outputs], pa.int32()),
        "output_tokens": pa.array([output.output_tokens for output in outputs], pa.int32()),
        "seconds": pa.array([output.seconds for output in outputs], pa.float64()),
        "truncated": pa.array([output.truncated for output in outputs], pa.bool_()),
        "limited": pa.array([output.limited for output in outputs], pa.bool_()),
    }


def _stored(references: list[str], question: Question, output: Output) -> Stored:
    scores, tokens = output.scores, output.score_tokens
    return Stored(references, output.text, scores, tokens, question.choices, question.words)


def stored_rows(table: pa.Table) -> list[Stored]:
    """The rows of a predictions table, as task kinds read them."""
    names = ("reference", "output", "scores", "score_tokens", "choices", "words")
    columns = (table.column(name).to_pylist() for name in names)
    return [
        Stored(references, output, scores, tokens, choices or (), words or ())
        for references, output, scores, tokens, choices, words in zip(*columns, strict=True)
    ]


def _texts(dataset: Dataset, column: str) -> pa.Array:
    """A column of the data as text."""
    import pyarrow as pa

    return pa.array([None if value is None else as_text(value) for value in dataset.values(column)], pa.string())
