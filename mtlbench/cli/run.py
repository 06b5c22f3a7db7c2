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
    devices: str | None = None,
    executor: str | None = None,
    workers: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,
    address: str | None = None,
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
    devices
        Several, separated by commas, each with a process of its own: 0,1 are GPUs; cpu,cpu shares out the cores.
    executor
        Where models run: local, devices (with --devices) or ray.
    workers
        With Ray: how many workers, by default one for each GPU, or for every 4 cores where there is no GPU.
    address
        With Ray: the cluster to join, by default RAY_ADDRESS, or else a cluster of this machine alone.
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
    from dataclasses import replace

    from mtlbench.checking import load_suite
    from mtlbench.cli.finish import finish, tell_profile
    from mtlbench.cli.places import executor_at
    from mtlbench.gate.beside import BESIDE, suite_with_stored
    from mtlbench.report.console import open_console
    from mtlbench.report.progress import listener
    from mtlbench.runner import Cache, cache_path, execute, plan
    from mtlbench.runner.calibration import Calibration
    from mtlbench.runner.profile import Profiler
    from mtlbench.scoring import score

    if measure_baseline and gate is None:
        raise InputError("--measure-baseline goes with --gate", "say which baseline: --gate FOLDER")
    runs_on = executor_at(executor, device, devices, workers, address)
    names = split_names(models)
    with ExitStack() as held:
        if gate is not None and measure_baseline:
            suite, cache = held.enter_context(suite_with_stored(suite, gate)), False
            names = names and [*names, BESIDE]
        chosen = {"models": names, "tasks": split_names(tasks)}
        loaded = load_suite(suite, **chosen, trust_remote_code=trust_remote_code)
    spent = Profiler()
    options = replace(runs_on.options(), trust_remote_code=trust_remote_code, profile=profile)
    planned = plan(loaded, output=output, limit=limit, **chosen, options=options)
    with Cache(cache_path() if cache else None) as outputs, listener(open_console(sys.stderr), progress) as listen:
        folder = execute(planned, outputs, spent.heard_by(listen), runs_on)
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
