"""What differs between two runs, apart from their models: data first, then all else that bears on the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

from mtlbench.results.comparison import About, DifferenceRow
from mtlbench.results.manifest import DataRecord
from mtlbench.scoring.sides import Side
from mtlbench.tasks.base import KIND_KEYS

_ASKING = {"kind", "input", "segments", "reference", "max_input_tokens", "source_lang", "target_lang", *KIND_KEYS}
"""Keys of a task that bear on what models are asked and how outputs are read."""

_Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Unlike:
    about: About
    what: str
    where: str
    baseline: str | None
    other: str | None


def differences(
    baseline: Side, other: Side, models: Sequence[tuple[str, str]], tasks: Sequence[str]
) -> list[DifferenceRow]:
    """Of two runs and their compared models; the same difference in several places is told once."""
    found = [
        *_data(baseline, other, tasks),
        *_metrics(baseline, other, tasks),
        *_of_models(baseline, other, models, tasks),
        *_unlike("versions", "", _versions(baseline), _versions(other)),
        *_unlike("hardware", "", _machine(baseline), _machine(other)),
        *_unlike("statistics", "", _statistics(baseline), _statistics(other)),
    ]
    if baseline.folder.path.resolve() == other.folder.path.resolve():
        found = list(_of_models(baseline, other, models, tasks))
    places: dict[_Unlike, list[str]] = {}
    for each in sorted(found, key=lambda each: get_args(About).index(each.about)):
        key = _Unlike(each.about, each.what, "", each.baseline, each.other)
        places.setdefault(key, []).extend([each.where] if each.where else [])
    return [
        DifferenceRow(
            about=key.about,
            what=key.what,
            where=list(dict.fromkeys(where)),
            letter=other.letter,
            baseline=key.baseline,
            other=key.other,
        )
        for key, where in places.items()
    ]


def _unlike(about: About, where: str, mine: _Values, theirs: _Values) -> Iterator[_Unlike]:
    """The keys whose values are not the same."""
    for key in dict.fromkeys([*mine, *theirs]):
        values = mine.get(key), theirs.get(key)
        if values[0] != values[1]:
            yield _Unlike(about, key, where, *(None if value is None else str(value) for value in values))


def _data(baseline: Side, other: Side, tasks: Sequence[str]) -> Iterator[_Unlike]:
    for task in tasks:
        mine, theirs = baseline.manifest.tasks.get(task), other.manifest.tasks.get(task)
        if mine is None or theirs is None or mine.fingerprint != theirs.fingerprint:
            yield _Unlike("data", "rows", task, _told(mine), _told(theirs))


def _told(data: DataRecord | None) -> str | None:
    return None if data is None else f"{data.source}, {data.n} rows, {data.fingerprint[:8]}"


def _metrics(baseline: Side, other: Side, tasks: Sequence[str]) -> Iterator[_Unlike]:
    for task in tasks:
        if task in baseline.manifest.tasks and task in other.manifest.tasks:
            mine, theirs = baseline.scorers[task].metrics[0], other.scorers[task].metrics[0]
            yield from _unlike("metrics", task, {"headline": mine.signature}, {"headline": theirs.signature})
            keys = [side.suite.tasks[task].model_dump(mode="json", include=_ASKING) for side in (baseline, other)]
            yield from _unlike("tasks", task, *keys)


def _of_models(
    baseline: Side, other: Side, models: Sequence[tuple[str, str]], tasks: Sequence[str]
) -> Iterator[_Unlike]:
    for (mine, theirs), task in product(models, tasks):
        one, two = baseline.pair(mine, task), other.pair(theirs, task)
        if one is not None and two is not None:
            yield from _unlike("generation", task, one.generation, two.generation)
    for mine, theirs in models:
        where = mine if mine == theirs else ""
        yield from _unlike("hardware", where, _placed(baseline, mine), _placed(other, theirs))
        yield from _unlike("tasks", where, _shown(baseline, mine), _shown(other, theirs))


def _placed(side: Side, model: str) -> _Values:
    record = side.manifest.models[model]
    return {"device": record.device, "dtype": record.dtype}


def _shown(side: Side, model: str) -> _Values:
    declared = side.suite.models[model]
    return {"shots": declared.shots, "chat_template": declared.chat_template}


def _versions(side: Side) -> _Values:
    return {"mtlbench": side.manifest.version, **side.manifest.versions}


def _machine(side: Side) -> _Values:
    hardware = side.manifest.hardware
    return {"processor": hardware.processor, "accelerators": ", ".join(hardware.accelerators) or None}


def _statistics(side: Side) -> _Values:
    """A's hold for the comparison; they are told since each run's own numbers rest on its own."""
    kept = ("seed", "confidence", "resamples", "permutations", "correction", "weights", "normalize")
    return side.results.suite.model_dump(include=set(kept)) | {"limit": side.manifest.limit}
