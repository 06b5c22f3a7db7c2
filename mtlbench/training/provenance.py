"""`training.json`: what a checkpoint was trained on and how, beside its weights."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mtlbench.results.files import write_text
from mtlbench.runner.environment import library_versions, own_version
from mtlbench.training.family import Planned

FILE = "training.json"
POINT = re.compile(r"\[\s+(\d+),\s+([-+.\de]+)\s+\]")
NAMES = frozenset({"name", "description", "family", "stage_of"})
"""What a plan says that bears on no weight."""


@dataclass(frozen=True, slots=True)
class StageRecord:
    """How a stage went. `losses` and `seen` are a tally's: see `mtlbench.training.tally`."""

    tasks: Sequence[str]
    steps: int
    seconds: float
    losses: Mapping[str, Sequence[tuple[int, float]]]
    seen: Mapping[str, tuple[int, int]]


def fingerprint(planned: Planned, store_dtype: str, data: Mapping[str, str], bases: Sequence[str]) -> str:
    """Hash of what a model is to be: plan, rows, and the fingerprints of what it starts from and learns from.

    Versions of libraries are left out, though they move the last digits: with them, all that was trained before an
    upgrade would count as other work.
    """
    plan = {key: value for key, value in asdict(planned).items() if key not in NAMES}
    parts = [plan, store_dtype, data, bases]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_plain).encode()).hexdigest()


def read(folder: Path) -> dict[str, Any] | None:
    """What the folder's checkpoint tells of its training; None where it tells nothing."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """One point of a curve a line."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    write_text(folder / FILE, POINT.sub(r"[\1, \2]", text) + "\n")


def describe(
    planned: Planned, records: Sequence[StageRecord], rows: Mapping[str, int], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Tasks, stages, strategy, steps, seed, losses and seconds. `before` is what the model that it starts from was trained
    on, which then counts as its own training.
    """
    seen: dict[str, list[int]] = {
        task: [entry["examples"], entry["tokens"]] for task, entry in ((before or {}).get("tasks") or {}).items()
    }
    for record in records:
        for task, (examples, tokens) in record.seen.items():
            earlier = seen.get(task, [0, 0])
            seen[task] = [earlier[0] + examples, earlier[1] + tokens]
    total = sum(examples for examples, _ in seen.values())
    known = {task: entry["rows"] for task, entry in ((before or {}).get("tasks") or {}).items()} | dict(rows)
    return {
        "tasks": {
            task: {
                "weight": round(examples / total, 6), "rows": known[task], "examples": examples, "tokens": tokens
            }
            for task, (examples, tokens) in seen.items()
        },
        "stages": [
            {"tasks": list(stage.tasks), "rehearsal": stage.rehearsal, "steps": record.steps,
             "settings": stage.settings.model_dump(exclude_none=True)}
            for stage, record in zip(planned.stages, records, strict=True)
        ],
        "strategy": strategy(planned),
        "steps": sum(record.steps for record in records),
        "seed": planned.seed,
        "losses": _curves(records),
        "seconds": round(sum(record.seconds for record in records), 1),
    }  # fmt: skip


def strategy(planned: Planned) -> str:
    """In words: how the tasks were put together, and what was added to it."""
    together = "sequential" if len(planned.stages) > 1 else "joint" if len(planned.tasks) > 1 else "single"
    settings = planned.stages[0].settings
    words = [together]
    if len(planned.tasks) > 1 and settings.sampling is not None:
        words.append(f"{settings.sampling.strategy} sampling")
    if settings.balancing is not None and settings.balancing.strategy != "none":
        words.append(f"{settings.balancing.strategy} balancing")
    words += [planned.adapter.type] if planned.adapter else []
    words += ["ewc"] if planned.ewc else []
    words += ["distillation"] if planned.distil else []
    return ", ".join(words)


def versions() -> dict[str, str]:
    return {
        "mtlbench": own_version(),
        **library_versions(),
        "accelerate": version("accelerate"),
        "peft": version("peft"),
    }


def _curves(records: Sequence[StageRecord]) -> dict[str, list[list[float]]]:
    """Of each task, with steps counted through all stages."""
    curves: dict[str, list[list[float]]] = {}
    before = 0
    for record in records:
        for task, points in record.losses.items():
            curves.setdefault(task, []).extend([before + step, loss] for step, loss in points)
        before += record.steps
    return curves


def _plain(value: Any) -> Any:
    return value.model_dump()
