"""Outputs made elsewhere: a folder of `<task>.jsonl` (`id`, `prediction`, …) or `<task>.txt` (one a row, in order)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Request
from mtlbench.engines.prediction_rows import parse_row
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import Fault, Faults, InputError, Place

SHOWN = 5
"""Ids named in a message."""


class Predictions(Engine):
    names = ("predictions",)
    engine = "predictions"
    kinds = ("predictions",)
    cached = False
    reads_input = False
    answers_variants = False

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
    def check(cls, identity: Identity, asked: Asked, ids: Sequence[str]) -> None:
        check_predictions(identity.folder, asked, ids)

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        for asked in dict.fromkeys(request.asked for request in requests):
            outputs = _stored(self._folder, asked)
            mine = [request for request in requests if request.asked == asked]
            yield [(request.number, _answer(request, outputs)) for request in mine]


def _answer(request: Request, outputs: dict[str, Output] | list[Output]) -> Output:
    """The request's own; raises InputError where it has scores, but not of the row's choices."""
    output = outputs[request.id] if isinstance(outputs, dict) else outputs[request.row]
    choices = len(request.question.choices)
    if output.scores is not None and choices and len(output.scores) != choices:
        message = (
            f"{request.task}: row {request.id} has {choices} choices, and its prediction {len(output.scores)} scores"
        )
        raise InputError(message, "write one score for each choice, in order")
    return output


def check_predictions(folder: Path, asked: Asked, ids: Sequence[str]) -> None:
    """Raises InputError, naming them, where ids are missing, in excess or twice, or the lines do not match the rows."""
    path, outputs = _file(folder, asked.task), _stored(folder, asked)
    faults = Faults()
    if isinstance(outputs, dict):
        wanted = set(ids)
        _name(faults, path, "not in the data", [row_id for row_id in outputs if row_id not in wanted])
        _name(faults, path, "without a prediction", [row_id for row_id in ids if row_id not in outputs])
    elif len(outputs) != len(ids):
        message = f"{path.name} has {len(outputs)} lines, the task has {len(ids)} rows"
        faults.add(message, Place(path), "write one prediction a row")
    faults.raise_any()


def _file(folder: Path, task: str) -> Path:
    for path in (folder / f"{task}.jsonl", folder / f"{task}.txt"):
        if path.is_file():
            return path
    raise InputError(f"{folder} has no predictions for the task {task}", f"put {task}.jsonl or {task}.txt there")


def _stored(folder: Path, asked: Asked) -> dict[str, Output] | list[Output]:
    """The task's predictions by id, or by row; raises InputError."""
    path = _file(folder, asked.task)
    lines = _read(path).split("\n")
    if lines[-1] == "":
        lines.pop()
    if path.suffix == ".txt":
        return [Output(line.removesuffix("\r")) for line in lines]
    return _by_id(path, lines, asked)


def _by_id(path: Path, lines: Sequence[str], asked: Asked) -> dict[str, Output]:
    faults = Faults()
    found: dict[str, Output] = {}
    twice: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row_id, output = parse_row(line, asked)
        except ValueError as error:
            faults.add(str(error), Place(path, number))
            continue
        if row_id in found:
            twice.append(row_id)
        found[row_id] = output
    _name(faults, path, "predicted twice", list(dict.fromkeys(twice)))
    for key in ("scores", "score_tokens"):
        without = [row_id for row_id, output in found.items() if getattr(output, key) is None]
        _name(faults, path, f"without `{key}`, which others have", without if len(without) < len(found) else [])
    faults.raise_any()
    return found


def _name(faults: Faults, path: Path, what: str, ids: list[str]) -> None:
    if ids:
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        faults.add(f"{len(ids)} ids {what}: {', '.join(ids[:SHOWN])}{more}", Place(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(f"cannot read {path.name}: {error}", Place(path))]) from error
