"""`mtlbench power`: how small a difference a test set can show, and how many rows a smaller one would take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    from mtlbench.analysis.power import Precision

USUAL = 0.95


def power(
    run: Path | None = None,
    /,
    *,
    effect: float = 1.0,
    chance: Annotated[float, Parameter(name="--power")] = 0.8,
    n: int | None = None,
    disagreement: float | None = None,
    confidence: Annotated[float | None, Parameter(show_default=False)] = None,
) -> int:
    """Print what can be found on each task of a run, or on N rows on which two models disagree so often.

    Parameters
    ----------
    run
        A run's folder, or a folder of runs, of which the newest counts.
    effect
        The difference to find, in points.
    chance
        The chance to find it, if it is there.
    n
        Rows of a test set, in place of a run.
    disagreement
        Share of those rows that exactly one of two models gets right.
    confidence
        1 − the level of the two-sided test; default the run's, else 0.95.
    """
    if not effect > 0:
        raise InputError("--effect must be above 0")
    for name, share in (("--power", chance), ("--confidence", confidence)):
        if share is not None and not 0.5 <= share < 1:
            raise InputError(f"{name} must be at least 0.5 and below 1")
    rows, own = _assumed(n, disagreement) if run is None else _measured(run)
    for line in _lines(rows, effect, chance, confidence or own):
        print(line)
    return 0


def _assumed(n: int | None, disagreement: float | None) -> tuple[list[Precision], float]:
    from mtlbench.analysis.power import assumed_precision

    if n is None or disagreement is None:
        raise InputError("what shall be judged?", "name a run, or say --n and --disagreement")
    if n < 1 or not 0 < disagreement <= 1:
        raise InputError("--n must be at least 1, and --disagreement above 0 and at most 1")
    return [assumed_precision(n, disagreement)], USUAL


def _measured(run: Path) -> tuple[list[Precision], float]:
    from mtlbench.analysis.power import run_precision
    from mtlbench.results import find_run

    results = find_run(run).read_results()
    return run_precision(results), results.suite.confidence


def _lines(rows: list[Precision], effect: float, chance: float, confidence: float) -> list[str]:
    alpha = 1 - confidence
    width = max([len(row.task) for row in rows], default=4)
    lines = [
        f"at {100 * chance:g}% power and {100 * confidence:g}% confidence, one two-sided test",
        "",
        f"{'task':<{width}}  {'rows':>9}  {'detectable':>10}  {f'rows for {effect:g} pt':>16}",
    ]
    for row in rows:
        smallest, needed = row.mde(alpha, chance), row.needed(effect, alpha, chance)
        found = "–" if smallest is None else f"{smallest:.2f} pt"
        wanted = "–" if needed is None else f"{needed:,}"
        mark = "" if row.paired or row.se is None else "  *"
        lines.append(f"{row.task:<{width}}  {row.n:>9,}  {found:>10}  {wanted:>16}{mark}")
    if any(not row.paired and row.se is not None for row in rows):
        lines += ["", "* no two models were compared on it: as if on rows of their own, so at most so much"]
    return lines
