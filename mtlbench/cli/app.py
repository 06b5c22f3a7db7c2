"""The command line: one lazily loaded command per public function, and the exit codes.

0 done · 1 confirmed regression (`gate` alone) · 2 the user's input is wrong · 3 internal error or incomplete run · 4 stored
baseline missing or not comparable · 5 inconclusive, where that is to fail · 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError

from mtlbench.suite.faults import InputError

DONE, REGRESSION, WRONG_INPUT, INCOMPLETE, NOT_COMPARABLE, INCONCLUSIVE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

DEBUG = "MTLBENCH_DEBUG"
"""Set to anything, this variable makes an internal error show its traceback."""


def make_app() -> App:
    """All commands; a command's module is imported when the command runs."""
    app = App(
        name="mtlbench",
        help="Benchmark multi-task NLP models: scores, transfer, significance and cost in one run.",
        help_epilogue="Exit codes: 0 done, 2 wrong input, 3 internal error or incomplete run, 130 interrupted; of the "
        "gate: 1 confirmed regression, 4 baseline missing or not comparable, 5 inconclusive with --on-inconclusive fail.",
        version=lambda: version("mtlbench"),
        result_action="return_value",
        exit_on_error=False,
        print_error=True,
        suppress_keyboard_interrupt=False,
    )
    app.command("mtlbench.cli.init:init", name="init", help="Write a suite to start from, and a CI workflow.")
    app.command("mtlbench.cli.plan:plan", name="plan", help="Tell what a run will compute, and what it will take.")
    app.command("mtlbench.cli.run:run", name="run", help="Run a suite: inference, scores, leaderboard.")
    app.command("mtlbench.cli.train:train", name="train", help="Train a recipe's models and write a suite of them.")
    app.command("mtlbench.cli.validate:validate", name="validate", help="Check a suite without loading a model.")
    app.command("mtlbench.cli.score:score", name="score", help="Score a run again from its predictions.")
    app.command("mtlbench.cli.report:report", name="report", help="Draw a run's leaderboard again.")
    app.command("mtlbench.cli.leaderboard:leaderboard", name="leaderboard", help="Put many runs on one site.")
    app.command("mtlbench.cli.compare:compare", name="compare", help="Compare models of several runs, or of one.")
    app.command("mtlbench.cli.gate:gate", name="gate", help="Hold a run against a stored baseline: pass or fail.")
    app.command("mtlbench.cli.listing:listing", name="list", help="List metrics, tasks, engines or suites.")
    app.command("mtlbench.cli.power:power", name="power", help="How small a difference a test set can show.")
    app.command(
        "mtlbench.cli.schema:schema",
        name="schema",
        help="Print the JSON Schema of suites, recipes, results or verdicts.",
    )
    cache = App(name="cache", help="Look at the cache of outputs, or empty it.")
    cache.command("mtlbench.cli.cache:info", name="info", help="Where the cache lies and what it holds.")
    cache.command("mtlbench.cli.cache:clear", name="clear", help="Forget all cached outputs.")
    app.command(cache)
    return app


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code, and lets no exception out."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = make_app()(list(arguments))
    except CycloptsError:  # already printed
        return WRONG_INPUT
    except InputError as error:
        return _tell_input_error(error)
    except KeyboardInterrupt:
        _say("interrupted: what was computed is cached; the same command goes on from there")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        if DEBUG in os.environ:
            raise
        where = f" ({error.filename})" if error.filename else ""
        _say(
            f"error: {error.strerror or error}{where}: what was computed is cached; the same command goes on from there"
        )
        return INCOMPLETE
    except Exception as error:
        if DEBUG in os.environ:
            raise
        _say(f"internal error: {type(error).__name__}: {error}")
        _say(f"what was computed is cached; set {DEBUG}=1 to see where it happened, and please report it")
        return INCOMPLETE
    return code if isinstance(code, int) else DONE


def _tell_input_error(error: InputError) -> int:
    from mtlbench.suite.render import render_faults

    _say(render_faults(error.faults))
    return WRONG_INPUT


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)
