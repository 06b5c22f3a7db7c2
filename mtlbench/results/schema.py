"""The keys of `results.json`: one documented typed structure.

Lists are long and tidy: each loads straight into a data frame. A number that cannot be computed is null, and `reason` says
why. Scores are on 0–100, correlations and MCC on −100–100. A change of meaning raises SCHEMA_VERSION.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Literal[1] = 1

Number = float | None


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelInfo(Row):
    """A model as it was run."""

    name: str
    kind: str
    engine: str
    source: str = Field(description="Checkpoint or predictions folder, as the suite writes it.")
    fingerprint: str = Field(description="Hash of weights, tokenizer and configuration, or of the predictions.")
    trained_on: dict[str, float] | None
    parameters: int | None
    dtype: str | None
    device: str | None
    description: str


class MetricInfo(Row):
    name: str
    signature: str
    higher_is_better: bool
    bounds: tuple[float, float] = Field(description="Lowest and highest value.")


class TaskInfo(Row):
    """A task as it was scored."""

    name: str
    kind: str
    headline: str = Field(description="Metric that stands for the task in the overall score.")
    metrics: list[MetricInfo]
    weight: float = Field(description="Share of the overall score; all shares sum to 1.")
    floor: Number
    ceiling: Number
    n: int
    source: str
    fingerprint: str = Field(description="Hash of the data.")
    groups: list[str]
    description: str


class ScoreRow(Row):
    """One metric of one model on one task."""

    model: str
    task: str
    metric: str
    value: Number
    ci_low: Number
    ci_high: Number
    n: int
    headline: bool
    reason: str | None
    signature: str


class OverallRow(Row):
    """The weighted score of one model over all tasks."""

    model: str
    value: Number
    ci_low: Number
    ci_high: Number
    rank: int | None = Field(description="1 is best; null where a task is missing.")
    rank_low: int | None = Field(description="1 + the models that are significantly better.")
    rank_high: int | None = Field(description="Ranked models − those that are significantly worse.")
    group: int | None = Field(description="Models of one group are not separable from its best by the tests made.")
    coverage: float = Field(description="Share of the tasks' weight that has a score.")
    reason: str | None


class ComparisonRow(Row):
    """A paired difference, model − baseline, on the same examples."""

    task: str = Field(description="A task, or `overall`.")
    metric: str
    model: str
    baseline: str
    delta: Number
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number
    test: str
    significant: bool | None
    reason: str | None


class TransferRow(Row):
    """What training together did to one task: multi-task model − single-task baseline."""

    source: str = Field(description="The model trained on several tasks.")
    target: str = Field(description="The task.")
    metric: str
    baseline: str = Field(description="The model trained on the target alone.")
    delta: Number
    relative: Number = Field(description="100 · delta ÷ baseline; null unless the baseline is above 0.")
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number
    significant: bool | None
    reason: str | None


class ForgettingRow(Row):
    """What later training did to a task learned earlier; scores in points."""

    sequence: str
    task: str | None = Field(description="null in the row of averages.")
    learned_at: int | None
    best: Number
    final: Number
    forgetting: Number
    bwt: Number
    fwt: Number
    reason: str | None


class FairnessRow(Row):
    """One metric in one group, or a disparity between groups."""

    model: str
    task: str
    metric: str
    attribute: str
    group: str = Field(description="A group, or the name of a disparity.")
    value: Number
    ci_low: Number
    ci_high: Number
    n: int
    reason: str | None


class EfficiencyRow(Row):
    """Cost of one model on one task, as measured when its outputs were made."""

    model: str
    task: str
    parameters: int | None
    trainable: int | None
    bytes: int | None = Field(description="Size of the weights on disk.")
    peak_memory: int | None = Field(
        description="Bytes: most memory held while the model ran; null when all was cached."
    )
    seconds: Number = Field(description="Inference alone: loading, reading and scoring excluded.")
    examples_per_second: Number
    tokens_per_second: Number = Field(description="Generated tokens.")
    p50: Number = Field(description="Median seconds per example: its batch's seconds ÷ the batch's rows.")
    p95: Number
    device: str | None
    dtype: str | None
    reason: str | None


class WarningRow(Row):
    """Something a reader of the numbers should know."""

    code: str
    where: str
    message: str


class SuiteInfo(Row):
    name: str
    description: str
    hash: str = Field(description="Hash of the suite as resolved.")
    seed: int
    confidence: float
    resamples: int
    permutations: int
    correction: str
    weights: str
    normalize: str


class RunInfo(Row):
    id: str
    created: str = Field(description="UTC, ISO 8601.")
    version: str = Field(description="Version of mtlbench.")
    libraries: dict[str, str] = Field(description="Versions of the libraries that made the outputs.")
    limit: int | None = Field(description="Rows a task was cut to, by a seeded sample.")


class Results(Row):
    """Everything a report, a gate or a notebook needs."""

    schema_version: Literal[1] = SCHEMA_VERSION
    status: Literal["complete", "incomplete"]
    suite: SuiteInfo
    run: RunInfo
    models: list[ModelInfo]
    tasks: list[TaskInfo]
    scores: list[ScoreRow]
    overall: list[OverallRow]
    comparisons: list[ComparisonRow]
    transfer: list[TransferRow]
    forgetting: list[ForgettingRow]
    fairness: list[FairnessRow]
    efficiency: list[EfficiencyRow]
    warnings: list[WarningRow]
