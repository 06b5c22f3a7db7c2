"""What stands ready before a model's first stage: network, tokenizer, examples, teacher; or why they cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import set_seed

from mtlbench.engines.loading import refuse_other_tokenizer
from mtlbench.runner.plan import PlannedTask
from mtlbench.suite.faults import Faults, InputError
from mtlbench.training import adapters
from mtlbench.training.backbones import Start, find_tokenizer, fresh, load_start
from mtlbench.training.events import Listener, Notice
from mtlbench.training.examples import Example, refuse
from mtlbench.training.jobs import Job
from mtlbench.training.writing import stands_on

SEEDS = 2**32
"""As many as numpy and torch tell apart."""
VIRTUAL = ("prefix", "prompt")
"""Adapters that put trained vectors before what the network reads."""
TOLD = frozenset({"classification", "tagging", "multiple_choice"})
"""Heads whose logits are of one choice among several, which a teacher can teach."""


@dataclass(frozen=True)
class Ready:
    """A network with all heads, in its adapter if it has one, and what it learns from."""

    network: Any
    tokenizer: Any
    tasks: Mapping[str, PlannedTask]
    examples: Mapping[str, list[Example]]
    places: Mapping[str, list[int]]
    """Of each example, the row that it is of."""
    teacher: Any

    @property
    def padding(self) -> int:
        padding, end = self.tokenizer.pad_token_id, self.tokenizer.eos_token_id
        return next((token for token in (padding, end) if token is not None), 0)


def make_ready(job: Job) -> Ready:
    """Raises InputError, or ValueError where a part of training finds the plan wrong."""
    planned, kind = job.planned, job.start.kind
    tasks = {task: job.rows.share(planned, task) for task in planned.tasks}
    _refuse(tasks, kind.name)
    _refuse_rootless(job)
    set_seed(planned.seed % SEEDS)
    network, tokenizer = _started(job)
    whole = {task: job.rows.training(planned, task) for task in planned.tasks}
    network = kind.fitted(network, whole, planned.heads)
    encoder = kind.encoder(network, tokenizer, job.start.source)
    examples, places = {}, {}
    for task, rows in tasks.items():
        examples[task], places[task] = _known(encoder.encode(rows), rows, job.listen)
    if planned.adapter is not None:
        network = adapters.adapted(network, planned.adapter, kind.name)
    teacher = None if job.teacher is None else _teacher(job.teacher, network, tokenizer, planned.tasks)
    return Ready(network, tokenizer, tasks, examples, places, teacher)


def _started(job: Job) -> tuple[Any, Any]:
    """Network and tokenizer before any training of this model's."""
    backbone, own = job.planned.backbone, None
    if backbone.tokenizer is not None and job.planned.starts_from is None:
        own = find_tokenizer(backbone.tokenizer, job.start.kind, job.loaded.path.parent, job.loaded.output, job.rows)
    if backbone.config is not None and job.start.folder is None:
        return fresh(backbone.config, job.start.kind, own), own
    network, tokenizer = load_start(job.start)
    if own is not None:
        refuse_other_tokenizer(job.start.source, own, network)
    return network, own or tokenizer


def _refuse(tasks: Mapping[str, PlannedTask], kind: str) -> None:
    faults = Faults()
    for rows in tasks.values():
        message = refuse(rows.asked, kind)
        if message is not None:
            faults.add(message, hint="leave the task out of the model's `tasks:`")
    faults.raise_any()


def _refuse_rootless(job: Job) -> None:
    """Virtual tokens are no part of a network, and so need one to stand on that is stored elsewhere."""
    adapter = job.planned.adapter
    if adapter is not None and adapter.type in VIRTUAL and not stands_on(job):
        raise InputError(
            f"model {job.planned.name}: a {adapter.type} adapter needs a checkpoint to stand on, not {job.start.source}",
            "give the model a `backbone:` with a `checkpoint:`, or let it start from a whole model",
        )


def _known(found: Sequence[Example | None], rows: PlannedTask, listen: Listener) -> tuple[list[Example], list[int]]:
    """The examples there are, and the rows they are of; raises InputError where there are none."""
    places = [place for place, example in enumerate(found) if example is not None]
    if not places:
        raise InputError(f"task {rows.name}: no row of {rows.dataset.source} fits into the network's input")
    if len(places) < len(found):
        listen(Notice(f"task {rows.name}: {len(found) - len(places)} rows are left out, whose answers were cut off"))
    return [example for example in found if example is not None], places


def _teacher(start: Start, network: Any, tokenizer: Any, tasks: Sequence[str]) -> Any:
    """A network with the same tokens and, for tasks with heads, the same labels; raises InputError."""
    teacher, theirs = load_start(start)
    if theirs.get_vocab() != tokenizer.get_vocab():
        raise InputError(f"the teacher {start.source} has another tokenizer", "teach by a model with the same tokens")
    heads = getattr(teacher, "heads", {})
    for task, head in getattr(network, "heads", {}).items():
        if task in tasks and (task not in heads or heads[task].labels != head.labels or head.name not in TOLD):
            raise InputError(
                f"the teacher {start.source} has no probabilities to teach for the task {task}",
                f"it needs the same head as its pupil, one of {', '.join(sorted(TOLD))}",
            )
    return teacher.eval().requires_grad_(False).to(next(network.parameters()).device)
