"""A pair's predictions: from the outputs to tables on disk, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mtlbench.engines import Output
from mtlbench.engines.active import active_parameters
from mtlbench.results.folder import write_parts
from mtlbench.results.manifest import PairRecord
from mtlbench.runner.asking import AT_ONCE, Asking
from mtlbench.runner.backlog import Backlog
from mtlbench.runner.outputs import Outputs
from mtlbench.runner.plan import Plan
from mtlbench.runner.table import predictions_table, variants_table

if TYPE_CHECKING:
    import pyarrow as pa


class _Missing(Exception):
    """An output is not there."""


@dataclass(slots=True)
class _Tally:
    """What is told of all outputs of a pair."""

    truncated: int = 0
    limited: int = 0
    seconds: float = 0.0

    def add(self, outputs: Sequence[Output]) -> None:
        self.truncated += sum(output.truncated for output in outputs)
        self.limited += sum(output.limited for output in outputs)
        self.seconds += sum(output.seconds or 0.0 for output in outputs)


@dataclass(slots=True)
class Store:
    """Writes what one model answered."""

    plan: Plan
    asking: Asking
    backlog: Backlog
    outputs: Outputs
    _tally: _Tally = field(default_factory=_Tally)

    def pair(self, task: str, error: str | None, costs: dict[str, Any]) -> PairRecord:
        """Write the predictions of a task if they are all there; `error` is why they would not be, `costs` are the
        record's own keys of costs.
        """
        model, numbers = self.asking.model, self.asking.numbers(task)
        rows = len(self.plan.tasks[task].dataset)
        self._tally = _Tally()
        complete = self._write(task, range(rows))
        tally = self._tally if complete else _Tally()
        varied = range(rows, len(numbers))
        answered = complete and bool(varied) and self._write(task, varied)
        cached = self.backlog.cached[numbers.start : numbers.stop]
        return PairRecord(
            model=model.name,
            task=task,
            generation=self.plan.generation(model.name, task).model_dump(exclude_none=True),
            cached=int(cached[:rows].sum()),
            computed=int((~cached[:rows]).sum()) if complete else 0,
            variants=len(varied) if answered else None,
            variants_computed=int((~cached[rows:]).sum()) if answered else 0,
            truncated=tally.truncated,
            limited=tally.limited,
            seconds=tally.seconds,
            active=active_parameters(model.identity, model.model, task),
            **costs,
            error=None if complete else error or "no output",
        )

    def _write(self, task: str, places: range) -> bool:
        """The rows' table, or the variants'; no table where an output is missing, and none of no rows."""
        folder, model = self.plan.folder, self.asking.model.name
        path = (folder.variants_path if places.start else folder.predictions_path)(model, task)
        try:
            if places:
                write_parts(path, self._tables(task, places))
                return True
        except _Missing:
            pass
        path.unlink(missing_ok=True)
        return False

    def _tables(self, task: str, places: range) -> Iterator[pa.Table]:
        target, first = self.plan.tasks[task], self.asking.numbers(task).start
        for start in range(places.start, places.stop, AT_ONCE):
            some = range(start, min(start + AT_ONCE, places.stop))
            requests = self.asking.requests([first + place for place in some])
            questions = [request.question for request in requests]
            outputs = self._outputs([request.number for request in requests])
            if not places.start:
                self._tally.add(outputs)
                yield predictions_table(target, some, questions, outputs)
                continue
            rows = range(some.start - places.start, some.stop - places.start)
            originals = self._outputs([first + target.variants[place].index for place in rows])
            yield variants_table(target, rows, questions, outputs, [output.text for output in originals])

    def _outputs(self, numbers: Sequence[int]) -> list[Output]:
        """Those of requests by number; raises _Missing."""
        keys = [self.backlog.key(number) for number in numbers]
        found = self.outputs.get(keys)
        if len(found) < len(set(keys)):
            raise _Missing
        return [found[key] for key in keys]
