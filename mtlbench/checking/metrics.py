"""The metrics of a task: known, fit for what the task kind gives, and with options that they take."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Sequence
from typing import Any

from mtlbench.metrics import METRICS, Metric, MetricContext
from mtlbench.metrics.lookup import find_metric
from mtlbench.registry import UnknownName
from mtlbench.suite.declarations import MetricUse, Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, KeyPath
from mtlbench.suite.wording import did_you_mean
from mtlbench.tasks import TaskKind
from mtlbench.tasks.base import CALLED

_BETTER = {"below": "higher", "above": "lower"}


def check_metrics(draft: Draft, name: str, task: Task, kind: type[TaskKind], faults: Faults) -> list[Metric | None]:
    """Note unknown and unfit metrics, bad options, metrics that stand twice, and a floor, ceiling or minimum out of bounds.

    The metrics, in order; None for one that is faulty.
    """
    uses = task.metrics or [MetricUse(name=metric) for metric in kind.default_metrics]
    made: list[Metric | None] = []
    for number, use in enumerate(uses):
        path: KeyPath = ("tasks", name, "metrics", number)
        metric = _made(draft, path, use, task, kind, faults)
        if metric is not None and metric.name in [other.name for other in made if other is not None]:
            faults.add(f"the metric `{metric.name}` stands twice", draft.place(*path))
        made.append(metric)
    if made and made[0] is not None:
        _check_bounds(draft, name, task, made[0], faults)
    return made


def check_tags(
    draft: Draft,
    name: str,
    kind: TaskKind,
    metrics: Sequence[Metric | None],
    references: Sequence[list[str]],
    faults: Faults,
) -> None:
    """Note metrics that cannot read the references' tags: parts of speech, say, mark no entities."""
    for number, metric in enumerate(metrics):
        if metric is not None and "tags" in metric.accepts:
            tags = [kind.target(reference) for reference in references]
            try:
                metric.statistics(tags, tags)
            except ValueError as error:
                message = f"the metric {metric.name} cannot score the references: {error}"
                faults.add(message, draft.place("tasks", name, "metrics", number, "name"))


def _made(
    draft: Draft, path: KeyPath, use: MetricUse, task: Task, kind: type[TaskKind], faults: Faults
) -> Metric | None:
    place = draft.place(*path, "name")
    fitting = [other for other in METRICS.names() if METRICS.get(other).accepts.intersection(kind.produces)]
    try:
        cls = find_metric(use.name, draft.folder)
    except UnknownName as error:
        message = f"there is no metric “{use.name}”{did_you_mean(use.name, error.known)}"
        faults.add(message, place, f"metrics that fit {task.kind}: {', '.join(fitting)}")
        return None
    except ValueError as error:
        faults.add(str(error), place)
        return None
    if not cls.accepts.intersection(kind.produces):
        takes = " or ".join(CALLED.get(what, what) for what in sorted(cls.accepts))
        gives = " and ".join(CALLED[what] for what in kind.produces)
        message = f"the metric `{use.name}` scores {takes}, and task kind {task.kind} gives {gives}"
        faults.add(message, place, f"metrics that fit: {', '.join(fitting)}")
        return None
    known = _known_options(draft, path, use, cls, faults)
    return _built(draft, path, use.name, known, cls, MetricContext.of(task, draft.folder), faults)


def _known_options(draft: Draft, path: KeyPath, use: MetricUse, cls: type[Metric], faults: Faults) -> dict[str, Any]:
    """The options that the metric takes; the others are faults."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return use.options
    known = [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    unknown = [option for option in use.options if option not in known]
    for option in unknown:
        message = f"the metric `{use.name}` has no option `{option}`{did_you_mean(option, known)}"
        hint = f"its options are {', '.join(known)}" if known else "it has no options"
        faults.add(message, draft.place(*path, "options", option, key=True), hint)
    return {option: value for option, value in use.options.items() if option in known}


def _built(
    draft: Draft,
    path: KeyPath,
    name: str,
    options: dict[str, Any],
    cls: type[Metric],
    context: MetricContext,
    faults: Faults,
) -> Metric | None:
    """The metric with its options. One that it refuses by name is told and left out, to see what else is wrong."""
    metric = _attempt(cls, name, context, options)
    while isinstance(metric, str):
        refused = next((option for option in options if re.search(rf"\b{re.escape(option)}\b", metric)), None)
        if refused is None:
            faults.add(metric, draft.place(*path, "name"))
            return None
        faults.add(metric, draft.place(*path, "options", refused))
        options = {option: value for option, value in options.items() if option != refused}
        metric = _attempt(cls, name, context, options)
    return metric


def _attempt(cls: type[Metric], name: str, context: MetricContext, options: dict[str, Any]) -> Metric | str:
    """The metric, or what it has against being made so."""
    try:
        return cls(name, context, **options)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        return str(error)


def _check_bounds(draft: Draft, name: str, task: Task, headline: Metric, faults: Faults) -> None:
    low, high = headline.bounds
    for key, value in (("floor", task.floor), ("ceiling", task.ceiling), ("minimum", task.minimum)):
        if value is not None and not low <= value <= high:
            message = f"`{key}` must lie between {low:g} and {high:g}, the bounds of {headline.name}, not at {value:g}"
            faults.add(message, draft.place("tasks", name, key))
    _check_range(draft, name, task, headline, faults)
    if task.floor is None or task.ceiling is None:
        return
    side = "below" if headline.higher_is_better else "above"
    if task.floor == task.ceiling or (task.floor < task.ceiling) != headline.higher_is_better:
        message = f"`floor` must lie {side} `ceiling`, since {headline.name} is better the {_BETTER[side]} it is"
        faults.add(message, draft.place("tasks", name, "floor", key=True))


def _check_range(draft: Draft, name: str, task: Task, headline: Metric, faults: Faults) -> None:
    """The overall adds scores of which more is better; between bounds, or by what is left to them, it needs bounds."""
    if draft.suite is None:
        return
    if draft.suite.overall.normalize == "none":
        if not headline.higher_is_better and task.weight:
            message = f"the overall score cannot add {headline.name}, of which less is better, to the other scores"
            hint = "say `overall: {normalize: floor_ceiling}`, give another metric first, or `weight: 0`"
            faults.add(message, draft.place("tasks", name, "metrics", 0), hint)
        if draft.suite.overall.weights != "difficulty" or not task.weight:
            return
    worst, best = headline.bounds if headline.higher_is_better else headline.bounds[::-1]
    for key, value, bound in (("floor", task.floor, worst), ("ceiling", task.ceiling, best)):
        if value is None and not math.isfinite(bound):
            message = f"task `{name}` needs `{key}`: {headline.name} has no bound there, which the overall score takes"
            faults.add(message, draft.place("tasks", name, key=True))
