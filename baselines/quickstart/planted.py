"""Compare what was planted (`suites/quickstart/planted.json`) with what the test rows show, without the benchmark."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from measure import score
from text_pairs import SUITE, Example, load_examples, suite

PLANTED = SUITE.parent / "quickstart" / "planted.json"
Claim = dict[str, str | float | None]


@dataclass(frozen=True, slots=True)
class Answered:
    """A model's answers to a task's test rows."""

    task: str
    examples: list[Example]
    predictions: list[str]

    def score(self, attribute: str | None = None, group: str | None = None) -> float:
        """The headline score, of one group if it is named."""
        kept = [row for row, example in enumerate(self.examples) if not group or example.row[attribute] == group]
        return score(self.task, [self.predictions[row] for row in kept], [self.examples[row] for row in kept])


Table = dict[tuple[str, str], Answered]


def check(models: dict[str, Callable[[list[Example], str], list[str]]]) -> int:
    """Print the scores and the verdict on every claim; 0 if all hold, 1 if not, claims on absent models left out.

    Each model is what answers examples of a task.
    """
    table = {}
    for name, answers in models.items():
        for task in suite()["models"][name]["tasks"]:
            examples = load_examples(task, "test")
            table[name, task] = Answered(task, examples, answers(examples, task))
    print(score_table(table))
    claims = [claim for claim in json.loads(PLANTED.read_text(encoding="utf-8"))["claims"] if _covered(claim, table)]
    print("\n| planted | wanted | measured | holds |\n| --- | --- | --- | --- |")
    for claim in claims:
        wanted = f"{_bound(claim['low'], '-∞')} to {_bound(claim['high'], '∞')}"
        verdict = "yes" if holds(claim, table) else "NO"
        print(f"| {claim['says']} | {wanted} | {quantity(claim, table):.1f} | {verdict} |")
    return 0 if all(holds(claim, table) for claim in claims) else 1


def score_table(table: Table) -> str:
    """Models as rows, tasks as columns, headline scores on 0-100; the single-task models share a row."""
    tasks = list(suite()["tasks"])
    rows: dict[str, dict[str, str]] = {}
    for (name, task), answered in table.items():
        shown = "single-task" if name.startswith("single-") else name
        rows.setdefault(shown, {})[task] = f"{answered.score():.1f}"
    lines = [f"| model | {' | '.join(tasks)} |", f"| --- |{' --- |' * len(tasks)}"]
    lines += [f"| {name} | {' | '.join(found.get(task, '–') for task in tasks)} |" for name, found in rows.items()]
    return "\n".join(lines)


def holds(claim: Claim, table: Table) -> bool:
    value, low, high = quantity(claim, table), claim["low"], claim["high"]
    return (low is None or value >= low) and (high is None or value <= high)


def quantity(claim: Claim, table: Table) -> float:
    return QUANTITIES[claim["quantity"]](claim, table)


def _score(claim: Claim, table: Table) -> float:
    return table[claim["model"], claim["task"]].score()


def _difference(claim: Claim, table: Table) -> float:
    """Model minus baseline, on one group where the claim names it."""
    attribute, group = claim.get("attribute"), claim.get("group")
    model, baseline = (table[claim[role], claim["task"]].score(attribute, group) for role in ("model", "baseline"))
    return model - baseline


def _gap(claim: Claim, table: Table) -> float:
    """One group's score minus another's, for one model."""
    answered = table[claim["model"], claim["task"]]
    return answered.score(claim["attribute"], claim["group"]) - answered.score(claim["attribute"], claim["other"])


QUANTITIES: dict[str, Callable[[Claim, Table], float]] = {"score": _score, "difference": _difference, "gap": _gap}


def _covered(claim: Claim, table: Table) -> bool:
    return all((claim[role], claim["task"]) in table for role in ("model", "baseline") if role in claim)


def _bound(value: float | None, unbounded: str) -> str:
    return unbounded if value is None else f"{value:g}"
