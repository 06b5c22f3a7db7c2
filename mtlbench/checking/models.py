"""One model: its kind and engine, the tasks it is to run on, and the files it is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mtlbench.checking.checkpoints import check_checkpoint
from mtlbench.checking.predictions import check_predictions
from mtlbench.data import Dataset
from mtlbench.engines import ENGINES, find_engine, model_kinds
from mtlbench.registry import UnknownName
from mtlbench.suite.declarations import Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.suite.wording import did_you_mean

AUTO = "auto"


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
    _check_seed(draft, name, model, faults)
    tasks = _check_tasks(draft, name, model, faults)
    if model.predictions is not None:
        wanted = [task for task in tasks if chosen is None or task in chosen]
        check_predictions(draft, name, model.predictions, wanted, datasets, faults)
    elif sound:
        check_checkpoint(draft, name, model, faults)


def _check_kind(draft: Draft, name: str, model: Model, faults: Faults) -> bool:
    """Whether kind and engine are known and go together."""
    kinds, engines = [AUTO, *model_kinds()], [AUTO, *ENGINES.names()]
    for key, noun, value, known in (
        ("kind", "model kind", model.kind, kinds),
        ("engine", "engine", model.engine, engines),
    ):
        if value not in known:
            message = f"there is no {noun} “{value}”{did_you_mean(value, known)}"
            faults.add(message, draft.place("models", name, key), f"{noun}s are {', '.join(known)}")
    if model.kind not in kinds or model.engine not in engines:
        return False
    if AUTO not in (model.kind, model.engine):
        try:
            find_engine(model.engine, model.kind)
        except (ValueError, UnknownName) as error:
            faults.add(str(error), draft.place("models", name, "engine"))
            return False
    return True


def _check_trust(draft: Draft, name: str, model: Model, allowed: bool, faults: Faults) -> None:
    if model.trust_remote_code and not allowed:
        faults.add(
            f"model `{name}` would run code that comes with its checkpoint",
            draft.place("models", name, "trust_remote_code"),
            "read that code, then run with --trust-remote-code; or leave the key out",
        )


def _check_seed(draft: Draft, name: str, model: Model, faults: Faults) -> None:
    """`seed_of` names another model, which is no seed of a third."""
    if model.seed_of is None:
        return
    place, known = draft.place("models", name, "seed_of"), draft.names("models")
    if model.seed_of not in known:
        others = [other for other in known if other != name]
        faults.add(f"the suite has no model “{model.seed_of}”{did_you_mean(model.seed_of, others)}", place)
    elif model.seed_of == name:
        faults.add(f"model `{name}` cannot be a seed of itself", place, "leave the key out")
    elif model.seed_of in draft.models and (first := draft.models[model.seed_of].seed_of) is not None:
        faults.add(f"model `{model.seed_of}` is itself a seed of another", place, f"write `seed_of: {first}`")


def _check_tasks(draft: Draft, name: str, model: Model, faults: Faults) -> list[str]:
    """The tasks it is to run on. Those it was trained on need not be the suite's."""
    known = draft.names("tasks")
    for number, task in enumerate(model.tasks or ()):
        if task not in known:
            message = f"the suite has no task “{task}”{did_you_mean(task, known)}"
            faults.add(message, draft.place("models", name, "tasks", number), f"its tasks are {', '.join(known)}")
    return known if model.tasks is None else [task for task in model.tasks if task in known]
