"""What is left to compute of a plan: examples and tokens of each model's tasks, told without loading a weight."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice

from mtlbench.engines import Request
from mtlbench.runner.asking import Asking
from mtlbench.runner.backlog import Backlog
from mtlbench.runner.cache import Cache
from mtlbench.runner.outputs import Outputs
from mtlbench.runner.plan import Plan, PlannedModel
from mtlbench.tasks.question import Question
from mtlbench.tasks.rows import read_each

AT_ONCE = 32_768
"""Requests whose tokens are counted at once, by a tokenizer that is loaded each time."""
REFERENCES = 128
"""Rows of a task whose references are counted, spread over it."""
EMPTY, REFERENCE = -2, -1
"""Numbers of requests that stand for nothing but a length: of no text, and of a reference."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """Of one model and task: of `rows` and `variants`, outputs of `cached` are kept, `answers` are to be computed, and the
    others are duplicates, answered with one of those or of another model of equal weights. Tokens are of the answers.
    """

    model: str
    task: str
    rows: int
    variants: int
    cached: int
    duplicates: int
    answers: int
    input_tokens: int | None
    """Exact; None where the engine cannot tell."""
    output_tokens: int | None
    """Expected; None where nothing is written, or nothing can be expected."""


def remaining(plan: Plan, model: PlannedModel, cache: Cache, coming: set[bytes] | None = None) -> list[Remaining]:
    """By task, in order; `coming` are keys of what models before it will have answered by then, and then of its own too."""
    asking = Asking(plan, model)
    kept = cache if model.engine.cached else Cache(None)
    backlog = Backlog(asking, plan.versions, Outputs(kept, lambda message: None))
    left: Iterator[Request] = (request for place in range(backlog.shards) for request in backlog.shard(place))
    if coming is not None:
        left = _unanswered(left, backlog, coming)
    answers, tokens, written = _count(plan, model, left)
    found = []
    for task in model.tasks:
        numbers, rows = asking.numbers(task), len(plan.tasks[task].dataset)
        cached = int(backlog.cached[numbers.start : numbers.stop].sum())
        each = written.get(task)
        found.append(
            Remaining(
                model.name, task, rows, len(numbers) - rows, cached, len(numbers) - cached - answers[task], answers[task],
                None if tokens is None else tokens[task], None if each is None else round(each * answers[task]),
            )
        )  # fmt: skip
    return found


def expecting(left: Iterable[Remaining], lengths: Mapping[str, float]) -> list[Remaining]:
    """The same, by how many tokens the model is known to write to an example of some tasks."""
    return [
        replace(each, output_tokens=round(lengths[each.task] * each.answers))
        if each.task in lengths and each.answers
        else each
        for each in left
    ]


def _unanswered(left: Iterable[Request], backlog: Backlog, coming: set[bytes]) -> Iterator[Request]:
    for request in left:
        key = backlog.key(request.number)
        if key not in coming:
            coming.add(key)
            yield request


def _count(
    plan: Plan, model: PlannedModel, left: Iterator[Request]
) -> tuple[Counter[str], Counter[str] | None, dict[str, float]]:
    """Requests and input tokens by task, and the tokens of a task's references on average, an end token included."""
    answers, tokens = Counter[str](), Counter[str]()
    lengths: dict[str, list[int]] = defaultdict(list)
    first = next(left, None)
    if first is None:
        return answers, tokens, {}
    empty, told = 0, True
    coming = chain(_references(plan, model, first), [first], left)
    while some := list(islice(coming, AT_ONCE)):
        counts = model.engine.count(model.identity, model.model, plan.options, some)
        told = counts is not None
        for request, count in zip(some, counts or [0] * len(some), strict=True):
            if request.number == EMPTY:
                empty = count
            elif request.number == REFERENCE:
                most = request.generation.max_new_tokens or count
                lengths[request.task].append(min(max(1, count - empty + 1), most))
            else:
                answers[request.task] += 1
                tokens[request.task] += count
    means = {task: sum(several) / len(several) for task, several in lengths.items()}
    return (answers, tokens, means) if told else (answers, None, {})


def _references(plan: Plan, model: PlannedModel, like: Request) -> Iterator[Request]:
    """Requests that read what should be written, for the sake of its length."""
    written = [name for name in model.tasks if _writes(plan, model, name)]
    if written:
        yield replace(like, number=EMPTY, question=Question(""))
    for name in written:
        target = plan.tasks[name]
        step = -(-len(target.dataset) // REFERENCES)
        rows = target.dataset.take(range(0, len(target.dataset), step))
        for request in plan.requests(model.name, name, range(1)):
            for references in read_each(name, rows, target.kind.references):
                yield replace(request, number=REFERENCE, question=Question(references[0] if references else ""))


def _writes(plan: Plan, model: PlannedModel, task: str) -> bool:
    """Whether the model's answers to a task are texts that it writes."""
    asked = plan.tasks[task].asked
    return model.engine.reads_input and asked.by == "generation" and asked.form != "nats"
