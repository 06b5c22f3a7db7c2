"""`mtlbench run`: suite file → predictions, scores, leaderboard."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from mtlbench.cli.app import DONE
from mtlbench.cli.gate import judge
from mtlbench.cli.options import SAMPLES, Force, Samples, split_names
from mtlbench.suite.faults import InputError


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
    gate: Path | None = None,
    measure_baseline: Annotated[bool, Parameter(negative="")] = False,
    profile: Annotated[bool, Parameter(negative="")] = False,
    samples: Samples = SAMPLES,
    force: Force = False,
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
    gate
        Then hold the run against the stored baseline in this folder, as `mtlbench gate` does; its exit code counts.
    measure_baseline
        Run the baseline's model too, and compute all outputs anew, so that limits on speed and memory can gate.
    profile
        Tell where the time went, and what share of the device's peak the models reached; also into profile.json.
    """
    import sys
    import time

    from mtlbench.checking import load_suite
    from mtlbench.cli.finish import finish, tell_profile
    from mtlbench.engines import Options
    from mtlbench.gate.beside import BESIDE, suite_with_stored
    from mtlbench.report.console import open_console
    from mtlbench.report.progress import listener
    from mtlbench.runner import Cache, cache_path, execute, plan
    from mtlbench.runner.calibration import Calibration
    from mtlbench.runner.profile import Profiler
    from mtlbench.scoring import score

    if measure_baseline and gate is None:
        raise InputError("--measure-baseline goes with --gate", "say which baseline: --gate FOLDER")
    names = split_names(models)
    with ExitStack() as held:
        if gate is not None and measure_baseline:
            suite, cache = held.enter_context(suite_with_stored(suite, gate)), False
            names = names and [*names, BESIDE]
        chosen = {"models": names, "tasks": split_names(tasks)}
        loaded = load_suite(suite, **chosen, trust_remote_code=trust_remote_code)
    spent = Profiler()
    options = Options(device, trust_remote_code, profile)
    planned = plan(loaded, output=output, limit=limit, **chosen, options=options)
    with Cache(cache_path() if cache else None) as outputs, listener(open_console(sys.stderr), progress) as listen:
        folder = execute(planned, outputs, spent.heard_by(listen))
    began = time.perf_counter()
    code = finish(folder, score(folder), samples, force=force)
    scoring = time.perf_counter() - began
    if cache:
        Calibration.of_scoring(planned, scoring).keep(cache_path())
    if profile:
        tell_profile(spent.profile(scoring), folder)
    if gate is None or code != DONE:
        return code
    own = [name for name in planned.models if name != BESIDE]
    return judge(f"{folder.path}:{own[0]}" if len(own) == 1 else str(folder.path), gate)
