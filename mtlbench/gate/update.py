"""Storing a baseline: what must hold before, what is kept of the former one, and what changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mtlbench.gate.baseline import ABOUT, StoredBaseline, StoredTask, read_about, write_baseline
from mtlbench.gate.candidate import as_baseline, chosen_model
from mtlbench.gate.checkout import Checkout, find_checkout
from mtlbench.gate.refusals import NotComparable
from mtlbench.scoring.sides import open_side
from mtlbench.suite.faults import Faults

MOST_SHOWN = 3


def update_baseline(run: str, folder: Path, reason: str, *, force: bool = False) -> list[str]:
    """Store a model of a run, `RUN` or `RUN:MODEL`, and tell what changed.

    Raises InputError, unless forced, in a checkout with changes and in CI; Incomplete, forced or not, where the run is not
    whole: there is nothing to store.
    """
    folder = folder.parent if folder.name == ABOUT else folder
    checkout = find_checkout(folder)
    if not force:
        _refuse(checkout)
    side = open_side("A", run)
    former = _former(folder)
    found = as_baseline(side, chosen_model(side, None if former is None else former.model))
    kept = {} if former is None else {key: getattr(former, key) for key in ("gate", "margins", "anchor")}
    about = found.about.model_copy(
        update={"reason": reason, "commit": None if checkout is None else checkout.commit, **kept}
    )
    write_baseline(folder, replace(found, about=about), former)
    return list(changes(former, about))


def changes(former: StoredBaseline | None, about: StoredBaseline) -> Iterator[str]:
    """What a new baseline changes, a line each; all of it where there was none."""
    before: dict[str, StoredTask] = {} if former is None else former.tasks
    models = [_model(each) for each in (former, about) if each is not None]
    yield f"model: {' → '.join(dict.fromkeys(models))}"
    yield _change("overall", "", None if former is None else former.overall, about.overall)
    for name, task in about.tasks.items():
        old = before.get(name)
        yield _change(name, task.metric, None if old is None else old.value, task.value)
        if old is not None and old.fingerprint != task.fingerprint:
            yield f"{name}: other data, {old.n:,} → {task.n:,} rows"
        if old is not None and old.recipe != task.recipe:
            yield f"{name}: another metric, {old.signature} → {task.signature}"
    for name in before:
        if name not in about.tasks:
            yield f"{name}: no longer a task"


def _refuse(checkout: Checkout | None) -> None:
    faults = Faults()
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        faults.add(
            "a baseline is not stored in CI, where nobody looks at what changes", hint="store it by hand, or --force"
        )
    if checkout is not None and checkout.changed:
        more = f" and {len(checkout.changed) - MOST_SHOWN} more" if len(checkout.changed) > MOST_SHOWN else ""
        faults.add(
            f"the git checkout has changes: {', '.join(checkout.changed[:MOST_SHOWN])}{more}",
            hint="commit them first, so that the baseline's commit says what it was made with, or --force",
        )
    faults.raise_any()


def _former(folder: Path) -> StoredBaseline | None:
    """A broken one is as none: it is what storing anew mends."""
    try:
        return read_about(folder)
    except NotComparable:
        return None


def _model(about: StoredBaseline) -> str:
    return f"{about.model} ({about.fingerprint[:8]})"


def _change(name: str, metric: str, before: float | None, after: float) -> str:
    told = f"{name} {metric}".strip()
    if before is None:
        return f"{told}: {after:.2f}"
    return f"{told}: {before:.2f} → {after:.2f} ({after - before:+.2f})"
