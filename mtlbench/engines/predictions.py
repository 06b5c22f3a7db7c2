"""Outputs made elsewhere: a folder of `<task>.jsonl` (`id`, `prediction`) or `<task>.txt` (one a row, in order)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from mtlbench.engines.base import Engine, Identity, Options, Output, Request
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import Fault, Faults, InputError, Place

SHOWN = 5
"""Ids named in a message."""


class Predictions(Engine):
    names = ("predictions",)
    engine = "predictions"
    kinds = ("predictions",)
    cached = False

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        folder = base / (model.predictions or "")
        digest = hashlib.sha256()
        for file in sorted((*folder.glob("*.jsonl"), *folder.glob("*.txt"))):
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        return Identity("predictions", cls.engine, model.predictions or "", digest.hexdigest(), folder)

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        return cls(identity.folder)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def check(cls, identity: Identity, task: str, ids: Sequence[str]) -> None:
        check_predictions(identity.folder, task, ids)

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        for task in dict.fromkeys(request.task for request in requests):
            texts = _stored(self._folder, task)
            yield [
                (request.number, Output(texts[request.id] if isinstance(texts, dict) else texts[request.row]))
                for request in requests
                if request.task == task
            ]


def check_predictions(folder: Path, task: str, ids: Sequence[str]) -> None:
    """Raises InputError, naming them, where ids are missing, in excess or twice, or the lines do not match the rows."""
    path, texts = _file(folder, task), _stored(folder, task)
    faults = Faults()
    if isinstance(texts, dict):
        wanted = set(ids)
        _name(faults, path, "not in the data", [row_id for row_id in texts if row_id not in wanted])
        _name(faults, path, "without a prediction", [row_id for row_id in ids if row_id not in texts])
    elif len(texts) != len(ids):
        message = f"{path.name} has {len(texts)} lines, the task has {len(ids)} rows"
        faults.add(message, Place(path), "write one prediction a row")
    faults.raise_any()


def _file(folder: Path, task: str) -> Path:
    for path in (folder / f"{task}.jsonl", folder / f"{task}.txt"):
        if path.is_file():
            return path
    raise InputError(f"{folder} has no predictions for the task {task}", f"put {task}.jsonl or {task}.txt there")


def _stored(folder: Path, task: str) -> dict[str, str] | list[str]:
    """The task's predictions by id, or by row; raises InputError."""
    path = _file(folder, task)
    lines = _read(path).split("\n")
    if lines[-1] == "":
        lines.pop()
    return _by_id(path, lines) if path.suffix == ".jsonl" else [line.removesuffix("\r") for line in lines]


def _by_id(path: Path, lines: Sequence[str]) -> dict[str, str]:
    faults = Faults()
    found: dict[str, str] = {}
    twice: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row_id, text = _parse(line)
        except ValueError as error:
            faults.add(str(error), Place(path, number))
            continue
        if row_id in found:
            twice.append(row_id)
        found[row_id] = text
    _name(faults, path, "predicted twice", list(dict.fromkeys(twice)))
    faults.raise_any()
    return found


def _parse(line: str) -> tuple[str, str]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"this line is no JSON: {error}") from error
    if not isinstance(row, dict) or "id" not in row or "prediction" not in row:
        raise ValueError("a row needs `id` and `prediction`")
    prediction = row["prediction"]
    if prediction is None or isinstance(prediction, dict | list):
        raise ValueError("`prediction` must be text, a number or a truth value")
    text = prediction if isinstance(prediction, str) else json.dumps(prediction)
    return str(row["id"]), text


def _name(faults: Faults, path: Path, what: str, ids: list[str]) -> None:
    if ids:
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        faults.add(f"{len(ids)} ids {what}: {', '.join(ids[:SHOWN])}{more}", Place(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(f"cannot read {path.name}: {error}", Place(path))]) from error
