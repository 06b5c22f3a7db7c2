"""What a checkpoint's `config.json` tells of its heads, and whether one of them can answer a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mtlbench.engines.base import Asked, Refusal
from mtlbench.metrics.chunks import LENIENT, OUTSIDE, parse
from mtlbench.suite.declarations import Model
from mtlbench.tasks.base import Form

MULTITASK = "multitask_encoder"

ANSWERS: Mapping[Form, str] = {
    "label": "classification",
    "labels": "multilabel",
    "number": "regression",
    "tags": "tagging",
    "spans": "tagging",
    "arcs": "parsing",
    "extract": "span",
    "choice": "multiple_choice",
}
"""What is asked for → the type of head that answers."""

LABELLED = frozenset({"classification", "multilabel", "tagging", "parsing"})
"""Types whose outputs stand for labels."""

ARCHITECTURES = {
    "ForTokenClassification": "tagging",
    "ForQuestionAnswering": "span",
    "ForMultipleChoice": "multiple_choice",
}
"""transformers' heads other than those for whole sequences, whose type is the problem's."""

PROBLEMS = {
    "regression": "regression",
    "multi_label_classification": "multilabel",
    "single_label_classification": "classification",
}

SEQUENCE = "ForSequenceClassification"


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """A head's `type` as in `mtlbench.encoders.HEADS`, and its labels in the order of its outputs.

    `null_answer`: where it finds no answer it points at the first token, for which it was trained.
    """

    type: str
    labels: tuple[str, ...] = ()
    null_answer: bool = False


def has_heads(config: Mapping[str, Any]) -> bool:
    """Whether the checkpoint answers with a head, of ours or of transformers."""
    return config.get("model_type") == MULTITASK or _architecture(config).endswith((SEQUENCE, *ARCHITECTURES))


def head_of(config: Mapping[str, Any], task: str) -> HeadSpec | None:
    """The head that answers the task; None where the checkpoint has none."""
    if config.get("model_type") == MULTITASK:
        return _multitask_heads(config).get(task)
    architecture, labels = _architecture(config), _labels(config)
    if architecture.endswith(SEQUENCE):
        problem = config.get("problem_type") or ("regression" if len(labels) == 1 else "single_label_classification")
        return HeadSpec(PROBLEMS.get(problem, str(problem)), labels)
    for ending, type_ in ARCHITECTURES.items():
        if architecture.endswith(ending):
            return HeadSpec(type_, labels, bool(config.get("null_answer")))
    return None


def fitted(model: Model, config: Mapping[str, Any], asked: Asked) -> HeadSpec | Refusal:
    """The head that answers a task, its labels spelled as the task spells them; or why there is none."""
    source = model.checkpoint or ""
    head = head_of(config, asked.task)
    if head is None:
        return _no_head(source, config, asked)
    if ANSWERS.get(asked.form) != head.type:
        message = (
            f"the head of {source} for the task {asked.task} is for {head.type}, and cannot answer with {asked.form}"
        )
        return Refusal(message, _LIMIT)
    if head.type not in LABELLED:
        return head
    own = (model.head_labels or {}).get(asked.task)
    if own is not None and len(own) != len(head.labels):
        message = f"`head_labels` names {len(own)} labels for {asked.task}, its head in {source} has {len(head.labels)}"
        return Refusal(message, f"they are {_list(head.labels)}")
    return _spelled(replace(head, labels=head.labels if own is None else tuple(own)), source, asked)


def _spelled(head: HeadSpec, source: str, asked: Asked) -> HeadSpec | Refusal:
    spell = spell_tags if asked.form == "spans" else spell_labels
    labels = spell(head.labels, asked.labels)
    if labels is not None and (asked.labels or not _is_generic(labels)):
        return replace(head, labels=tuple(labels))
    wanted = f"the task has {_list(asked.labels)}" if asked.labels else "which name nothing"
    message = f"the head of {source} for the task {asked.task} has the labels {_list(head.labels)}; {wanted}"
    return Refusal(message, f"say what its labels are, in its order: `head_labels: {{{asked.task}: […]}}`")


def spell_labels(given: Sequence[str], wanted: Sequence[str]) -> list[str] | None:
    """Labels of a head as a task spells them, in the head's order; None unless both have the same, case aside."""
    if not wanted:
        return list(given)
    spelled = {label.casefold(): label for label in wanted}
    if len(spelled) < len(wanted):  # case tells labels apart
        spelled = {label: label for label in wanted}
    found = [spelled.get(label) or spelled.get(label.casefold(), "") for label in given]
    return found if sorted(found) == sorted(wanted) else None


def spell_tags(given: Sequence[str], wanted: Sequence[str]) -> list[str] | None:
    """The same for tags that mark spans (O, B-PER, I-PER), of spans' labels (PER); None for tags that mark none."""
    tags = [parse(tag, LENIENT) for tag in given]
    types = sorted({tag.type for tag in tags if tag is not None and tag.prefix != OUTSIDE})
    spelled = dict(zip(types, spell_labels(types, wanted) or (), strict=False))
    if None in tags or len(spelled) < len(types):
        return None
    return [f"{tag.prefix}-{spelled[tag.type]}" if tag.type in spelled else OUTSIDE for tag in tags if tag is not None]


def _no_head(source: str, config: Mapping[str, Any], asked: Asked) -> Refusal:
    if config.get("model_type") == MULTITASK:
        there = f"its heads are for {_list(list(_multitask_heads(config)))}"
    else:
        there = f"it is a {_architecture(config) or config.get('model_type', 'model')} without one"
    return Refusal(f"{source} has no head for the task {asked.task}: {there}", _LIMIT)


_LIMIT = "name with `tasks:` those that the model is to answer, or give it another checkpoint"


def _multitask_heads(config: Mapping[str, Any]) -> dict[str, HeadSpec]:
    return {
        str(head.get("task")): HeadSpec(
            str(head.get("type")), tuple(map(str, head.get("labels") or ())), bool(head.get("null_answer"))
        )
        for head in config.get("heads") or ()
        if isinstance(head, Mapping)
    }


def _architecture(config: Mapping[str, Any]) -> str:
    named = config.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def _labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """By number; transformers leaves two unnamed labels out of `config.json`."""
    named = config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    return tuple(str(named[number]) for number in sorted((key for key in named if key.isdigit()), key=int))


def _is_generic(labels: Sequence[str]) -> bool:
    return all(label.startswith("LABEL_") for label in labels)


def _list(labels: Sequence[str]) -> str:
    return ", ".join(labels) or "none"
