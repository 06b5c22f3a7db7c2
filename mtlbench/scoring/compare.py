"""Models of two or more runs, compared on the rows that they share; the first run is what the others are compared with."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.results.comparison import RunComparison
from mtlbench.scoring.contrast import Contrast, Entrant
from mtlbench.scoring.setups import differences
from mtlbench.scoring.sides import Side, model_pairs, open_sides
from mtlbench.suite.faults import Faults, InputError
from mtlbench.suite.wording import did_you_mean


def compare(arguments: Sequence[str], tasks: Sequence[str] | None = None, common: bool = False) -> RunComparison:
    """Each later `RUN` or `RUN:MODEL` minus the first, per task (headline metric) and overall.

    p-values are adjusted (Holm) over the tasks and the overall of one pair of models. Raises InputError where runs hold
    different rows of a task, unless `common` asks for those that both hold, and where they score a task otherwise.
    """
    baseline, *others = sides = open_sides(arguments)
    chosen = _chosen(sides, tasks)
    found = RunComparison(
        confidence=baseline.results.suite.confidence,
        runs=[side.described for side in sides],
        differences=[],
        rows=[],
        dropped=[],
    )
    faults = Faults()
    for other in others:
        pairs = model_pairs(baseline, other)
        found.differences.extend(differences(baseline, other, pairs, chosen))
        for mine, theirs in pairs:
            with faults.collecting():
                rows, dropped = Contrast(Entrant(baseline, mine), Entrant(other, theirs)).rows(chosen, common)
                found.rows.extend(rows)
                found.dropped.extend(dropped)
    if faults.found:
        raise InputError(list(dict.fromkeys(faults.found)))
    if not found.rows:
        raise InputError("there is nothing to compare: the models share no row of any task")
    return found


def _chosen(sides: Sequence[Side], tasks: Sequence[str] | None) -> list[str]:
    """The tasks of any run, or those of them that were asked for."""
    known = list(dict.fromkeys(task for side in sides for task in side.manifest.tasks))
    for task in tasks or ():
        if task not in known:
            raise InputError(
                f"no run has a task “{task}”{did_you_mean(task, known)}", f"their tasks are {', '.join(known)}"
            )
    return known if tasks is None else [task for task in known if task in tasks]
