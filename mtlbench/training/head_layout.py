"""Which head each task of an encoder gets: its type by what is asked for, its labels the task's, else those of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mtlbench.engines.heads.config import ANSWERS, LABELLED
from mtlbench.metrics.chunks import OUTSIDE
from mtlbench.runner.plan import PlannedTask
from mtlbench.suite.recipe import Head


def head_config(rows: PlannedTask, shape: Head) -> Any:
    """A task's `HeadConfig`."""
    from mtlbench.encoders import HeadConfig

    form = rows.asked.form
    type_: Any = ANSWERS[form]
    labels = _LABELS.get(form, _declared)(rows) if type_ in LABELLED else ()
    null = form == "extract" and any(not references[0] for references in rows.references)
    return HeadConfig(
        rows.name, type_, tuple(labels), shape.pooling, shape.dropout, tuple(shape.hidden), null_answer=null
    )


def _declared(rows: PlannedTask) -> Sequence[str]:
    return rows.asked.labels


def _tags(rows: PlannedTask) -> Sequence[str]:
    return rows.asked.labels or sorted({tag for (text,) in rows.references for tag in text.split()})


def _spans(rows: PlannedTask) -> Sequence[str]:
    """O, and for each label of a span the tag that begins one and the tag that goes on."""
    found = {label for references in rows.references for _, _, label in rows.kind.target(references)}
    return [OUTSIDE, *(f"{mark}-{label}" for label in rows.asked.labels or sorted(found) for mark in "BI")]


def _relations(rows: PlannedTask) -> Sequence[str]:
    found = {relation for references in rows.references for _, relation in rows.kind.target(references)}
    return rows.asked.labels or sorted(found)


_LABELS: Mapping[str, Callable[[PlannedTask], Sequence[str]]] = {"tags": _tags, "spans": _spans, "arcs": _relations}
"""What is asked for → the names of a head's outputs, where rows tell them if the task does not."""
