"""What was planted in the quickstart, held against what a run of it found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "suites" / "quickstart.yaml"
PLANTED = ROOT / "suites" / "quickstart" / "planted.json"
Claim = Mapping[str, Any]


class Scores:
    """Headline scores of a run by model and task, on 0–100."""

    def __init__(self, whole: Mapping[tuple[str, str], float], run: Path | None = None) -> None:
        self._whole, self._run = whole, run

    @classmethod
    def of_run(cls, run: Path) -> Scores:
        return cls(_headlines(run / "results.json"), run)

    @classmethod
    def published(cls) -> Scores:
        """Of the records under results/, which hold no predictions."""
        records = sorted((ROOT / "results" / "quickstart").glob("*/*.json"))
        return cls({pair: score for record in records for pair, score in _headlines(record).items()})

    def of(self, model: str, claim: Claim, group: str | None = None) -> float:
        """On the claim's task; the accuracy in one group of its attribute where one is named."""
        if group is None:
            return float(self._whole[model, claim["task"]])
        assert self._run is not None
        answered = pq.read_table(self._run / "predictions" / model / f"{claim['task']}.parquet").to_pylist()
        members = [row for row in answered if row[f"group.{claim['attribute']}"] == group]
        return 100 * sum(row["prediction"] in row["reference"] for row in members) / len(members)


def _headlines(file: Path) -> dict[tuple[str, str], float]:
    rows = json.loads(file.read_text(encoding="utf-8"))["scores"]
    return {(row["model"], row["task"]): row["value"] for row in rows if row["headline"]}


def planted() -> list[Claim]:
    found: list[Claim] = json.loads(PLANTED.read_text(encoding="utf-8"))["claims"]
    return found


def broken(run: Path) -> list[str]:
    """The claims that a run, by its folder, does not bear out, each with the value found."""
    return unmet(planted(), Scores.of_run(run))


def unmet(claims: Sequence[Claim], scores: Scores) -> list[str]:
    measured = [(claim, value(claim, scores)) for claim in claims]
    return [f"{claim['says']}: {found:.1f}" for claim, found in measured if not holds(claim, found)]


def holds(claim: Claim, found: float) -> bool:
    low, high = claim.get("low"), claim.get("high")
    return (low is None or found >= low) and (high is None or found <= high)


def value(claim: Claim, scores: Scores) -> float:
    return QUANTITIES[claim["quantity"]](claim, scores)


def models(claim: Claim) -> list[str]:
    """All that the claim speaks of."""
    return [*claim.get("models", ()), *(claim[role] for role in ("model", "baseline", "learned") if role in claim)]


def _score(claim: Claim, scores: Scores) -> float:
    return scores.of(claim["model"], claim)


def _difference(claim: Claim, scores: Scores) -> float:
    group = claim.get("group")
    return scores.of(claim["model"], claim, group) - scores.of(claim["baseline"], claim, group)


def _gap(claim: Claim, scores: Scores) -> float:
    return scores.of(claim["model"], claim, claim["group"]) - scores.of(claim["model"], claim, claim["other"])


def _forgetting(claim: Claim, scores: Scores) -> float:
    return scores.of(claim["learned"], claim) - scores.of(claim["model"], claim)


def _curve(claim: Claim, scores: Scores) -> float:
    return min(scores.of(more, claim) - scores.of(fewer, claim) for fewer, more in pairwise(claim["models"]))


QUANTITIES: Mapping[str, Callable[[Claim, Scores], float]] = {
    "score": _score,
    "difference": _difference,
    "gap": _gap,
    "forgetting": _forgetting,
    "curve": _curve,
}
