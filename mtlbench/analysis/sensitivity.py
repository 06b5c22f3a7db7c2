"""How far the ranking hangs on the weights: how many weightings a model wins, and how far the declared ones are from it.

Scores are taken as they are; their own uncertainty is told by the overall's intervals and rank ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.overall import missing_scores, scaled
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import SensitivityRow
from mtlbench.stats.seeds import WEIGHTS, generator

DRAWS = 20_000
"""Weightings tried: the error of a share is at most 0.35%."""


@dataclass(frozen=True, slots=True)
class Move:
    """The nearest weights `[T]` under which a model is first, and how much weight moves on the way to them."""

    weights: FloatArray
    distance: float


def sensitivity_rows(
    models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[SensitivityRow]:
    """Each model that has all tasks that count: for the first, how it falls; for the others, how they become first."""
    counted = [task for task in tasks if task.share]
    ranked = [model for model in models if missing_scores(model, counted) is None]
    if len(ranked) < 2 or len(counted) < 2:
        reason = "no other model is ranked" if len(ranked) < 2 else "one task has all the weight"
        return [_row(model, None, reason) for model in ranked]
    table = np.array([[scaled(np.array(task.value(model)), task, normalize) for task in counted] for model in ranked])
    shares = np.array([task.share for task in counted])
    wins = simplex_wins(table, design.seed)
    leader = int(np.argmax(table @ shares))
    found = {place: nearest_win(table, shares, place) for place in range(len(ranked)) if place != leader}
    moves = {place: move for place, move in found.items() if move is not None}
    rows = []
    for place, model in enumerate(ranked):
        challenger = min(moves, key=lambda other: moves[other].distance, default=leader) if place == leader else place
        if challenger in moves:
            rival = ranked[challenger if place == leader else leader]
            rows.append(_row(model, wins[place], None, rival, moves[challenger], counted))
        else:
            rows.append(_row(model, wins[place], f"first under {'all' if place == leader else 'no'} weights"))
    return rows


def simplex_wins(table: FloatArray, seed: int) -> FloatArray:
    """The share `[S]` of all weightings under which each model of a table `[S, T]` is first; ties share.

    Weightings are drawn evenly from the simplex, Dirichlet(1, …, 1): exponential draws, since a common factor changes no
    ranking.
    """
    drawn = generator(seed, "weights", WEIGHTS, 0).exponential(size=(DRAWS, table.shape[1]))
    overall = drawn @ table.T
    first = overall == overall.max(1, keepdims=True)
    return np.asarray((first / first.sum(1, keepdims=True)).mean(0))


def nearest_win(table: FloatArray, shares: FloatArray, model: int) -> Move | None:
    """The weights nearest to `shares` `[T]` by total variation, ½Σ|w′ − w|, under which no model of the table `[S, T]` is
    above `model`; None where there are none.

    A linear program in w′ = w + u − v: minimise ½Σ(u + v) with Σu = Σv, u ≥ 0, 0 ≤ v ≤ w and, for every other model,
    (s_other − s_model)·w′ ≤ 0.
    """
    from scipy.optimize import linprog

    above = np.delete(table, model, 0) - table[model]
    tasks = len(shares)
    found = linprog(
        np.full(2 * tasks, 0.5),
        A_ub=np.hstack([above, -above]),
        b_ub=-above @ shares,
        A_eq=np.concatenate([np.ones(tasks), -np.ones(tasks)])[None],
        b_eq=[0.0],
        bounds=[*[(0.0, None)] * tasks, *((0.0, share) for share in shares)],
        method="highs",
    )
    if found.x is None:
        return None
    weights = np.maximum(0.0, shares + found.x[:tasks] - found.x[tasks:])
    return Move(weights, float(np.abs(weights - shares).sum() / 2))


def _row(
    model: str,
    wins: float | None,
    reason: str | None,
    rival: str | None = None,
    move: Move | None = None,
    tasks: Sequence[TaskEvidence] = (),
) -> SensitivityRow:
    return SensitivityRow(
        model=model,
        wins=wins,
        wins_error=None if wins is None else float(np.sqrt(wins * (1 - wins) / DRAWS)),
        rival=rival,
        distance=move.distance if move else None,
        weights={task.name: float(w) for task, w in zip(tasks, move.weights, strict=True)} if move else None,
        reason=reason,
    )
