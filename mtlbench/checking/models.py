"""One model: its kind and engine, the tasks it is to run on, and the files it is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mtlbench.checking.adapters import check_adapter
from mtlbench.checking.by_task import check_by_task
from mtlbench.checking.checkpoints import Found, check_checkpoint
from mtlbench.checking.lineage import check_lineage
from mtlbench.checking.predictions import check_predictions
from mtlbench.data import Dataset
from mtlbench.engines import AUTO, Asked, Engine, engine_names, find_engine, model_kinds, unknown_key, unknown_keys
from mtlbench.engines.checkpoint import own_code
from mtlbench.engines.predictions import Predictions
from mtlbench.plugins import is_user_class
from mtlbench.registry import UnknownName
from mtlbench.suite.declarations import Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks import TASKS


def check_model(
    draft: Draft,
    name: str,
    chosen: Collection[str] | None,
    datasets: Mapping[str, Dataset],
    trust_remote_code: bool,
    faults: Faults,
) -> None:
    """Note the model's faults; of its tasks, only the chosen ones count."""
    model = draft.models[name]
    sound = _check_kind(draft, name, model, faults)
    _check_trust(draft, name, model, trust_remote_code, faults)
    check_lineage(draft, name, model, faults)
    check_by_task(draft, name, model, datasets, faults)
    tasks = _check_tasks(draft, name, model, faults)
    if model.predictions is not None:
        wanted = [task for task in tasks if chosen is None or task in chosen]
        _check_keys(draft, name, model, Predictions, faults)
        check_predictions(draft, name, model.predictions, wanted, datasets, faults)
    elif sound:
        known = {task: draft.tasks[task] for task in tasks if task in draft.tasks}
        asked = [
            Asked.of(task, declared, TASKS.get(declared.kind))
            for task, declared in known.items()
            if declared.kind in TASKS.names()
        ]
        for keys, part in model.parts.items():
            own = [each for each in asked if part.tasks is None or each.task in part.tasks]
            _check_part(draft, name, keys, part, own, faults)


def _check_part(
    draft: Draft, name: str, keys: tuple[str, ...], model: Model, asked: list[Asked], faults: Faults
) -> None:
    """Note what is wrong with the checkpoint that stands under these keys."""
    found = check_checkpoint(draft, name, keys, model, faults)
    if model.adapter is not None:
        check_adapter(draft, name, model, found, asked, faults)
    if found is not None and model.kind in (AUTO, found.kind):
        _check_answers(draft, name, keys, model, found, asked, faults)


def _check_answers(
    draft: Draft, name: str, keys: tuple[str, ...], model: Model, found: Found, asked: list[Asked], faults: Faults
) -> None:
    """Note code that would be run, tasks that the checkpoint cannot answer, and keys that its engine does not know."""
    refusal = None if model.trust_remote_code else own_code(model.checkpoint or "", found.config)
    if refusal is not None:
        faults.add(refusal.message, draft.place("models", name, *keys), refusal.hint)
    engine = find_engine(model.engine, found.kind, draft.folder)
    _check_keys(draft, name, model, engine, faults)
    for each in asked:
        refusal = engine.refuses(model, found.config, each)
        if refusal is not None:
            faults.add(refusal.message, draft.place("models", name, *keys), refusal.hint)


def _check_keys(draft: Draft, name: str, model: Model, engine: type[Engine], faults: Faults) -> None:
    for key in unknown_keys(engine, model):
        faults.add(unknown_key(engine, key), draft.place("models", name, key, key=True), "leave the key out")


def _check_kind(draft: Draft, name: str, model: Model, faults: Faults) -> bool:
    """Whether kind and engine are known and go together. A file's class has kinds of its own."""
    if not is_user_class(model.engine) and not _are_known(draft, name, model, faults):
        return False
    if AUTO not in (model.kind, model.engine) or is_user_class(model.engine):
        try:
            find_engine(model.engine, model.kind, draft.folder)
        except (ValueError, UnknownName) as error:
            faults.add(str(error), draft.place("models", name, "engine"))
            return False
    return True


def _are_known(draft: Draft, name: str, model: Model, faults: Faults) -> bool:
    kinds, engines = [AUTO, *model_kinds()], [AUTO, *engine_names()]
    for key, noun, value, known in (
        ("kind", "model kind", model.kind, kinds),
        ("engine", "engine", model.engine, engines),
    ):
        if value not in known:
            message = f"there is no {noun} “{value}”{did_you_mean(value, known)}"
            faults.add(message, draft.place("models", name, key), f"{noun}s are {', '.join(known)}")
    return model.kind in kinds and model.engine in engines


def _check_trust(draft: Draft, name: str, model: Model, allowed: bool, faults: Faults) -> None:
    if model.trust_remote_code and not allowed:
        faults.add(
            f"model `{name}` would run code that comes with its checkpoint",
            draft.place("models", name, "trust_remote_code"),
            "read that code, then run with --trust-remote-code; or leave the key out",
        )


def _check_tasks(draft: Draft, name: str, model: Model, faults: Faults) -> list[str]:
    """The tasks it is to run on. Those it was trained on need not be the suite's."""
    known = draft.names("tasks")
    for number, task in enumerate(model.tasks or ()):
        if task not in known:
            message = f"the suite has no task “{task}”{did_you_mean(task, known)}"
            faults.add(message, draft.place("models", name, "tasks", number), f"its tasks are {', '.join(known)}")
    return known if model.limited_to is None else [task for task in model.limited_to if task in known]
