"""What a page holds for its script: replicates, examples and results, as text that nothing takes for markup."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from mtlbench.report.wording import plain
from mtlbench.results.schema import Results

if TYPE_CHECKING:
    from mtlbench.report.sections import View
    from mtlbench.results import RunFolder
    from mtlbench.results.replicates import Replicates
    from mtlbench.scoring.samples import Sample, TaskSamples

LONGEST = 1000
"""Signs of a text that the page shows."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Material:
    """`replicates`: None where a run has none, and weights cannot be moved; `views`: make sections after the run's own."""

    replicates: Replicates | None = None
    samples: Sequence[TaskSamples] = ()
    views: Sequence[View] = ()


def read_material(folder: RunFolder, results: Results, most: int | None) -> Material:
    """What a run's folder holds for its page: of each task at most so many examples, or all."""
    from mtlbench.results.replicates import read_replicates
    from mtlbench.scoring.samples import read_samples

    names = [model.name for model in results.models], [task.name for task in results.tasks]
    return Material(read_replicates(folder.replicates_path, *names), [] if most == 0 else read_samples(folder, most))


def board(results: Results, material: Material, apart: bool) -> str:
    """What the script needs at once, as JSON; `apart`: the examples lie in files beside the page."""
    replicates = material.replicates
    return inline_json(
        {
            "confidence": results.suite.confidence,
            "models": [plain(model.name) for model in results.models],
            "tasks": [{"name": plain(task.name), "weight": task.weight, "n": task.n} for task in results.tasks],
            "replicates": None if replicates is None else _replicates(replicates),
            "samples": [[plain(each.task), each.total, len(each.samples)] for each in material.samples],
            "apart": apart,
        }
    )


def _replicates(replicates: Replicates) -> dict[str, Any]:
    """Scores and scales by model, then task, null where there is none; the steps of those that are, in that order."""
    there = replicates.scores == replicates.scores  # NaN is not itself
    return {
        "scores": [[None if isnan(each) else each for each in row] for row in replicates.scores.tolist()],
        "scales": replicates.scales.tolist(),
        "count": replicates.steps.shape[2],
        "steps": base64.b64encode(replicates.steps[there].astype("<i2").tobytes()).decode(),
    }


def packed_results(results: Results) -> str:
    """results.json, each list of rows as lists of columns, which pack far smaller; numbers to seven digits."""
    whole = _rounded(results.model_dump(mode="json"))
    tables = {
        key: {name: [row[name] for row in rows] for name in rows[0]}
        for key, rows in whole.items()
        if isinstance(rows, list) and rows
    }
    return packed({"whole": {key: value for key, value in whole.items() if key not in tables}, "tables": tables})


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def packed(value: Any) -> str:
    """JSON, gzipped, as base64: the browser unpacks it with DecompressionStream."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def packed_samples(task: TaskSamples) -> str:
    """The examples of one task: names of models and columns, then a list for each example."""
    models, columns = [*map(plain, task.models)], [*map(plain, task.columns)]
    return packed({"models": models, "columns": columns, "rows": [_row(each) for each in task.samples]})


def _row(sample: Sample) -> list[Any]:
    """An answer is its text, or a list of the output that was none."""
    answers = [
        [seen(output or "")] if answer is None else seen(answer)
        for answer, output in zip(sample.answers, sample.outputs, strict=True)
    ]
    marks = [None if mark is None else seen(mark) for mark in sample.marks]
    references = [*map(seen, sample.references)]
    return [seen(sample.id), sample.kind, seen(sample.input), references, answers, sample.values, marks]


def seen(text: str) -> str:
    """A text as a page may show it: cut where it is long, and control and reordering characters as their code points."""
    cut = f" … ({len(text) - LONGEST:,} more characters)" if len(text) > LONGEST else ""
    return _UNSEEN.sub(lambda sign: f"⟨U+{ord(sign[0]):04X}⟩", text[:LONGEST]) + cut


def inline_json(value: Any) -> str:
    """JSON for a script element: no `<`, so that nothing in it ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
