"""A run × stored baselines → the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mtlbench.analysis.evidence import Design
from mtlbench.gate.baseline import Baseline, read_baseline
from mtlbench.gate.candidate import as_baseline, chosen_model
from mtlbench.gate.cost import cost_checks
from mtlbench.gate.evidence import check_comparable, evidence
from mtlbench.gate.limits import limit_checks
from mtlbench.gate.refusals import NoBaseline, NotComparable
from mtlbench.gate.regression import Estimate, estimates, judged, one_sided
from mtlbench.gate.rules import Rules
from mtlbench.gate.verdict import Against, BaselineInfo, CheckRow, Outcome, Verdict
from mtlbench.results import RunFolder
from mtlbench.scoring.sides import Side, open_side
from mtlbench.suite.faults import Fault, InputError

_SEVERITY: Mapping[Outcome, int] = {"fail": 0, "inconclusive": 1, "pass": 2}


def gate(run: str, baseline: Path, anchor: Path | None = None) -> Verdict:
    """Hold a model of a run, `RUN` or `RUN:MODEL`, against a stored baseline, and against an older one where there is such.

    Raises Incomplete, NoBaseline and NotComparable where there is nothing to judge.
    """
    side = open_side("A", run)
    stored: dict[Against, tuple[Path, Baseline]] = {"baseline": (baseline, read_baseline(baseline))}
    about = stored["baseline"][1].about
    if anchor is None and about.anchor is not None:
        anchor = (baseline.parent if baseline.is_file() else baseline) / about.anchor
    if anchor is not None:
        stored["anchor"] = anchor, _read_anchor(anchor)
    model = chosen_model(side, about.model)
    candidate = as_baseline(side, model)
    for against, (_, each) in stored.items():
        check_comparable(candidate, each, against)
    rules = Rules.of(side.suite, about.gate, about.margins)
    baselines = {against: each for against, (_, each) in stored.items()}
    costs, warnings = cost_checks(side.results, candidate.about, about, rules)
    checks = [
        *judged(_estimates(side, model, candidate, baselines, rules), rules),
        *limit_checks(side.results, side.manifest, model, rules),
        *costs,
    ]
    return Verdict(
        outcome=combined(checks),
        suite=side.manifest.suite,
        run=side.manifest.run,
        model=model,
        rule=rules.keys.rule,
        alpha=rules.keys.alpha,
        power=rules.keys.power,
        baselines=[_info(against, path, each) for against, (path, each) in stored.items()],
        checks=sorted(checks, key=_worst_first),
        reasons=reasons(checks),
        warnings=warnings,
    )


def no_verdict(folder: RunFolder, error: Exception) -> Verdict:
    """What is written where none could be reached."""
    faults = error.faults if isinstance(error, InputError) else [Fault(f"{type(error).__name__}: {error}")]
    return Verdict(
        outcome=None,
        suite=folder.path.resolve().parent.name,
        run=folder.path.resolve().name,
        model=None,
        reasons=[fault.message for fault in faults],
    )


def combined(checks: Sequence[CheckRow]) -> Outcome:
    """fail where any check fails, pass where all that gate pass, else inconclusive."""
    found = {check.outcome for check in checks if check.gates or check.outcome == "fail"}
    return min(found, key=_SEVERITY.__getitem__, default="inconclusive")


def reasons(checks: Sequence[CheckRow]) -> list[str]:
    """What keeps it from a pass, worst first."""
    bearing = [check for check in sorted(checks, key=_worst_first) if check.gates or check.outcome == "fail"]
    told = [f"{_where(check)}: {check.reason}" for check in bearing if check.outcome == combined(checks) != "pass"]
    failed = {check.against for check in checks if check.outcome == "fail"}
    if "anchor" in failed and "baseline" not in failed:
        told.append("slow drift: no worse than the last baseline by more than the margin, but worse than the anchor")
    return told


def _read_anchor(path: Path) -> Baseline:
    """Unlike the baseline itself, one that is named and missing is a mistake."""
    try:
        return read_baseline(path)
    except NoBaseline as error:
        raise NotComparable(f"the anchor is missing: {error}") from error


def _estimates(
    side: Side, model: str, candidate: Baseline, stored: Mapping[Against, Baseline], rules: Rules
) -> list[Estimate]:
    suite = side.results.suite
    design = Design(suite.seed, one_sided(rules.keys.alpha), suite.resamples, suite.permutations, "none")
    tasks = evidence(side, model, candidate, stored, design)
    return [each for against in stored for each in estimates(tasks, against, suite.normalize, design)]


def _worst_first(check: CheckRow) -> tuple[int, bool, float]:
    """Fails first; of one outcome those that gate, and those that are furthest below what they must keep."""
    room = 0.0 if check.delta is None else check.delta - check.bound
    return _SEVERITY[check.outcome], not check.gates, room


def _where(check: CheckRow) -> str:
    against = " (against the anchor)" if check.against == "anchor" else ""
    return f"{check.task}, {check.metric}{against}" if check.metric != check.task else f"{check.task}{against}"


def _info(against: Against, path: Path, stored: Baseline) -> BaselineInfo:
    about = stored.about
    return BaselineInfo(
        against=against,
        path=str(path),
        model=about.model,
        fingerprint=about.fingerprint,
        run=about.run,
        created=about.created,
        commit=about.commit,
        reason=about.reason,
    )
