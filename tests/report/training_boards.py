"""Forgetting and learning curves of boards made by hand."""

from __future__ import annotations

from mtlbench.results.schema import (
    CurveRow,
    DataEfficiencyRow,
    ForgettingComparisonRow,
    ForgettingRow,
    ReachRow,
    Results,
    RetentionRow,
)

MEASURES = ("learned", "best", "final", "forgetting", "backward", "forward", "intransigence")


def with_sequence(results: Results, name: str = "curriculum") -> Results:
    """A sequence of two stages, which forgot 4.2 points of the first task, and one that it is compared with."""
    one, two = (task.name for task in results.tasks[:2])
    values: dict[str | None, tuple[float | None, ...]] = {
        one: (80.0, 80.0, 75.8, 4.2, -4.2, None, 0.5),
        two: (70.0, None, 70.0, None, None, 1.2, -0.5),
        None: (75.0, 80.0, 72.9, 4.2, -4.2, 1.2, 0.0),
    }
    return results.model_copy(
        update={
            "forgetting": [
                forgetting_row(name, task, measure, value)
                for task, row in values.items()
                for measure, value in zip(MEASURES, row, strict=True)
            ],
            "retention": [
                retention_row(name, stage, task, value)
                for stage, scores in enumerate(((50.0, 41.0), (80.0, None), (75.8, 70.0)))
                for task, value in zip((one, two), scores, strict=True)
            ],
            "forgetting_comparisons": [
                ForgettingComparisonRow(
                    sequence=name,
                    baseline=f"{name} with EWC",
                    delta=3.1,
                    ci_low=1.0,
                    ci_high=5.2,
                    p_value=0.002,
                    p_adjusted=0.002,
                    test="paired bootstrap, percentile",
                    significant=True,
                    reason=None,
                )
            ],
        }
    )


def forgetting_row(sequence: str, task: str | None, measure: str, value: float | None) -> ForgettingRow:
    return ForgettingRow(
        sequence=sequence,
        task=task,
        learned_at=None if task is None else 1,
        measure=measure,
        against=None,
        value=value,
        ci_low=None if value is None else value - 1.5,
        ci_high=None if value is None else value + 1.5,
        reason="learned in the last stage: nothing came after it" if value is None else None,
    )


def retention_row(sequence: str, stage: int, task: str, value: float | None) -> RetentionRow:
    return RetentionRow(
        sequence=sequence,
        stage=stage,
        model=f"{sequence}-{stage}",
        task=task,
        learned_at=1,
        value=value,
        ci_low=None if value is None else value - 2,
        ci_high=None if value is None else value + 2,
        reason=f"{sequence}-{stage} was not run on {task}" if value is None else None,
    )


def with_curves(results: Results, multi: str = "t5-small-joint", single: str = "single-sentiment") -> Results:
    """Curves of three sizes on the first task; what the single-task model reaches, the other does with a third."""
    task = results.tasks[0].name
    points = {multi: (71.0, None, 88.0), single: (60.0, 78.0, 84.0)}
    return results.model_copy(
        update={
            "curves": [
                curve_row(curve, task, rows, value)
                for curve, values in points.items()
                for rows, value in zip((100, 1000, 10_000), values, strict=True)
            ],
            "data_efficiency": [area_row(multi, task, None), area_row(single, task, 75.0)],
            "examples_to_reach": [
                reach_row(multi, single, task, 84.0, 3.1, None),
                reach_row(multi, single, task, 60.0, None, "reached with fewer than 100 rows, the fewest of the curve"),
            ],
        }
    )


def curve_row(curve: str, task: str, rows: int, value: float | None) -> CurveRow:
    return CurveRow(
        curve=curve,
        model=f"{curve}-{rows}",
        task=task,
        rows=rows,
        value=value,
        ci_low=None if value is None else value - 3,
        ci_high=None if value is None else value + 3,
        reason=None if value is not None else f"{curve}-{rows} has no predictions for {task}",
    )


def area_row(curve: str, task: str, value: float | None) -> DataEfficiencyRow:
    return DataEfficiencyRow(
        curve=curve,
        task=task,
        sizes=0 if value is None else 3,
        least=None if value is None else 100,
        most=None if value is None else 10_000,
        value=value,
        ci_low=None if value is None else value - 2,
        ci_high=None if value is None else value + 2,
        monotone=None if value is None else True,
        method=None if value is None else "trapezoid over log rows",
        reason=f"{curve}-1000 has no predictions for {task}" if value is None else None,
    )


def reach_row(multi: str, single: str, task: str, score: float, ratio: float | None, reason: str | None) -> ReachRow:
    return ReachRow(
        task=task,
        curve=multi,
        baseline=single,
        score=score,
        at_full=reason is None,
        baseline_rows=10_000,
        rows=None if ratio is None else 10_000 / ratio,
        ratio=ratio,
        ci_low=None if ratio is None else ratio / 1.5,
        ci_high=None if ratio is None else ratio * 1.5,
        reason=reason,
    )
