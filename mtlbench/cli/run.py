"""`mtlbench run`: suite file → predictions, scores, leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators


def run(
    suite: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("results"),
    models: str | None = None,
    tasks: str | None = None,
    limit: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,
    device: str = "auto",
    cache: bool = True,
    trust_remote_code: Annotated[bool, Parameter(negative="")] = False,
    progress: Literal["auto", "plain", "none"] = "auto",
) -> int:
    """Run a suite: inference, scores, leaderboard.

    Parameters
    ----------
    suite
        The suite file.
    output
        Folder of results: the run goes to OUTPUT/NAME-OF-SUITE/RUN-ID.
    models
        Only these models, separated by commas.
    tasks
        Only these tasks, separated by commas.
    limit
        A seeded sample of at most this many rows per task.
    device
        auto, cpu, cuda, cuda:1, …
    cache
        Use and fill the cache of outputs.
    trust_remote_code
        Run code that a checkpoint brings, for models whose suite says so too.
    progress
        How to tell of the progress, on standard error.
    """
    import sys

    from mtlbench.checking import load_suite
    from mtlbench.cli.finish import finish
    from mtlbench.cli.options import split_names
    from mtlbench.engines import Options
    from mtlbench.report.console import open_console
    from mtlbench.report.progress import listener
    from mtlbench.runner import Cache, cache_path, execute, plan
    from mtlbench.scoring import score

    chosen = {"models": split_names(models), "tasks": split_names(tasks)}
    loaded = load_suite(suite, **chosen, trust_remote_code=trust_remote_code)
    planned = plan(loaded, output=output, limit=limit, **chosen, options=Options(device, trust_remote_code))
    with Cache(cache_path() if cache else None) as outputs, listener(open_console(sys.stderr), progress) as listen:
        folder = execute(planned, outputs, listen)
    return finish(folder, score(folder))
