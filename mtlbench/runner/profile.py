"""`profile.json`: where the time of a run went, and how near its models came to what their device can do."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from mtlbench.runner.costs import BESIDE, FLOPS
from mtlbench.runner.events import Event, Listener, Spent
from mtlbench.runner.moments import Moments


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ModelProfile(Part):
    """One model's turn."""

    model: str
    phases: dict[str, float] = Field(description="Seconds by phase; `tokenise` goes on beside the others.")
    seconds: float = Field(description="Of all phases but tokenise.")
    requests: int
    answers: int = Field(description="Of the requests, those that were computed.")
    input_tokens: int
    output_tokens: int
    tokens_per_second: float | None = Field(description="Both kinds, of the seconds of answering.")
    operations: float | None = Field(description="2·m·k·n of each product of matrices, without padding.")
    matmul_peak: float | None = Field(description="Operations a second of the fastest product of matrices.")
    peak_share: float | None = Field(description="Operations a second of answering ÷ matmul_peak.")
    reason: str | None = Field(None, description="Why there is no peak_share.")


class Profile(Part):
    models: list[ModelProfile] = Field(description="Those that computed something.")
    scoring: float = Field(description="Seconds from the last output to the end, the page included.")


class Profiler:
    """Hears what the models' turns took."""

    def __init__(self) -> None:
        self._spent: list[Spent] = []

    def heard_by(self, listen: Listener) -> Listener:
        """A listener that tells `listen` all, and takes note."""

        def hear(event: Event) -> None:
            if isinstance(event, Spent) and event.answered:
                self._spent.append(event)
            listen(event)

        return hear

    def profile(self, scoring: float) -> Profile:
        return Profile(models=[model_profile(spent) for spent in self._spent], scoring=scoring)


def model_profile(spent: Spent) -> ModelProfile:
    costs, told = spent.costs, Moments.total(spent.answered.values())
    answering = costs.answering
    operations = _operations(spent)
    reached = None if operations is None or not answering else operations / answering
    share = None if reached is None or costs.matmul_peak is None else reached / costs.matmul_peak
    tokens = told.input_tokens + told.output_tokens
    return ModelProfile(
        model=spent.model,
        phases=costs.phases,
        seconds=sum(seconds for phase, seconds in costs.phases.items() if phase != BESIDE),
        requests=spent.requests,
        answers=told.answers,
        input_tokens=told.input_tokens,
        output_tokens=told.output_tokens,
        tokens_per_second=tokens / answering if tokens and answering else None,
        operations=operations,
        matmul_peak=costs.matmul_peak,
        peak_share=share,
        reason=None if share is not None else costs.unmeasured.get(FLOPS, "the operations of some tasks are not known"),
    )


def _operations(spent: Spent) -> float | None:
    """Of all that was computed: of each task its operations an example; None where those of a task are not known."""
    each = [(spent.costs.flops.get(task), moments.answers) for task, moments in spent.answered.items()]
    known = [flops * answers for flops, answers in each if flops is not None]
    return sum(known) if len(known) == len(each) else None
