"""`mtlbench plan`: what a run will compute, and what it will take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from mtlbench.cli.options import split_names


def plan(
    suite: Path,
    /,
    *,
    models: str | None = None,
    tasks: str | None = None,
    limit: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,
    device: str = "auto",
    cache: bool = True,
    trust_remote_code: Annotated[bool, Parameter(negative="")] = False,
    measure: bool = True,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Tell what a run will compute, and what it will take.

    Parameters
    ----------
    suite
        The suite file.
    models
        Only these models, separated by commas.
    tasks
        Only these tasks, separated by commas.
    limit
        A seeded sample of at most this many rows per task.
    device
        auto, cpu, cuda, cuda:1, …
    cache
        Count what the cache of outputs holds, and use and keep the speeds of this machine.
    trust_remote_code
        Run code that a checkpoint brings, for models whose suite says so too.
    measure
        Answer a few requests of models of which no speed is known; else no weight is loaded.
    json
        Print it as JSON.
    """
    import json as as_json
    import sys
    from dataclasses import asdict

    from mtlbench.checking import load_suite
    from mtlbench.engines import Options
    from mtlbench.report.console import open_console, told
    from mtlbench.report.planning import print_estimate
    from mtlbench.runner import Cache, cache_path
    from mtlbench.runner import plan as lay_out
    from mtlbench.runner.estimate import estimate

    some, of = split_names(models), split_names(tasks)
    loaded = load_suite(suite, models=some, tasks=of, trust_remote_code=trust_remote_code)
    planned = lay_out(loaded, models=some, tasks=of, limit=limit, options=Options(device, trust_remote_code))
    errors = open_console(sys.stderr)
    with Cache(cache_path() if cache else None) as outputs:
        found = estimate(planned, outputs, measures=measure, say=lambda line: errors.print(told(line), soft_wrap=True))
    if json:
        whole = {"suite": planned.suite.name, "run": planned.run_id, "seconds": found.seconds, "memory": found.memory}
        print(as_json.dumps(whole | asdict(found), indent=1, ensure_ascii=False))
    else:
        print_estimate(planned.suite.name, found, open_console(sys.stdout))
    return 0
