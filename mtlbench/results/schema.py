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
    trained_rows: dict[str, int] | None = Field(None, description="Rows it was trained on, by task.")
    family: str | None = Field(None, description="Models of one family differ in their training alone.")
    parameters: int | None
    dtype: str | None
    device: str | None
    description: str


class MetricInfo(Row):
    name: str
    signature: str
    higher_is_better: bool
    bounds: tuple[Number, Number] = Field(description="Lowest and highest value; null where there is none.")


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
    cluster: str | None = Field(None, description="Column of what several rows come from.")
    clusters: int | None = Field(None, description="How many clusters there are; intervals and tests count them.")
    description: str


class ScoreRow(Row):
    """One metric of one model on one task."""

    model: str
    task: str
    metric: str = Field(description="A metric of the task, or `<metric>.<part>`: a class's recall, BLEU's precisions.")
    value: Number
    ci_low: Number
    ci_high: Number
    method: str | None = Field(
        None, description="How the interval was made: wilson, t, clustered t, bca, percentile, …"
    )
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


class AggregateRow(Row):
    """Another way to make one number of a model's headline scores; null for a model that lacks a task."""

    model: str
    name: str = Field(
        description="geometric_mean, harmonic_mean (both weighted as the overall), worst_task, metric_mean (metrics "
        "averaged within each task, then tasks, as GLUE), mean_rank, win_rate, borda (all three among the models that "
        "have every task), or task_bootstrap: the overall, with an interval over other tasks of the kind."
    )
    value: Number = Field(description="In points; a rank (1 is best) or a count of votes where the name says so.")
    ci_low: Number
    ci_high: Number
    reason: str | None


class SeedRow(Row):
    """Several checkpoints of one training, which differ in their seed: the score that the training gives."""

    model: str = Field(description="The model that the others name in `seed_of`.")
    task: str = Field(description="A task, or `overall`.")
    metric: str
    seeds: int = Field(description="How many checkpoints have the score.")
    value: Number = Field(description="Mean over the seeds.")
    sd: Number = Field(description="Standard deviation between the seeds.")
    ci_low: Number = Field(description="Of the mean, over other seeds and other examples; null below three seeds.")
    ci_high: Number
    iqm: Number = Field(description="Of the overall: mean of the middle half of all scores, seeds × tasks.")
    iqm_low: Number
    iqm_high: Number
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
    method: str | None = Field(None, description="How the interval was made: paired t, jackknife t, tango, bca, …")
    p_value: Number
    p_adjusted: Number
    test: str
    significant: bool | None
    mde: Number = Field(
        None, description="Smallest difference, in points, that one such test finds with a power of 80%."
    )
    effect: Number = Field(None, description="d_z: delta ÷ the standard deviation of the paired differences.")
    odds_ratio: Number = Field(
        None, description="McNemar's: examples that the model alone got right ÷ those that the baseline alone did."
    )
    win_rate: Number = Field(
        None, description="Percent of examples on which the model is better, ties half; null for corpus scores."
    )
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


class ChangeRow(Row):
    """What rewriting inputs did to a model's answers: swaps of groups' words, pairs in the data, or disturbances."""

    model: str
    task: str
    name: str = Field(description="The swap or the disturbance, `pairs` for those in the data, `all` for all of a task.")
    metric: str = Field(
        description="flip_rate and placebo_flip_rate: percent of pairs whose answer changed; excess_flip_rate: the "
        "difference, on rows that both change; worst_case: mean of the worse score of original and variant; else the "
        "headline, or a measure of the answer, after − before."
    )
    direction: str = Field(description="`first → second` group, `both ways` for mixed rows; empty for all pairs.")
    n: int = Field(description="Rows of the task.")
    changed: int = Field(description="Pairs that the value is of.")
    value: Number
    ci_low: Number
    ci_high: Number
    method: str | None = None
    p_value: Number = None
    p_adjusted: Number = Field(None, description="For all swaps and tasks of the model that ask the same.")
    significant: bool | None = None
    reason: str | None


class ChangeExample(Row):
    """A row and its variant, with both answers; long texts are cut."""

    model: str
    task: str
    name: str
    direction: str
    id: str
    input: str
    variant: str
    output: str
    variant_output: str
    flipped: bool


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
    weight_bytes: int | None = Field(None, description="Memory of the weights as loaded; null when all was cached.")
    seconds: Number = Field(description="Inference alone: loading, reading and scoring excluded.")
    examples_per_second: Number
    tokens_per_second: Number = Field(description="Generated tokens.")
    p50: Number = Field(description="Median seconds per example: its batch's seconds ÷ the batch's rows.")
    p95: Number
    device: str | None
    dtype: str | None
    reason: str | None


class VariantRow(Row):
    """What a variant of a checkpoint costs and wins, against the checkpoint as it is."""

    model: str
    base: str = Field(description="The model of the suite with the same checkpoint, and nothing done to it.")
    what: str = Field(description="What was done: quantize: int8, prune: 0.3, dtype: bfloat16, adapter: FOLDER.")
    task: str = Field(description="A task, or `overall`.")
    metric: str
    delta: Number = Field(description="Score of the variant − that of the base, on the same examples.")
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number = Field(description="For all tests made of the variant.")
    significant: bool | None
    speed_ratio: Number = Field(
        description="Examples per second ÷ the base's; null unless this run computed all of both."
    )
    memory_ratio: Number = Field(description="Memory of the weights ÷ the base's; null unless this run loaded both.")
    bytes_ratio: Number = Field(description="Size of the weights on disk ÷ the base's.")
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
    aggregates: list[AggregateRow] = []
    seeds: list[SeedRow] = []
    comparisons: list[ComparisonRow]
    transfer: list[TransferRow]
    forgetting: list[ForgettingRow]
    fairness: list[FairnessRow]
    efficiency: list[EfficiencyRow]
    variants: list[VariantRow] = []
    counterfactual: list[ChangeRow] = []
    robustness: list[ChangeRow] = []
    changes: list[ChangeExample] = Field([], description="A few examples of each, flipped answers first.")
    warnings: list[WarningRow]
