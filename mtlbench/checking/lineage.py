"""What models and tasks say of each other: seeds, fractions and sequences of one training, counterparts of a task."""

from __future__ import annotations

from mtlbench.suite.declarations import Model
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, KeyPath
from mtlbench.suite.wording import did_you_mean

OF = {"seed_of": "a seed", "fraction_of": "a fraction"}
"""Keys of a model that name the model whose training it varies, and what it then is."""


def check_lineage(draft: Draft, name: str, model: Model, faults: Faults) -> None:
    """`seed_of` and `fraction_of` name another model, which is itself no seed or fraction of a third."""
    for key, noun in OF.items():
        first = getattr(model, key)
        if first is None or not _is_known(draft, "model", ("models", name, key), first, faults, but=name):
            continue
        place = draft.place("models", name, key)
        if first == name:
            faults.add(f"model `{name}` cannot be {noun} of itself", place, "leave the key out")
        elif first in draft.models and (other := getattr(draft.models[first], key)) is not None:
            faults.add(f"model `{first}` is itself {noun} of another", place, f"write `{key}: {other}`")


def check_sequences(draft: Draft, faults: Faults) -> None:
    """Sequences name models and tasks of the suite, each model once."""
    for name, sequence in draft.sequences.items():
        path: KeyPath = ("sequences", name)
        for key in ("start", "joint"):
            model = getattr(sequence, key)
            if model is not None:
                _is_known(draft, "model", (*path, key), model, faults)
        seen: set[str] = set()
        for number, stage in enumerate(sequence.stages):
            place = (*path, "stages", number, "model")
            known = _is_known(draft, "model", place, stage.model, faults)
            if known and stage.model in seen:
                faults.add(f"model `{stage.model}` stands for two stages", draft.place(*place), "name one for each")
            seen.add(stage.model)
            for position, task in enumerate(stage.tasks):
                _is_known(draft, "task", (*path, "stages", number, "tasks", position), task, faults)


def check_counterpart(draft: Draft, name: str, faults: Faults) -> None:
    """A task's counterpart is another task, scored by the same headline where both are known."""
    task = draft.tasks[name]
    if task.counterpart is None:
        return
    path: KeyPath = ("tasks", name, "counterpart")
    if task.counterpart == name:
        faults.add(f"task `{name}` cannot be its own counterpart", draft.place(*path), "leave the key out")
    elif _is_known(draft, "task", path, task.counterpart, faults, but=name) and task.counterpart in draft.tasks:
        other = draft.tasks[task.counterpart]
        if (other.kind, other.metrics and other.metrics[0]) != (task.kind, task.metrics and task.metrics[0]):
            message = f"`{name}` and `{task.counterpart}` have no headline in common, so there is no gap to tell"
            faults.add(message, draft.place(*path), "give both the same kind and the same first metric")


def _is_known(draft: Draft, noun: str, path: KeyPath, name: str, faults: Faults, but: str | None = None) -> bool:
    known = draft.names(f"{noun}s")
    if name in known:
        return True
    others = [other for other in known if other != but]
    message = f"the suite has no {noun} “{name}”{did_you_mean(name, others)}"
    faults.add(message, draft.place(*path), f"its {noun}s are {', '.join(others)}")
    return False
