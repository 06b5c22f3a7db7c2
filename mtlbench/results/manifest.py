"""`manifest.json`: what a run was made from and how it went; with the predictions, enough to score it again."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mtlbench.suite.templates import is_rewording

Status = Literal["running", "complete", "incomplete", "interrupted"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelRecord(Part):
    """What a model was at the time of the run."""

    kind: str
    engine: str
    source: str
    fingerprint: str
    base: str | None = Field(None, description="Hash of the checkpoint's files alone, which its variants share.")
    parameters: int | None
    trainable: int | None = Field(None, description="Of the parameters, those that training changed.")
    bytes: int | None
    trained_on: dict[str, float] | None = Field(
        None, description="What its training.json tells of it; what the suite declares counts before that."
    )
    trained_rows: dict[str, int] | None = Field(None, description="The same of the rows it was trained on, by task.")
    dtype: str | None
    device: str | None
    checkpoint_generation: dict[str, Any] = Field({}, description="Generation keys that the checkpoint itself sets.")


class DataRecord(Part):
    """The rows of a task."""

    source: str
    fingerprint: str
    n: int
    variants: dict[str, int] = Field({}, description="How many rows each swap or disturbance changes.")


class ExamplesRecord(DataRecord):
    """The solved examples that models with shots are shown before each input of a task."""

    ids: list[str] = Field(description="In the order they are shown; a model of fewer shots is shown the first.")


class PairRecord(Part):
    """How one model fared on one task."""

    model: str
    task: str
    generation: dict[str, Any] = Field(description="Generation keys in force: suite over checkpoint over default.")
    cached: int = Field(description="Outputs that the cache gave.")
    computed: int
    variants: int | None = Field(None, description="Rewritten rows answered besides; null where that failed.")
    variants_computed: int = Field(0, description="Of those, the ones that the cache did not give.")
    truncated: int = Field(description="Inputs cut to the longest the model or the task allows.")
    limited: int = Field(description="Outputs that ran into their token limit.")
    seconds: float
    peak_memory: int | None
    weight_bytes: int | None = Field(None, description="Memory of the model's weights; null when all was cached.")
    active: int | None = Field(None, description="Parameters that meet one input: chosen experts, the task's own head.")
    cold_start: float | None = Field(None, description="Seconds from before the model was loaded to its first outputs.")
    flops: float | None = Field(None, description="Floating-point operations per example, by PyTorch's counter.")
    energy: float | None = Field(None, description="Joules of the computed outputs: of the model's, by share of time.")
    unmeasured: dict[str, str] = Field({}, description="Why there is no cold_start, flops or energy.")
    error: str | None = None


class Hardware(Part):
    processor: str
    cores: int
    memory: int | None
    accelerators: list[str]


class Manifest(Part):
    """One per run; rewritten as the run goes on."""

    status: Status
    run: str
    created: str
    finished: str | None = None
    version: str
    suite: str
    suite_hash: str
    folder: str = Field(
        ".", description="The suite's folder, seen from the run's: what paths of metrics are relative to."
    )
    limit: int | None
    seed: int
    models: dict[str, ModelRecord]
    tasks: dict[str, DataRecord]
    examples: dict[str, ExamplesRecord] = Field({}, description="By task; only of tasks that a model has shots of.")
    pairs: list[PairRecord] = []
    versions: dict[str, str]
    hardware: Hardware

    def without_rewordings(self) -> Manifest:
        """The run as it would be without templates, whose tasks count for nothing but the comparison of wordings."""
        tasks = {name: record for name, record in self.tasks.items() if not is_rewording(name)}
        pairs = [pair for pair in self.pairs if not is_rewording(pair.task)]
        return self.model_copy(update={"tasks": tasks, "pairs": pairs})
