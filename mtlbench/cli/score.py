"""`mtlbench score`: an old run's predictions, scored again; no model is loaded."""

from __future__ import annotations

from pathlib import Path

from mtlbench.cli.options import SAMPLES, Force, Samples


def score(run: Path, /, *, samples: Samples = SAMPLES, force: Force = False) -> int:
    """Score a run again from its stored predictions and its suite.yaml, and rewrite its results and page.

    Parameters
    ----------
    run
        A run's folder, or a folder of runs, of which the newest counts.
    """
    from mtlbench.cli.finish import finish
    from mtlbench.results import find_run
    from mtlbench.scoring import score as score_run

    folder = find_run(run)
    return finish(folder, score_run(folder), samples, force=force)
