"""Results made by hand: a realistic board, a board of any size, and one whose names mean harm."""

from __future__ import annotations

import random

from mtlbench.results.schema import (
    AggregateRow,
    ComparisonRow,
    Direction,
    EfficiencyRow,
    FairnessRow,
    MetricInfo,
    ModelInfo,
    OverallRow,
    Results,
    RunInfo,
    ScoreRow,
    SeedRow,
    SuiteInfo,
    TaskInfo,
    TransferRow,
    WarningRow,
)
from tests.report.training_boards import with_curves, with_sequence

TASKS = {
    "sentiment": ("classification", "accuracy", "f1_macro"),
    "paraphrase": ("classification", "f1", "accuracy"),
    "entailment": ("classification", "accuracy", "f1_macro"),
    "acceptability": ("classification", "mcc", "accuracy"),
    "similarity": ("regression", "pearson", "spearman"),
    "translation": ("generation", "bleu", "chrf"),
    "summarization": ("generation", "rouge_l", "rouge_1"),
    "question-answering": ("generation", "exact_match", "f1_tokens"),
}
HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "[bold red]\x1b[31mred\x1b]0;title\x07\x00 {{ 7 * 7 }}",
    "\u202eمرحبا \"><svg onload=alert(1)>'",
)


def model_info(name: str, trained_on: dict[str, float], parameters: int = 60_506_624) -> ModelInfo:
    return ModelInfo(
        name=name,
        kind="text2text",
        engine="transformers",
        source=f"checkpoints/{name}",
        fingerprint="8b1a9953c4611296a827abf8c47804d7",
        trained_on=trained_on,
        parameters=parameters,
        dtype="bfloat16",
        device="cuda:0",
        description="",
    )


def task_info(name: str, kind: str, metrics: tuple[str, ...], weight: float) -> TaskInfo:
    return TaskInfo(
        name=name,
        kind=kind,
        headline=metrics[0],
        metrics=[
            MetricInfo(name=each, signature=f"{each}|version:1", higher_is_better=each != "ter", bounds=(0.0, 100.0))
            for each in metrics
        ],
        weight=weight,
        floor=None,
        ceiling=None,
        n=872,
        source=f"data/{name}.jsonl",
        fingerprint="c3fcd3d76192e4007dfb496cca67e13b",
        groups=[],
        description="",
    )


def score_row(model: str, task: TaskInfo, metric: str, value: float | None, reason: str | None = None) -> ScoreRow:
    return ScoreRow(
        model=model,
        task=task.name,
        metric=metric,
        value=value,
        ci_low=None if value is None else value - 1.6,
        ci_high=None if value is None else value + 1.4,
        method=None if value is None else "wilson",
        n=task.n,
        headline=metric == task.headline,
        reason=reason,
        signature=f"{metric}|version:1",
    )


def overall_row(model: str, place: int | None, low: int, high: int, value: float, coverage: float) -> OverallRow:
    ranked = place is not None
    return OverallRow(
        model=model,
        value=value if ranked else None,
        ci_low=value - 0.9 if ranked else None,
        ci_high=value + 0.8 if ranked else None,
        rank=place,
        rank_low=low if ranked else None,
        rank_high=high if ranked else None,
        group=low if ranked else None,
        coverage=coverage,
        reason=None if ranked else "no score on 7 of 8 tasks",
    )


def verdict(delta: float, half: float, p: float | None) -> Direction:
    """Of a metric of which more is better."""
    if p is None or p > 0.05 or abs(delta) <= half:
        return "not separable"
    return "positive" if delta > 0 else "negative"


def transfer_row(source: str, target: str, delta: float | None, half: float, p: float | None) -> TransferRow:
    known = delta is not None
    return TransferRow(
        source=source,
        target=target,
        metric="accuracy",
        baseline=f"single-{target}",
        delta=delta,
        relative=delta / 0.8 if delta is not None else None,
        ci_low=delta - half if delta is not None else None,
        ci_high=delta + half if delta is not None else None,
        p_value=p if known else None,
        p_adjusted=p if known else None,
        significant=p is not None and p <= 0.05 if known else None,
        verdict=None if delta is None else verdict(delta, half, p),
        reason=None if known else "the baseline predicts one value for every row",
    )


def comparison_row(task: str, metric: str, model: str, baseline: str, delta: float, half: float) -> ComparisonRow:
    clear = abs(delta) > half
    return ComparisonRow(
        task=task,
        metric=metric,
        model=model,
        baseline=baseline,
        delta=delta,
        ci_low=delta - half,
        ci_high=delta + half,
        method="jackknife t",
        p_value=0.0004 if clear else 0.31,
        p_adjusted=0.0032 if clear else 0.62,
        test="paired permutation",
        significant=clear,
        mde=1.43 * half,
        effect=delta / (15 * half),
        odds_ratio=1.3,
        win_rate=51.2,
        reason=None,
    )


def aggregate_rows(model: str, value: float, missing: str | None) -> list[AggregateRow]:
    """Some of the ways to make one number; all null for a model that lacks a task."""
    values = {"geometric_mean": value - 2, "worst_task": value - 30, "win_rate": 62.5, "task_bootstrap": value}
    return [
        AggregateRow(
            model=model,
            name=name,
            value=None if missing else number,
            ci_low=number - 9 if name == "task_bootstrap" and not missing else None,
            ci_high=number + 7 if name == "task_bootstrap" and not missing else None,
            reason=missing,
        )
        for name, number in values.items()
    ]


def seed_row(model: str) -> SeedRow:
    return SeedRow(
        model=model,
        task="overall",
        metric="overall",
        seeds=3,
        value=77.1,
        sd=0.4,
        ci_low=76.2,
        ci_high=78.0,
        iqm=79.3,
        iqm_low=78.1,
        iqm_high=80.2,
        reason=None,
    )


def efficiency_row(model: str, task: str, speed: float) -> EfficiencyRow:
    return EfficiencyRow(
        model=model,
        task=task,
        parameters=60_506_624,
        trainable=60_506_624,
        bytes=242_043_056,
        peak_memory=1_840_700_269,
        seconds=872 / speed,
        examples_per_second=speed,
        tokens_per_second=speed * 4.2,
        p50=0.9 / speed,
        p95=1.7 / speed,
        device="cuda:0",
        dtype="bfloat16",
        reason=None,
    )


def board(multi: list[str], tasks: list[str], single: bool = True, seed: int = 3) -> Results:
    """Multi-task models complete and ranked, and one single-task model for each task, which covers that task alone."""
    draw = random.Random(seed)
    infos = [task_info(name, *_shape(name), weight=1 / len(tasks)) for name in tasks]
    singles = {f"single-{name}": name for name in tasks} if single else {}
    base = {task.name: draw.uniform(35, 90) for task in infos}
    scores, efficiency, transfer, comparisons = [], [], [], []
    for place, model in enumerate([*multi, *singles]):
        for task in infos:
            if singles.get(model, task.name) != task.name:
                continue
            lift = 0.0 if model in singles else draw.gauss(1.5 - place, 2.0)
            scores += [
                score_row(model, task, each.name, base[task.name] + lift + 3 * number)
                for number, each in enumerate(task.metrics)
            ]
            efficiency.append(efficiency_row(model, task.name, draw.uniform(90, 400)))
            if single and model not in singles:
                transfer.append(transfer_row(model, task.name, lift, 1.7, 0.004 if abs(lift) > 1.7 else 0.4))
    for index, model in enumerate(multi):
        for other in multi[index + 1 :]:
            for name in ["overall", *tasks]:
                metric = "overall" if name == "overall" else _shape(name)[1][0]
                comparisons.append(comparison_row(name, metric, model, other, draw.gauss(0.8, 1.5), 1.3))
    overall = [
        overall_row(model, place, max(1, place - 1), min(len(multi), place + (place == 1)), 78.4 - 1.1 * place, 1.0)
        for place, model in enumerate(multi, start=1)
    ] + [overall_row(model, None, 0, 0, 0.0, 1 / len(tasks)) for model in singles]
    return Results(
        status="complete",
        suite=SuiteInfo(
            name="everyday-english",
            description="Eight everyday English tasks, from sentiment to summaries.",
            hash="5d41402abc4b2a76b9719d911017c592",
            seed=7,
            confidence=0.95,
            resamples=5000,
            permutations=10000,
            correction="holm",
            weights="declared",
            normalize="none",
        ),
        run=RunInfo(
            id="20261120-185359-5d4140",
            created="2026-11-20T18:53:59Z",
            version="0.1.0",
            libraries={"torch": "2.13.0"},
            limit=None,
        ),
        models=[model_info(name, dict.fromkeys(tasks, 1.0)) for name in multi]
        + [model_info(name, {task: 1.0}) for name, task in singles.items()],
        tasks=infos,
        scores=scores,
        overall=overall,
        aggregates=[line for row in overall for line in aggregate_rows(row.model, row.value or 0.0, row.reason)],
        seeds=[seed_row(multi[0])] if multi else [],
        comparisons=comparisons,
        transfer=transfer,
        forgetting=[],
        fairness=[],
        efficiency=efficiency,
        warnings=[],
    )


def _shape(name: str) -> tuple[str, tuple[str, ...]]:
    kind, *metrics = TASKS.get(name, ("classification", "accuracy", "f1_macro"))
    return kind, tuple(metrics)


def with_nulls(results: Results) -> Results:
    """The first multi-task model's similarity cannot be computed, its transfer neither; warnings tell of it."""
    model, reason = results.models[1].name, "constant predictions: Pearson is not defined"
    scores = [
        row.model_copy(update={"value": None, "ci_low": None, "ci_high": None, "reason": reason})
        if (row.model, row.task, row.metric) == (model, "similarity", "spearman")
        else row
        for row in results.scores
    ]
    transfer = [
        transfer_row(row.source, row.target, None, 0, None)
        if (row.source, row.target) == (model, "translation")
        else row
        for row in results.transfer
    ]
    warnings = [
        WarningRow(code="truncated", where=f"{model} / {task}", message="12 inputs were cut to 512 tokens")
        for task in ("translation", "summarization", "question-answering", "entailment")
    ] + [WarningRow(code="small-sample", where="acceptability", message="872 rows find differences of about 3 points")]
    return results.model_copy(update={"scores": scores, "transfer": transfer, "warnings": warnings})


def with_fairness(results: Results) -> Results:
    """One audited task."""
    keys = {"model": results.models[0].name, "task": "sentiment", "metric": "accuracy", "attribute": "gender"}
    fairness = [
        FairnessRow(
            **keys, group=group, value=value, ci_low=value - 2, ci_high=value + 2, n=n, sufficient=n >= 30, reason=None
        )
        for group, value, n in (("female", 81.3, 412), ("male", 90.3, 431), ("unknown", 84.0, 24))
    ]
    fairness.append(
        FairnessRow(
            **keys,
            disparity="difference",
            group="female",
            other="male",
            value=9.0,
            ci_low=4.2,
            ci_high=13.8,
            n=843,
            chance=2.1,
            p_value=0.0002,
            p_adjusted=0.003,
            verdict="disparity",
            finding="for gender “female”, accuracy is 4.2 to 14 points lower than for “male”",
            reason=None,
        )
    )
    return results.model_copy(update={"fairness": fairness})


def realistic_board() -> Results:
    """Three multi-task models, complete, and a single-task model for each of eight tasks."""
    results = board(["t5-small-joint", "t5-small-weighted", "t5-small-adapters"], list(TASKS))
    return with_curves(with_sequence(with_fairness(with_nulls(results))))
