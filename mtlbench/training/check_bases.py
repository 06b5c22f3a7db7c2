"""What models start from: it is there, and can learn their tasks."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.engines import Asked
from mtlbench.engines.heads.config import ANSWERS
from mtlbench.suite.declarations import HUB_ID
from mtlbench.suite.draft import Draft, RecipeDraft
from mtlbench.suite.faults import Faults, InputError
from mtlbench.tasks import TASKS
from mtlbench.training.examples import refuse
from mtlbench.training.family import Planned
from mtlbench.training.said import setting_place, task_place

HEADS = "heads"
"""The kind of encoders."""


def check_bases(draft: RecipeDraft, suite: Draft, planned: Mapping[str, Planned], faults: Faults) -> None:
    """Every base is there and can learn the tasks of its models."""
    kinds: dict[str, str | None] = {}
    for model in planned.values():
        key = model.backbone.model_dump_json()
        if key not in kinds:
            kinds[key] = _kind(draft, model, faults)
        kind = kinds[key]
        if kind is not None:
            _check_kind(draft, model, kind, faults)
            _check_heads(draft, suite, model, kind, faults)


def _kind(draft: RecipeDraft, model: Planned, faults: Faults) -> str | None:
    """The kind of network that a model starts from; None, and a fault, where there is none."""
    from mtlbench.training.backbones import start_of

    backbone = model.backbone
    tokenizer, source = backbone.tokenizer, "config" if backbone.checkpoint is None else "checkpoint"
    if isinstance(tokenizer, str) and not ((draft.folder / tokenizer).is_dir() or HUB_ID.fullmatch(tokenizer)):
        faults.add(f"there is no folder {tokenizer}", setting_place(draft, model, "backbone", "tokenizer"))
    try:
        return start_of(backbone, draft.folder).kind.name
    except InputError as error:
        for fault in error.faults:
            faults.add(fault.message, setting_place(draft, model, "backbone", source), fault.hint)
        return None


def _check_kind(draft: RecipeDraft, model: Planned, kind: str, faults: Faults) -> None:
    if kind != HEADS and model.heads:
        faults.add(
            f"`heads` are of encoders, and the backbone is of kind {kind}",
            draft.place("models", model.family, "heads", key=True),
            "leave the key out",
        )
    frozen = [part for stage in model.stages for part in stage.settings.freeze or ()]
    if kind != HEADS and any(part.startswith("head:") for part in frozen):
        faults.add(f"a model of kind {kind} has no heads to freeze", setting_place(draft, model, "freeze"))
    if kind == HEADS and model.adapter is not None and model.adapter.type in ("prefix", "prompt"):
        faults.add(
            f"a {model.adapter.type} adapter is for models that generate text, not for encoders with heads",
            draft.place("models", model.family, "adapter", "type"),
            "use lora or ia3",
        )


def _check_heads(draft: RecipeDraft, suite: Draft, model: Planned, kind: str, faults: Faults) -> None:
    """Each task can be learned, and those of one stage, where its Fisher information is taken, by heads of one type."""
    asked = {
        task: Asked.of(task, suite.tasks[task], TASKS.get(suite.tasks[task].kind))
        for task in model.tasks
        if task in suite.tasks and suite.tasks[task].kind in TASKS.names()
    }
    for task, each in asked.items():
        refusal = refuse(each, kind)
        if refusal is not None:
            hint = "name with `tasks:` those that it can learn, or give the model another `backbone:`"
            faults.add(refusal, task_place(draft, model, task), hint)
    if model.ewc is None or kind != HEADS:
        return
    for number, stage in enumerate(model.stages):
        types = {
            task: ANSWERS[asked[task].form] for task in stage.tasks if task in asked and asked[task].form in ANSWERS
        }
        if len(set(types.values())) > 1:
            told = ", ".join(f"{task} ({type_})" for task, type_ in types.items())
            faults.add(
                f"`ewc` weighs the tasks of a stage by one Fisher information, and these have unlike heads: {told}",
                draft.place("models", model.family, "stages", number, "tasks"),
                "give tasks of each type of head a stage of their own",
            )
