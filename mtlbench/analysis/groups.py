"""A task's rows by group: what models score in each group that is large enough, how sure that is, and what chance would do.

A group is a small task: its score is that of its rows, its interval the one of the metric's law. A control splits the rows
into strata, and a group's score is then the mean of its scores within them, by the strata's shares of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.evidence import Design, known, score_of
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.stats.cells import cell_replicates, collapse
from mtlbench.stats.groups import (
    Band,
    defined,
    expected_gap,
    homogeneity,
    permutation_p,
    permuted_scores,
    share_replicates,
    simultaneous,
)
from mtlbench.stats.resampling import Resample, Score, cluster_sums, clustered, replicates

IndexArray = NDArray[np.intp]

FEWEST_ROWS = 30
"""A group of fewer rows is listed, and not compared: its score says too little."""
FEWEST_CLUSTERS = 10
"""The same of clusters, where rows come in them."""
FEWEST_IN_STRATUM = 10
"""A stratum in which a compared group has fewer rows is left out."""
FEW_UNITS = 50
"""Where a group has fewer rows (or clusters), labels are permuted: χ² holds for larger ones."""
FEW_EXPECTED = 5
"""The same where a share of hits has so few hits or misses to expect in a group."""
MOST_GROUPS = 50
"""Of a column with more values, those with few rows are listed as one."""
MOST_EXCHANGED = 20_000_000
"""Labels exchanged in all where each must be scored anew: enough rounds for small groups, and seconds for large ones."""
FEWEST_ROUNDS = 999


@dataclass(frozen=True, slots=True)
class Attribute:
    """What rows are grouped by: the groups' names, and the number of each row's group `[n]`."""

    name: str
    groups: tuple[str, ...]
    codes: IndexArray
    rest: bool = False
    """Whether the last group is all those together that had too few rows to be listed."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric's statistics `[m, k]` of each model, on the task's rows `keep` `[m]`, or on all."""

    metric: Metric
    rows: Mapping[str, FloatArray]
    keep: IndexArray | None = None
    label: str | None = None
    """The label that a rate is of."""


@dataclass(frozen=True, slots=True)
class GroupedTask:
    """What fairness is asked of: a task's attributes, and what was measured on its rows, the headline first."""

    name: str
    fingerprint: str
    attributes: Sequence[Attribute]
    measures: Sequence[Measure]
    rates: Sequence[tuple[Measure, Measure, Measure]] = field(default=())
    """Of each label: selection rate, true and false positive rate."""
    within: Attribute | None = None
    clusters: IndexArray | None = None
    max_gap: float | None = None

    @property
    def headline(self) -> Metric:
        return self.measures[0].metric


@dataclass(frozen=True, slots=True)
class Scored:
    """Statistics of several things to compare by group, and how rows of them are scored."""

    rows: Mapping[str, FloatArray]
    resample: Resample
    score: Score | None
    is_share: bool = False
    """Whether the score is a share of hits, whose error follows from the share itself."""

    @classmethod
    def of(cls, measure: Measure) -> Scored:
        metric = measure.metric
        return cls(measure.rows, metric.resample, score_of(metric), metric.law == "proportion")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which rows are compared: `places[h][g]` are those of the stratum and the group."""

    names: tuple[str, ...]
    places: Sequence[Sequence[IndexArray]]
    shares: FloatArray
    """Of each stratum among the rows compared."""
    clusters: IndexArray | None
    fingerprint: str
    n: int

    @property
    def sizes(self) -> FloatArray:
        """Rows of each group."""
        return np.array([sum(len(stratum[g]) for stratum in self.places) for g in range(len(self.names))], float)

    @property
    def fewest_units(self) -> int:
        """Rows of the smallest group, or clusters."""
        groups = [np.concatenate([stratum[g] for stratum in self.places]) for g in range(len(self.names))]
        return min(_units(rows, self.clusters) for rows in groups)


@dataclass(frozen=True, slots=True)
class Compared:
    """Scores `[G]` of the groups that are large enough, and their replicates `[B, G]`; with `reason` there is no interval.

    `chance` is the gap to expect where groups do not differ; `p_value` is None where it was not asked for.
    """

    layout: Layout
    scores: FloatArray
    drawn: FloatArray
    chance: float | None
    p_value: float | None
    reason: str | None = None

    def band(self, confidence: float) -> Band | None:
        return None if self.reason else simultaneous(self.scores, self.drawn, confidence)


def is_enough(rows: IndexArray, clusters: IndexArray | None, least: int = FEWEST_ROWS) -> bool:
    """Whether a group of these rows can be compared."""
    return len(rows) >= least and (clusters is None or _units(rows, clusters) >= FEWEST_CLUSTERS)


def members(attribute: Attribute, measure: Measure) -> list[IndexArray]:
    """Places of each group's rows among the measure's."""
    codes = attribute.codes if measure.keep is None else attribute.codes[measure.keep]
    return [np.flatnonzero(codes == group) for group in range(len(attribute.groups))]


def lay_out(task: GroupedTask, attribute: Attribute, measure: Measure, least: int = FEWEST_ROWS) -> Layout | str:
    """The groups of at least so many rows and the strata that hold them all, or why nothing can be compared."""
    clusters = kept(task.clusters, measure)
    by_group = members(attribute, measure)
    listed = by_group[:-1] if attribute.rest else by_group
    chosen = [group for group, rows in enumerate(listed) if is_enough(rows, clusters, least)]
    if len(attribute.groups) == 1 and not attribute.rest:
        return f"all rows are of one group, “{attribute.groups[0]}”"
    if len(chosen) < 2:
        what = f"{least} rows" + (f" of {FEWEST_CLUSTERS} clusters" if clusters is not None else "")
        return f"fewer than two groups have {what}"
    n = sum(map(len, by_group))
    strata = np.zeros(n, dtype=np.intp)
    if task.within is not None:
        strata = task.within.codes if measure.keep is None else task.within.codes[measure.keep]
    places = [[by_group[g][strata[by_group[g]] == h] for g in chosen] for h in np.unique(strata)]
    if task.within is not None:
        places = [stratum for stratum in places if min(map(len, stratum)) >= FEWEST_IN_STRATUM]
        if not places:
            return f"no group of “{task.within.name}” holds {FEWEST_IN_STRATUM} rows of each group compared"
    sizes = np.array([sum(map(len, stratum)) for stratum in places], float)
    names = tuple(attribute.groups[g] for g in chosen)
    fingerprint = f"{task.fingerprint} by {attribute.name}"
    return Layout(names, places, sizes / sizes.sum(), clusters, fingerprint, n)


def kept(codes: IndexArray | None, measure: Measure) -> IndexArray | None:
    """Numbers `[n]` of a task's rows, of those that the measure is of."""
    return codes if codes is None or measure.keep is None else codes[measure.keep]


def compare(layout: Layout, scored: Scored, design: Design, *, test: bool) -> dict[str, Compared | str]:
    """Each model's groups compared; why not, where one has no score."""
    scores = {name: group_scores(layout, rows, scored.resample) for name, rows in scored.rows.items()}
    sound = {name: rows for name, rows in scored.rows.items() if not np.isnan(scores[name]).any()}
    drawn = _drawn(layout, replace(scored, rows=sound), design)
    found: dict[str, Compared | str] = {}
    for name, rows in scored.rows.items():
        if name not in sound:
            unknown = np.array(layout.names)[np.isnan(scores[name])][0]
            found[name] = f"the group “{unknown}” has no score"
            continue
        kept_draws, reason = defined(drawn[name])
        if not reason and not kept_draws.std(axis=0).any():
            reason = "no row by itself changes a group's score, so its error is not known"
        if reason:
            found[name] = Compared(layout, scores[name], kept_draws, None, None, reason)
        else:
            found[name] = _compared(layout, scored, rows, scores[name], kept_draws, design, test)
    return found


def group_scores(layout: Layout, rows: FloatArray, resample: Resample) -> FloatArray:
    """Scores `[G]` of the groups compared, within strata where there are any."""
    found = [[resample(np.ones((1, len(places))), rows[places])[0] for places in stratum] for stratum in layout.places]
    return np.asarray(layout.shares @ np.array(found, float))


def overall_score(layout: Layout, rows: FloatArray, resample: Resample) -> float:
    """The score of all rows; of those compared, within strata, where there are controls."""
    if len(layout.places) == 1:
        return float(resample(np.ones((1, len(rows))), rows)[0])
    whole = [np.concatenate(stratum) for stratum in layout.places]
    return float(layout.shares @ [float(resample(np.ones((1, len(each))), rows[each])[0]) for each in whole])


def _compared(
    layout: Layout,
    scored: Scored,
    rows: FloatArray,
    scores: FloatArray,
    drawn: FloatArray,
    design: Design,
    test: bool,
) -> Compared:
    covariance = _covariance(layout, scored, rows, drawn)
    if test and covariance is None:
        permuted = _permuted(layout, scored, rows, design)
        equal = permutation_p(scores, permuted, layout.sizes)
        return Compared(layout, scores, drawn, known(expected_gap(permuted)), equal)
    around = drawn - scores
    if covariance is not None:
        around *= np.sqrt(np.diag(covariance)) / around.std(axis=0)
    p_value = homogeneity(scores, covariance) if test and covariance is not None else None
    return Compared(layout, scores, drawn, known(expected_gap(around)), p_value)


def _drawn(layout: Layout, scored: Scored, design: Design) -> dict[str, FloatArray]:
    """Replicates `[B, G]` of each model: over cells where rows are few distinct ones, else over shared draws of units."""
    units = layout.n if layout.clusters is None else int(layout.clusters.max(initial=-1)) + 1
    made: dict[tuple[str, int, int], FloatArray] = {}
    entries = {}
    for name, rows in scored.rows.items():
        for h, stratum in enumerate(layout.places):
            for g, places in enumerate(stratum):
                mine, seed = rows[places], f"{layout.fingerprint} {layout.names[g]} {h}"
                if scored.is_share and layout.clusters is None:
                    made[name, h, g] = share_replicates(
                        float(mine[:, -2].sum()),
                        len(mine),
                        len(stratum),
                        design.confidence,
                        resamples=design.resamples,
                        seed=design.seed,
                        fingerprint=seed,
                    )
                    continue
                cells = collapse(mine) if scored.score is not None and layout.clusters is None else None
                if cells is None or scored.score is None:
                    entries[name, h, g] = _of_units(layout, scored, places, mine)
                    continue
                made[name, h, g] = cell_replicates(
                    cells, scored.score, resamples=design.resamples, seed=design.seed, fingerprint=seed
                )
    made |= replicates(
        entries, resamples=design.resamples, seed=design.seed, fingerprint=layout.fingerprint, units=units
    )
    groups = range(len(layout.names))
    return {
        name: sum(share * np.column_stack([made[name, h, g] for g in groups]) for h, share in enumerate(layout.shares))
        for name in scored.rows
    }


def _of_units(layout: Layout, scored: Scored, places: IndexArray, rows: FloatArray) -> tuple[Resample, FloatArray]:
    """A group's rows, or its clusters' sums, under weights of all units."""
    if layout.clusters is None:
        return clustered(scored.resample, places), rows
    clusters, codes = np.unique(layout.clusters[places], return_inverse=True)
    if scored.score is None:
        return clustered(scored.resample, layout.clusters[places]), rows
    return clustered(scored.resample, clusters), cluster_sums(rows, codes)


def _covariance(layout: Layout, scored: Scored, rows: FloatArray, drawn: FloatArray) -> FloatArray | None:
    """Of the groups' scores `[G, G]`, of shares as if these were equal; None where groups are too small for χ²."""
    if layout.fewest_units < FEW_UNITS:
        return None
    if scored.is_share and layout.clusters is None and len(layout.places) == 1:
        used = np.concatenate(layout.places[0])
        share = float(rows[used, -2].mean())
        if layout.sizes.min() * min(share, 1 - share) < FEW_EXPECTED:
            return None
        return np.diag(100.0**2 * share * (1 - share) / layout.sizes)
    covariance = np.cov(drawn, rowvar=False)
    if not (np.diag(covariance) > 0).all():
        return None
    return covariance if layout.clusters is not None else np.diag(np.diag(covariance))


def _permuted(layout: Layout, scored: Scored, rows: FloatArray, design: Design) -> FloatArray:
    """Scores `[N, G]` under labels exchanged within strata: of clusters or, if they hold several groups, within them."""
    found = []
    for h, stratum in enumerate(layout.places):
        used = np.concatenate(stratum)
        codes = np.repeat(np.arange(len(stratum)), [len(places) for places in stratum])
        units, within = None, None
        if layout.clusters is not None:
            mine = layout.clusters[used]
            several = len(np.unique(np.column_stack([mine, codes]), axis=0)) > len(np.unique(mine))
            units, within = (None, mine) if several else (mine, None)
        affordable = max(FEWEST_ROUNDS, MOST_EXCHANGED // (len(used) * len(stratum)))
        found.append(
            permuted_scores(
                rows[used],
                scored.resample,
                codes,
                score=scored.score,
                units=units,
                within=within,
                rounds=min(design.permutations, affordable),
                seed=design.seed,
                fingerprint=f"{layout.fingerprint} {h}",
            )
        )
    fewest = min(map(len, found))
    return np.asarray(sum(share * each[:fewest] for share, each in zip(layout.shares, found, strict=True)))


def _units(rows: IndexArray, clusters: IndexArray | None) -> int:
    return len(rows) if clusters is None else len(np.unique(clusters[rows]))
