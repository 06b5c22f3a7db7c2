"""What a multi-task encoder's `config.json` says: the encoder's own configuration, and its heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from transformers import PreTrainedConfig

MODEL_TYPE = "multitask_encoder"

HeadType = Literal["classification", "multilabel", "regression", "tagging", "span", "parsing", "multiple_choice"]
Pooling = Literal["first", "mean", "max"]


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """One task's head. `labels` stand in the order of its outputs; numbers, spans and choices have none.

    `hidden` gives the sizes of the layers between encoder and output, a list or one size; 0 or none is a linear head.
    `null_answer`, of a span head, says that it was trained to point at the first token where there is no answer.
    """

    task: str
    type: HeadType
    labels: tuple[str, ...] = ()
    pooling: Pooling = "first"
    dropout: float = 0.1
    hidden: tuple[int, ...] = ()
    null_answer: bool = False

    def __post_init__(self) -> None:
        hidden = (self.hidden,) if isinstance(self.hidden, int) else self.hidden
        object.__setattr__(self, "hidden", tuple(size for size in hidden if size))
        object.__setattr__(self, "labels", tuple(self.labels))
        for noun, value, known in (
            ("type of head", self.type, get_args(HeadType)),
            ("pooling", self.pooling, get_args(Pooling)),
        ):
            if value not in known:
                raise ValueError(f"there is no {noun} “{value}” (of {self.task}): known are {', '.join(known)}")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError(f"the head of {self.task} has a label twice: {', '.join(self.labels)}")


class MultitaskConfig(PreTrainedConfig):  # type: ignore[misc]
    """`backbone` is the encoder's configuration as a dict with its `model_type`; `heads` are `HeadConfig`s as dicts."""

    model_type = MODEL_TYPE

    def __init__(
        self,
        backbone: Mapping[str, Any] | None = None,
        heads: Iterable[HeadConfig | Mapping[str, Any]] = (),
        **others: Any,
    ) -> None:
        self.backbone = dict(backbone or {})
        made = [head if isinstance(head, HeadConfig) else HeadConfig(**head) for head in heads]
        tasks = [head.task for head in made]
        if len(set(tasks)) < len(tasks):
            raise ValueError(f"a task has two heads: {', '.join(tasks)}")
        self.heads = [_as_json(head) for head in made]
        super().__init__(**others)

    @property
    def head_configs(self) -> list[HeadConfig]:
        return [HeadConfig(**head) for head in self.heads]


def _as_json(head: HeadConfig) -> dict[str, Any]:
    return {**asdict(head), "labels": list(head.labels), "hidden": list(head.hidden)}
