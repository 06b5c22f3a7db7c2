"""mtlbench: benchmarking and evaluation of multi-task NLP models.

suite = mtlbench.load_suite("suite.yaml")   # SuiteError lists every fault at once
plan = mtlbench.plan(suite)                 # what will run
run = mtlbench.execute(plan)                # predictions on disk; can be stopped and taken up again
results = mtlbench.score(run)               # metrics, intervals, comparisons; no model needed
mtlbench.publish([run], "site/")            # the leaderboard of one run or many
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtlbench.board import publish
    from mtlbench.checking import LoadedSuite, load_suite
    from mtlbench.results import Results, RunFolder, find_run
    from mtlbench.runner import Plan, execute, plan
    from mtlbench.scoring import score
    from mtlbench.suite.faults import InputError, SuiteError

__all__ = [
    "InputError",
    "LoadedSuite",
    "Plan",
    "Results",
    "RunFolder",
    "SuiteError",
    "execute",
    "find_run",
    "load_suite",
    "plan",
    "publish",
    "score",
]

_HOMES = {
    "InputError": "mtlbench.suite.faults",
    "LoadedSuite": "mtlbench.checking",
    "Plan": "mtlbench.runner",
    "Results": "mtlbench.results",
    "RunFolder": "mtlbench.results",
    "SuiteError": "mtlbench.suite.faults",
    "execute": "mtlbench.runner",
    "find_run": "mtlbench.results",
    "load_suite": "mtlbench.checking",
    "plan": "mtlbench.runner",
    "publish": "mtlbench.board",
    "score": "mtlbench.scoring",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for, when it is asked for (PEP 562): `import mtlbench` costs next to nothing."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mtlbench' has no attribute {name!r}")
