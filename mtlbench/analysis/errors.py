"""Which errors models make: labels that they confuse, and examples that one gets right and another wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from mtlbench.analysis.answers import Achieved, Answers, IndexArray, Labelled, achieved
from mtlbench.analysis.lineage import Lineage
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import ConfusionRow, FlipRow, OverallRow, WarningRow
from mtlbench.stats.proportions import mcnemar

MOST_CELLS = 200
"""Of a task's confusions, as rows; of a larger table the largest off the diagonal are kept."""
KEPT_CELLS = 100
MOST_RANKED = 5
"""So many models from the top of the ranking are held against their neighbours."""
MOST_IDS = 20


def confusion_rows(answers: Sequence[Answers]) -> list[ConfusionRow]:
    """The cells of each model's confusion table on each task of labels, by reference, then prediction."""
    return [
        row
        for each in answers
        if each.labelled is not None
        for model in each.labelled.predictions
        for row in _confusions(model, each.task.name, each.labelled)
    ]


def cut_confusions(answers: Sequence[Answers]) -> list[WarningRow]:
    """Which tasks have more confusions than are kept."""
    cut = [
        each.task.name
        for each in answers
        if each.labelled is not None and any(_is_cut(each.labelled, model) for model in each.labelled.predictions)
    ]
    message = f"of more than {MOST_CELLS} kinds of confusion only the {KEPT_CELLS} most frequent errors are listed"
    return [WarningRow(code="confusions", where=name, message=message) for name in cut]


def _is_cut(labelled: Labelled, model: str) -> bool:
    return int(np.count_nonzero(_table(labelled, model))) > MOST_CELLS


def _table(labelled: Labelled, model: str) -> IndexArray:
    """Counts `[C, C + 1]` of reference × prediction; the last column counts outputs that are no label."""
    classes = len(labelled.labels)
    predicted = np.where(labelled.predictions[model] < 0, classes, labelled.predictions[model])
    cells = np.bincount(labelled.references * (classes + 1) + predicted, minlength=classes * (classes + 1))
    return cells.reshape(classes, classes + 1)


def _confusions(model: str, task: str, labelled: Labelled) -> Iterator[ConfusionRow]:
    table, words = _table(labelled, model), [*labelled.labels, None]
    totals = table.sum(1)
    kept = table.copy()
    if np.count_nonzero(table) > MOST_CELLS:
        np.fill_diagonal(kept, 0)
        kept.ravel()[np.argsort(-kept, axis=None, kind="stable")[KEPT_CELLS:]] = 0
    for reference, prediction in zip(*np.nonzero(kept), strict=True):
        count = int(table[reference, prediction])
        yield ConfusionRow(
            model=model,
            task=task,
            reference=labelled.labels[reference],
            prediction=words[prediction],
            count=count,
            share=100 * count / int(totals[reference]),
        )


def flip_rows(answers: Sequence[Answers], lineage: Lineage, overall: Sequence[OverallRow]) -> list[FlipRow]:
    """Each multi-task model against its single-task baselines on their tasks, and the first of the ranking against the
    next on every task. Rows are of tasks on which both have answers.
    """
    ranked = [row.model for row in overall if row.rank is not None][:MOST_RANKED]
    rows = []
    for each in answers:
        own = [
            (model, rival) for model in lineage.multi_task for rival in lineage.baselines(model).get(each.task.name, ())
        ]
        for pair in dict.fromkeys([*own, *pairwise(ranked)]):
            if all(model in each.rows for model in pair):
                rows.append(_flips(each, *pair))
    return rows


def _flips(answers: Answers, model: str, baseline: str) -> FlipRow:
    """Counts of flips, McNemar's exact test of them (of values between right and wrong, the sign test, which is the same of
    better and worse), and what the pair could do together.
    """
    task, mine, theirs = answers.task, achieved(answers, model), achieved(answers, baseline)
    if mine is None or theirs is None:
        reason = f"{task.headline.name} is no mean over examples, the more the better: none of them is won or lost"
        return FlipRow(model=model, baseline=baseline, task=task.name, metric=task.headline.name, reason=reason)
    better = mine.values - theirs.values
    won, lost = int((better > 0).sum()), int((better < 0).sum())
    alone = task.clusters is None
    agreement, kappa = _agreement(answers.labelled, model, baseline)
    return FlipRow(
        model=model,
        baseline=baseline,
        task=task.name,
        metric=mine.metric,
        lost_count=lost,
        won_count=won,
        both_right=int(((mine.values == 1) & (theirs.values == 1)).sum()) if mine.hits else None,
        both_wrong=int(((mine.values == 0) & (theirs.values == 0)).sum()) if mine.hits else None,
        p_value=mcnemar(won, lost) if alone else None,
        test=("McNemar, exact" if mine.hits else "sign test, exact") if alone else None,
        agreement=agreement,
        kappa=kappa,
        oracle=100 * float(np.maximum(mine.values, theirs.values).mean()),
        complementarity=_complementarity(mine, lost),
        lost=_ids(answers, -better),
        won=_ids(answers, better),
        reason=None if alone else "no p-value: rows of one cluster are not independent; see the comparisons",
    )


def _complementarity(mine: Achieved, lost: int) -> float | None:
    """100 · (wrong here, right there) ÷ wrong here (Brill and Wu 1998); None for a model without errors."""
    wrong = int((mine.values == 0).sum())
    return 100 * lost / wrong if mine.hits and wrong else None


def _agreement(labelled: Labelled | None, first: str, second: str) -> tuple[float, float | None] | tuple[None, None]:
    """Percent of equal predictions p, and Cohen's (1960) kappa (p − e)/(1 − e), e = Σ over labels of the product of both
    models' shares; an output that is no label is one more. Kappa is None where both always answer the same.
    """
    if labelled is None:
        return None, None
    one, two = labelled.predictions[first], labelled.predictions[second]
    classes = len(labelled.labels) + 1
    observed = float((one == two).mean())
    shares = [np.bincount(each + 1, minlength=classes) / len(each) for each in (one, two)]
    expected = float(shares[0] @ shares[1])
    return 100 * observed, (observed - expected) / (1 - expected) if expected < 1 else None


def _ids(answers: Answers, by: FloatArray) -> list[str]:
    """The ids of the examples where `by` `[n]` is above 0, the largest first."""
    order = np.argsort(-by, kind="stable")[:MOST_IDS]
    return [answers.ids[place] for place in order if by[place] > 0]
