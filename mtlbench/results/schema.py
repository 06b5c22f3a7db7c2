"""The keys of `results.json`: one documented typed structure.

Lists are long and tidy: each loads straight into a data frame. A number that cannot be computed is null, and `reason` says
why. Scores are on 0–100, correlations and MCC on −100–100. A change of meaning raises SCHEMA_VERSION.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Literal[1] = 1

Number = float | None

Direction = Literal["positive", "negative", "not separable"]
"""What a difference says: positive is better, whichever way the metric runs; separable from 0 by the adjusted p-value and
by the interval."""


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
    trainable: int | None = Field(None, description="Of the parameters, those that training changed.")
    bytes: int | None = Field(None, description="Size of the weights on disk.")
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
    breaks: list[str] = Field([], description="Critical tasks of which the model breaks a limit.")
    reason: str | None


class AggregateRow(Row):
    """Another way to make one number of a model's headline scores; null for a model that lacks a task."""

    model: str
    name: str = Field(
        description="geometric_mean, harmonic_mean (both weighted as the overall), worst_task, metric_mean (metrics "
        "averaged within each task, then tasks, as GLUE), mean_rank, win_rate, borda (all three among the models that "
        "have every task), task_bootstrap: the overall, with an interval over other tasks of the kind, or "
        "difficulty_weighted: the overall of tasks that weigh what their best single-task baseline leaves to the ceiling."
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
    loss_gain: Number = Field(
        None, description="Where less is better: 100 · (baseline ÷ model − 1), as Standley et al. (2020)."
    )
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number = Field(description="Benjamini and Hochberg's, for all rows of transfer.")
    significant: bool | None
    verdict: Direction | None = Field(description="positive: training together helped; null where delta is.")
    reason: str | None


class TransferSummaryRow(Row):
    """How many of the tasks that a multi-task model was trained on it helped and hurt."""

    model: str
    family: str | None
    tasks: int = Field(description="Tasks of the run that it was trained on.")
    positive: int
    negative: int
    unclear: int
    missing: list[str] = Field(description="Tasks that lack a single-task baseline or a score.")
    negative_share: Number = Field(description="Share of negative among the tasks that do not lack one, from 0 to 1.")
    reason: str | None


class MatrixRow(Row):
    """What one task does to another: a model that met the source − a baseline, on the target."""

    source: str = Field(description="A task; several joined by ` + ` where the model was trained on several.")
    target: str
    via: Literal["pair", "sequence", "zero-shot"] = Field(
        description="Trained on both together, on the source and then the target, or never on the target."
    )
    model: str
    baseline: str | None = Field(
        description="The model trained on the target alone; of zero-shot the model before training, or `floor`."
    )
    delta: Number
    relative: Number
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number = Field(description="Benjamini and Hochberg's, for all rows of the matrix.")
    test: str
    verdict: Direction | None
    reason: str | None


class ContributionRow(Row):
    """What including one task did to another: joint model − the model trained without it."""

    left_out: str
    target: str
    model: str = Field(description="Trained on all tasks of the joint model but the one left out.")
    joint: str
    delta: Number
    relative: Number
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number = Field(description="Benjamini and Hochberg's, for all contributions.")
    test: str
    verdict: Direction | None = Field(description="positive: including the task helped the target.")
    reason: str | None


class GroupingRow(Row):
    """Tasks that go together by their mutual transfer in pairs."""

    family: str | None
    method: Literal["average linkage", "exhaustive", "greedy"] = Field(
        description="Clusters cut where mutual transfer ends, or the groups of the highest predicted gain."
    )
    tasks: list[str]
    groups: list[list[str]] | None
    gain: Number = Field(description="Predicted gain over training each task alone, in points, mean over the tasks.")
    ci_low: Number = Field(description="Over other examples, the groups being as they are.")
    ci_high: Number
    caveat: str
    reason: str | None


class DeltaMRow(Row):
    """Δm, the mean relative gain of a multi-task model over its single-task baselines, in percent."""

    model: str
    convention: str = Field(
        description="task_first: (100/T)·Σ over tasks of the mean over its metrics of u(N − B)/B. metric_flat: "
        "−(100/M)·Σ over all metrics of u(N − B)/B. u is 1 where more is better, else −1."
    )
    better: Literal["higher", "lower"] = Field(description="Its sign: where better models lie.")
    source: str
    tasks: int
    metrics: int
    value: Number = Field(description="null where a baseline is missing or not above 0.")
    ci_low: Number
    ci_high: Number
    delta_points: Number = Field(description="Mean over the tasks of the headline's difference; positive is better.")
    points_low: Number
    points_high: Number
    reason: str | None


class RetentionRow(Row):
    """The headline score on a task that a sequence trains, after one of its stages: the R matrix, row by row."""

    sequence: str
    stage: int = Field(description="From 1; 0 is the model before the first stage.")
    model: str
    task: str
    learned_at: int = Field(description="The first stage that trained the task.")
    value: Number
    ci_low: Number
    ci_high: Number
    reason: str | None


class ForgettingRow(Row):
    """One measure of sequential training, of one task or averaged over those that it is defined for; in points."""

    sequence: str
    task: str | None = Field(description="null in the averages.")
    learned_at: int | None = Field(description="The first stage that trained the task.")
    measure: str = Field(
        description="learned, best and final: the score after the stage that learned the task, the best one before the "
        "last stage, and the last. forgetting: best − final. backward (BWT): final − learned. forward (FWT): the score "
        "before the stage that learned it − that of `against`. intransigence: the score of `against` − learned. "
        "Differences are turned so that more is better in each score that they are made of."
    )
    against: str | None = Field(
        description="The model before the first stage, or the one trained on all tasks together."
    )
    value: Number
    ci_low: Number = Field(description="Percentile of the resamples of examples.")
    ci_high: Number
    reason: str | None


class ForgettingComparisonRow(Row):
    """Average forgetting of one sequence − that of another of the same tasks in the same stages; below 0 it kept more."""

    sequence: str
    baseline: str
    delta: Number
    ci_low: Number
    ci_high: Number
    p_value: Number
    p_adjusted: Number = Field(description="Holm's, for all pairs of sequences.")
    test: str
    significant: bool | None
    reason: str | None


class CurveRow(Row):
    """A point of a learning curve: the headline score of one training on so many rows of the task."""

    curve: str = Field(description="The model trained on all rows.")
    model: str
    task: str
    rows: int | None = Field(description="Rows of the task that the model was trained on.")
    value: Number
    ci_low: Number
    ci_high: Number
    reason: str | None


class DataEfficiencyRow(Row):
    """The area under a learning curve: the mean score over the logarithm of the rows."""

    curve: str
    task: str
    sizes: int = Field(description="Different numbers of rows that the curve has.")
    least: int | None = Field(description="Its smallest number of rows.")
    most: int | None
    value: Number = Field(description="Area ÷ log(most / least), in points of the score.")
    ci_low: Number
    ci_high: Number
    monotone: bool | None = Field(description="Whether no score is worse than one of fewer rows.")
    method: str | None
    reason: str | None


class ReachRow(Row):
    """How many rows of a task a multi-task curve and its single-task baseline need for one score."""

    task: str
    curve: str = Field(description="The multi-task model trained on all rows.")
    baseline: str = Field(description="The single-task model trained on all rows.")
    score: Number = Field(description="What the baseline reaches on one of its numbers of rows.")
    at_full: bool = Field(description="Whether that is all of its rows.")
    baseline_rows: Number = Field(description="Fewest rows with which the baseline reaches the score.")
    rows: Number = Field(description="Fewest with which the multi-task curve does.")
    ratio: Number = Field(description="baseline_rows ÷ rows: above 1, training together saves rows.")
    ci_low: Number
    ci_high: Number
    reason: str | None


class FairnessRow(Row):
    """One metric in one group (`disparity` is null), or a disparity between groups."""

    model: str
    task: str
    metric: str = Field(
        description="A metric of the task; of classifications also selection_rate[L], true_positive_rate[L], "
        "false_positive_rate[L] and equalized_odds[L] of a label L against the rest."
    )
    attribute: str = Field(description="Column that rows are grouped by; `gender × region` is an intersection.")
    within: str | None = Field(None, description="Columns within whose values groups are compared.")
    disparity: str | None = Field(
        None,
        description="difference (widest), ratio (lowest ÷ highest), worst_group, to_overall (widest difference from all "
        "rows), demographic_parity_difference, demographic_parity_ratio, equal_opportunity_difference, "
        "equalized_odds_difference.",
    )
    group: str | None = Field(None, description="The group; of a disparity the one that is worst off.")
    other: str | None = Field(None, description="Of a disparity, the group that is best off.")
    value: Number
    ci_low: Number = Field(description="Of a disparity simultaneous over all pairs of groups.")
    ci_high: Number
    n: int = Field(description="Rows of the group; of a disparity, those compared.")
    sufficient: bool | None = Field(None, description="Whether the group has rows enough to be compared.")
    chance: Number = Field(None, description="The disparity to expect where groups do not differ at all.")
    p_value: Number = Field(None, description="That the groups are equal.")
    p_adjusted: Number = Field(None, description="By Holm, over the models, tasks and attributes of the run.")
    verdict: Literal["disparity", "no evidence", "not compared"] | None = None
    finding: str | None = Field(None, description="The verdict in words.")
    reason: str | None


class BiasTransferRow(Row):
    """Whether training on several tasks widened the gap between two groups: gap of the model − gap of its baseline."""

    model: str = Field(description="The model trained on several tasks.")
    baseline: str = Field(description="The model trained on the task alone.")
    task: str
    metric: str
    attribute: str
    within: str | None = None
    group: str | None = Field(None, description="The group that is worse off where the gap of either model is widest.")
    other: str | None = Field(None, description="The group that is better off there.")
    gap: Number = Field(description="How much worse the group is served by the model than the other; null if unknown.")
    baseline_gap: Number
    value: Number = Field(description="gap − baseline_gap; above 0 the gap has widened.")
    ci_low: Number = Field(description="Simultaneous over all pairs of groups.")
    ci_high: Number
    n: int = Field(description="Rows compared.")
    p_value: Number = Field(None, description="That the two models differ alike in all groups.")
    p_adjusted: Number = Field(None, description="By Holm, over the models, tasks and attributes of the run.")
    verdict: Literal["widened", "narrowed", "no evidence", "not compared"] | None = None
    finding: str | None = None
    reason: str | None


class FairnessLimitRow(Row):
    """A limit on the gap between groups, and whether it is kept; of groups of at least 100 rows alone."""

    model: str
    task: str
    metric: str
    attribute: str
    max_gap: float = Field(description="Widest acceptable gap, in points.")
    gap: Number
    ci_low: Number
    ci_high: Number
    n: int = Field(description="Rows compared.")
    verdict: Literal["violated", "kept", "not certain", "not enough rows"] = Field(
        description="Violated if even the low end of the interval is above the limit, kept if the high end is not."
    )
    finding: str
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
    cached: int = Field(0, description="Outputs that the cache gave, with the seconds measured when they were made.")
    parameters: int | None
    active: int | None = Field(
        None, description="Parameters that meet one input: of experts those chosen, of several heads the task's own."
    )
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
    cold_start: Number = Field(None, description="Seconds from before the model was loaded to its first outputs.")
    flops_per_example: Number = Field(
        None, description="Floating-point operations, by PyTorch's counter over a few rows, each answered alone."
    )
    energy_per_example: Number = Field(
        None, description="Joules, as codecarbon estimates them for the model, shared among its tasks by time."
    )
    device: str | None
    dtype: str | None
    reason: str | None


class BalanceRow(Row):
    """How evenly a model's scores lie over the tasks, and how firm its rank is; of models that have all tasks."""

    model: str
    name: str = Field(
        description="Of the scores between floor and ceiling (0–100), tasks counting alike: mean, worst_task, sd (ddof 0), "
        "cv (sd ÷ mean), gini. Of the rank in the overall: rank_kept, the share of resamples that leave it as it is; "
        "best_rank and worst_rank, when one task is left out."
    )
    value: Number
    ci_low: Number
    ci_high: Number
    task: str | None = Field(description="The worst task; the one without which the rank is best or worst.")
    reason: str | None


class ConsistencyRow(Row):
    """Whether tasks rank the models alike: Kendall's tau-b between their rankings, 1 where they do."""

    task: str | None = Field(description="The task whose tau with each other task is averaged; null for all pairs.")
    tau: Number
    models: int = Field(description="Models that have all tasks.")
    reason: str | None


class SensitivityRow(Row):
    """How far first place hangs on the tasks' weights; of models that have all tasks."""

    model: str
    wins: Number = Field(description="Share of all weightings under which it is first.")
    wins_error: Number = Field(description="Monte-Carlo standard error of that share.")
    rival: str | None = Field(description="For the first model, the nearest to its place; for others, the first model.")
    distance: Number = Field(
        description="Share of the weight that must move, at least, until the model is first, or, for the first model, "
        "until the rival is."
    )
    weights: dict[str, float] | None = Field(description="The weights at which that happens.")
    reason: str | None


class AlignmentRow(Row):
    """Training shares of a multi-task model beside the weights that its tasks have in the overall."""

    model: str
    total_variation: float = Field(description="½Σ|training share − weight|: 0 alike, 1 nothing in common.")
    rank_correlation: Number = Field(description="Spearman's, over the tasks that were trained or count.")
    under_trained: list[str] = Field(
        description="Tasks that weigh at least twice their training share, and at least 5% of the whole more."
    )
    unevaluated: list[str] = Field(description="Tasks it was trained on that the run does not have.")
    evaluated: Number = Field(description="The overall.")
    evaluated_low: Number
    evaluated_high: Number
    trained: Number = Field(description="The overall if the run's tasks weighed as they did in training.")
    trained_low: Number
    trained_high: Number
    difference: Number = Field(description="trained − evaluated.")
    difference_low: Number
    difference_high: Number
    reason: str | None


class LimitRow(Row):
    """A limit that the suite sets on a task, and where a model stands to it."""

    model: str
    task: str
    priority: Literal["normal", "critical"]
    limit: Literal["minimum", "max_regression"]
    bound: float = Field(description="The worst acceptable score; the most points of regression.")
    baseline: str | None = Field(description="Of a regression: the single-task model that it is measured from.")
    value: Number = Field(description="The score; or by how many points it is worse than the baseline's.")
    ci_low: Number
    ci_high: Number
    broken: bool | None
    sure: bool | None = Field(description="Whether the whole interval lies on the same side of the bound.")
    reason: str | None


class FrontRow(Row):
    """A ranked model in the plane of overall score and one cost, among those whose cost was measured alike."""

    cost: str = Field(
        description="seconds and flops (per example, over the tasks that count), parameters, memory (of the weights as "
        "loaded) or bytes (on disk)."
    )
    device: str | None = Field(
        description="Device and number type of a front in seconds; null where neither bears on it."
    )
    model: str
    value: Number = Field(description="Overall score.")
    ci_low: Number
    ci_high: Number
    amount: Number = Field(description="The cost.")
    on_front: bool | None = Field(
        description="No other is at least as good and as cheap, and better in one of the two."
    )
    surely: Number = Field(description="Share of the resamples of examples in which it is on the front, 0–1.")
    reason: str | None


class ReplacementRow(Row):
    """One multi-task model against the single-task models of its family that it can replace, one for each task."""

    model: str
    baselines: list[str] = Field(description="In the order of the tasks that count.")
    cost: str = Field(
        description="parameters, bytes (on disk), memory (of the weights as loaded) or seconds (all tasks' examples)."
    )
    unified: Number = Field(description="What the multi-task model costs.")
    separate: Number = Field(description="Sum over the single-task models.")
    ratio: Number = Field(description="unified ÷ separate.")
    delta: Number = Field(description="Overall score − that of the single-task models, each on its own task.")
    ci_low: Number
    ci_high: Number
    reason: str | None


class ScalingRow(Row):
    """A least-squares line through the scores of multi-task models of several sizes. It describes these models."""

    task: str = Field(description="A task, or `overall`.")
    metric: str
    models: list[str]
    sizes: int = Field(description="Different sizes among them; sizes within 10% count as one.")
    slope: Number = Field(description="Points per tenfold of parameters.")
    ci_low: Number = Field(description="Student's t with n − 2 degrees of freedom: had other models been trained.")
    ci_high: Number
    resampled_low: Number = Field(description="Percentile of the resamples of examples: had others been drawn.")
    resampled_high: Number
    intercept: Number = Field(description="The line's value at one parameter.")
    r2: Number = Field(description="Share of the scores' variance that the line explains, 0–1.")
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


class GapRow(Row):
    """What a model loses (or wins) on another domain or split: score there − score at home."""

    model: str
    kind: Literal["domain", "split"]
    tasks: list[str] = Field(description="The tasks out of domain, or the other split; of several, the mean.")
    counterparts: list[str] = Field(description="The tasks in domain, or the split they are held against.")
    metric: str
    value: Number = Field(None, description="Score on `tasks`.")
    reference: Number = Field(None, description="Score on `counterparts`.")
    gap: Number = Field(None, description="value − reference, in points.")
    ci_low: Number = None
    ci_high: Number = None
    relative: Number = Field(None, description="100 · gap ÷ reference; null unless the reference is above 0.")
    worse: bool | None = Field(None, description="Whether the interval lies wholly on the side of the worse.")
    reason: str | None = None


class TemplateRow(Row):
    """One model on one task, asked in several wordings: how far its score depends on them."""

    model: str
    task: str
    metric: str
    scores: dict[str, Number] = Field(description="Score under each template; the task's own is `input`.")
    mean: Number = None
    mean_low: Number = None
    mean_high: Number = None
    sd: Number = Field(None, description="Standard deviation over templates, n − 1 in the denominator.")
    sd_low: Number = None
    sd_high: Number = None
    worst: str | None = Field(None, description="Template of the worst score.")
    worst_value: Number = None
    worst_low: Number = Field(None, description="Of the worst score, whichever template it comes from.")
    worst_high: Number = None
    best: str | None = None
    best_value: Number = None
    spread: Number = Field(None, description="Highest score − lowest.")
    spread_low: Number = None
    spread_high: Number = None
    reason: str | None = None


class ConfusionRow(Row):
    """How many examples of one label a model gave another; pairs that never occur have no row."""

    model: str
    task: str
    reference: str
    prediction: str | None = Field(description="A label; null for outputs that are none.")
    count: int
    share: float = Field(description="Percent of the reference's examples.")


class FlipRow(Row):
    """Two models on the same examples: where one is right and the other wrong, and what both could do together."""

    model: str
    baseline: str
    task: str
    metric: str = Field(description="accuracy where there are labels, else the headline's value of each example.")
    lost_count: int | None = Field(
        None, description="Right (or better) with the baseline, wrong (or worse) with the model."
    )
    won_count: int | None = None
    both_right: int | None = Field(None, description="null where examples are not right or wrong.")
    both_wrong: int | None = None
    p_value: Number = None
    test: str | None = None
    agreement: Number = Field(None, description="Percent of examples with the same prediction; labels alone.")
    kappa: Number = Field(None, description="Cohen's kappa between the predictions, −1–1; labels alone.")
    oracle: Number = Field(None, description="Score of the better answer to each example.")
    complementarity: Number = Field(None, description="Percent of the model's errors that the baseline gets right.")
    lost: list[str] = Field([], description="Ids of lost examples, at most 20, the largest losses first.")
    won: list[str] = []
    reason: str | None = None


class SliceRow(Row):
    """One model on some examples of a task, against the same model on the others."""

    model: str
    task: str
    metric: str
    column: str = Field(description="input words (length of the input), label (the reference), or a column.")
    slice: str
    n: int
    value: Number = None
    ci_low: Number = None
    ci_high: Number = None
    rest: Number = Field(None, description="Score on the other examples.")
    delta: Number = Field(None, description="value − rest.")
    delta_low: Number = None
    delta_high: Number = None
    p_value: Number = None
    p_adjusted: Number = Field(None, description="Benjamini and Hochberg's, over all slices of the model.")
    test: str | None = None
    worse: bool | None = Field(None, description="Significantly worse than the rest.")
    reason: str | None = None


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
    balance: list[BalanceRow] = []
    consistency: list[ConsistencyRow] = []
    sensitivity: list[SensitivityRow] = []
    alignment: list[AlignmentRow] = []
    limits: list[LimitRow] = []
    seeds: list[SeedRow] = []
    comparisons: list[ComparisonRow]
    transfer: list[TransferRow]
    transfer_summary: list[TransferSummaryRow] = []
    matrix: list[MatrixRow] = []
    contributions: list[ContributionRow] = []
    groupings: list[GroupingRow] = []
    delta_m: list[DeltaMRow] = []
    forgetting: list[ForgettingRow]
    retention: list[RetentionRow] = []
    forgetting_comparisons: list[ForgettingComparisonRow] = []
    curves: list[CurveRow] = []
    data_efficiency: list[DataEfficiencyRow] = []
    examples_to_reach: list[ReachRow] = []
    fairness: list[FairnessRow]
    bias_transfer: list[BiasTransferRow] = []
    fairness_limits: list[FairnessLimitRow] = []
    efficiency: list[EfficiencyRow]
    fronts: list[FrontRow] = []
    replacement: list[ReplacementRow] = []
    scaling: list[ScalingRow] = []
    variants: list[VariantRow] = []
    generalisation: list[GapRow] = []
    templates: list[TemplateRow] = []
    confusions: list[ConfusionRow] = []
    flips: list[FlipRow] = []
    slices: list[SliceRow] = []
    counterfactual: list[ChangeRow] = []
    robustness: list[ChangeRow] = []
    changes: list[ChangeExample] = Field([], description="A few examples of each, flipped answers first.")
    warnings: list[WarningRow]
