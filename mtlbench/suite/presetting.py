"""`preset:` on a task: the keys of a task known by name, laid under the task's own.

Presets are YAML files beside this one, `presets/<family>.yaml`: each a mapping of names to keys of a task.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from mtlbench.suite.faults import Faults, KeyPath, Place
from mtlbench.suite.tree import Entry, Mapping, Scalar, Sequence, Tree, find, merged, replaced, without
from mtlbench.suite.wording import did_you_mean
from mtlbench.suite.yaml_source import read_yaml

FOLDER = Path(__file__).parent / "presets"


@cache
def presets() -> dict[str, Mapping]:
    """All presets, by `family/name`."""
    found: dict[str, Mapping] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        faults = Faults()
        family = read_yaml(path, faults)
        faults.raise_any()
        for name, entry in family.entries.items() if family is not None else ():
            assert isinstance(entry.value, Mapping)
            found[f"{path.stem}/{name}"] = entry.value
    return found


def with_presets(suite: Mapping, faults: Faults) -> tuple[Mapping, list[KeyPath]]:
    """The suite with every task laid over the preset it names, and the tasks whose presets are none.

    What a preset says stands where it is named. The key itself goes, so that the suite kept with a run means the same
    whatever becomes of the preset.
    """
    tasks, unknown = find(suite, ("tasks",)), list[KeyPath]()
    laid: Tree = suite
    for name, entry in tasks.entries.items() if isinstance(tasks, Mapping) else ():
        named = find(entry.value, ("preset",)) if isinstance(entry.value, Mapping) else None
        if named is None:
            continue
        preset = _find_preset(named, faults)
        if preset is None:
            unknown.append(("tasks", name))
        else:
            laid = replaced(laid, ("tasks", name), _laid_over(_placed(preset, named.place), entry.value))
    assert isinstance(laid, Mapping)
    return laid, unknown


def _find_preset(named: Tree, faults: Faults) -> Mapping | None:
    known, hint = presets(), f"presets are {', '.join(presets())}"
    name = named.value if isinstance(named, Scalar) else None
    if not isinstance(name, str):
        faults.add("`preset` must be the name of a preset", named.place, hint)
    elif name not in known:
        faults.add(f"there is no preset “{name}”{did_you_mean(name, list(known))}", named.place, hint)
    else:
        return known[name]
    return None


def _laid_over(preset: Tree, task: Tree) -> Tree:
    if (
        find(task, ("labels",)) is not None
    ):  # a task's own label words stand in the place of the preset's, not among them
        preset = without(preset, ("labels",))
    return merged(preset, without(task, ("preset",)))


def _placed(tree: Tree, place: Place) -> Tree:
    """The tree as if all of it were written at `place`."""
    match tree:
        case Mapping(entries):
            return Mapping({key: Entry(place, _placed(entry.value, place)) for key, entry in entries.items()}, place)
        case Sequence(items):
            return Sequence(tuple(_placed(item, place) for item in items), place)
        case Scalar():
            return replace(tree, place=place, raw="")
