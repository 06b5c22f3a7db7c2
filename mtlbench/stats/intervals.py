"""Confidence intervals: of bootstrap replicates, of a proportion, of a mean, of a correlation."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np

from mtlbench.stats.resampling import FloatArray

MOST_UNDEFINED = 0.05
"""The share of undefined replicates beyond which those that are defined say too little."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Two ends in the score's own units, or two Nones and the reason why there is no interval."""

    low: float | None
    high: float | None
    method: str
    reason: str | None = None


def percentile_interval(replicates: FloatArray, confidence: float = 0.95) -> Interval:
    """The middle `confidence` of bootstrap scores `[B]`.

    Undefined replicates (NaN) are left out where they are at most 5% of all; with more there is no interval.
    """
    defined, reason = _defined(replicates)
    if reason:
        return Interval(None, None, "percentile", reason)
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high), "percentile")


def bootstrap_error(drawn: FloatArray) -> float:
    """The standard error that replicates `[B]` tell; 0 where they do not vary, or fewer than two are defined."""
    defined = drawn[~np.isnan(drawn)]
    return float(defined.std(ddof=1)) if len(defined) > 1 else 0.0


def normal_p_value(delta: float, error: float) -> float:
    """Two-sided p of delta ÷ its standard error, which is above 0, by the normal law.

    Fit for many tests at once: a bootstrap's own share of replicates beyond 0 cannot fall below 1/B, as adjusting for
    hundreds of tests would need.
    """
    return erfc(abs(delta) / error / sqrt(2))


def percentile_p_value(replicates: FloatArray) -> float | None:
    """The two-sided p-value of 0 that inverts the percentile interval: 2·(min(#≤0, #≥0) + 1) / (B + 1), at most 1."""
    defined, reason = _defined(replicates)
    if reason:
        return None
    fewer = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    return min(1.0, 2 * (fewer + 1) / (len(defined) + 1))


def bca_interval(
    replicates: FloatArray, observed: float, leave_one_out: FloatArray, confidence: float = 0.95
) -> Interval:
    """The bias-corrected and accelerated interval (Efron 1987) from scores `[B]`, the score itself and the jackknife.

    z₀ = Φ⁻¹(share of replicates below the score, ties half), a = Σd³ / 6(Σd²)^1.5 with d = mean − leave-one-out `[n]`;
    the ends are the quantiles Φ(z₀ + (z₀ + z) / (1 − a(z₀ + z))). Where all replicates lie on one side, z₀ is infinite
    and there is no interval.
    """
    defined, reason = _defined(replicates)
    if not reason and not (np.isfinite(observed) and np.isfinite(leave_one_out).all() and len(leave_one_out)):
        reason = "the score without one of the examples is not defined"
    if reason:
        return Interval(None, None, "bca", reason)
    below = float((defined < observed).mean() + (defined == observed).mean() / 2)
    if not 0 < below < 1:
        return Interval(None, None, "bca", "all resamples score above, or all below, the sample itself")
    normal = NormalDist()
    bias = normal.inv_cdf(below)
    away = leave_one_out.mean() - leave_one_out
    spread = float((away**2).sum())
    acceleration = float((away**3).sum()) / (6 * spread**1.5) if spread else 0.0
    tail = normal.inv_cdf((1 + confidence) / 2)
    stretch = [1 - acceleration * (bias + z) for z in (-tail, tail)]
    if min(stretch) <= 0:
        return Interval(None, None, "bca", "the score depends too much on single examples")
    shares = [normal.cdf(bias + (bias + z) / by) for z, by in zip((-tail, tail), stretch, strict=True)]
    low, high = np.quantile(defined, shares)
    return Interval(float(low), float(high), "bca")


def wilson_interval(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's (1927) score interval of a proportion, on 0–100.

    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n): unlike p ± z·se it keeps its coverage near 0 and 100.
    """
    if n < 1:
        return Interval(None, None, "wilson", "no examples")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, extra = successes / n, z * z / n
    centre = (share + extra / 2) / (1 + extra)
    half = z * np.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    low = 0.0 if successes <= 0 else float(centre - half)  # at the ends exactly, which rounding would miss
    high = 1.0 if successes >= n else float(centre + half)
    return Interval(100 * low, 100 * high, "wilson")


def t_interval(values: FloatArray, confidence: float = 0.95) -> Interval:
    """Student's interval of the mean of `values` `[n]`, in their own units: mean ± t(n − 1)·s/√n."""
    n = len(values)
    if n < 2:
        return Interval(None, None, "t", "fewer than two examples" if n else "no examples")
    mean, half = float(values.mean()), float(t_quantile(n - 1, confidence) * values.std(ddof=1) / np.sqrt(n))
    return Interval(mean - half, mean + half, "t")


def fisher_interval(correlation: float, n: int, confidence: float = 0.95) -> Interval:
    """Fisher's (1921) interval of Pearson's r, on −1–1: tanh(artanh r ± z/√(n − 3)), for n ≥ 4.

    Of normal pairs artanh r is nearly normal with that spread, whatever the true correlation. Of other pairs it need not
    be: much heavier tails make the interval too narrow, lighter ones too wide, however large n is. At r = ±1 both ends
    are r, the limit of the formula: points on one line leave nothing to be unsure of but the model.
    """
    if n < 4:
        return Interval(None, None, "fisher z", "fewer than four examples" if n else "no examples")
    if abs(correlation) >= 1:
        return Interval(float(correlation), float(correlation), "fisher z")
    centre, half = np.arctanh(correlation), NormalDist().inv_cdf((1 + confidence) / 2) / np.sqrt(n - 3)
    return Interval(float(np.tanh(centre - half)), float(np.tanh(centre + half)), "fisher z")


def ratio_t_interval(values: FloatArray, counts: FloatArray, confidence: float = 0.95) -> Interval:
    """Interval of Σvalues / Σcounts over C clusters, on 0–100, from the clusters' sums `[C]`.

    The cluster-robust variance C/(C − 1)·Σ(v − r·c)² / (Σc)², r = Σv/Σc, with t(C − 1) (Bell and McCaffrey 2002; Inspect).
    """
    clusters, total = len(values), float(counts.sum())
    if clusters < 2 or total <= 0:
        return Interval(None, None, "clustered t", "fewer than two clusters" if total > 0 else "no examples")
    ratio = float(values.sum()) / total
    variance = clusters / (clusters - 1) * float(((values - ratio * counts) ** 2).sum()) / total**2
    half = t_quantile(clusters - 1, confidence) * np.sqrt(variance)
    return Interval(100 * float(ratio - half), 100 * float(ratio + half), "clustered t")


def jackknife_error(leave_one_out: FloatArray) -> float:
    """The jackknife's standard error of a score, √((n − 1)/n·Σ(θ₍ᵢ₎ − θ̄)²) (Quenouille and Tukey); NaN for n < 2."""
    n = len(leave_one_out)
    return float(np.sqrt((n - 1) * leave_one_out.var())) if n > 1 else float("nan")


def jackknife_t_interval(observed: float, leave_one_out: FloatArray, confidence: float = 0.95) -> Interval:
    """observed ± t(n − 1)·se with the jackknife's se from the scores `[n]` without each unit; of a mean, Student's own.

    For smooth functions of sums, and for differences of them; where a leave-one-out score is not defined there is none.
    """
    se = jackknife_error(leave_one_out)
    if np.isnan(se) or np.isnan(observed):
        few = "fewer than two examples" if len(leave_one_out) < 2 else None
        return Interval(None, None, "jackknife t", few or "the score without one of the examples is not defined")
    half = t_quantile(len(leave_one_out) - 1, confidence) * se
    return Interval(float(observed - half), float(observed + half), "jackknife t")


def t_quantile(freedom: int, confidence: float) -> float:
    """Half the width, in standard errors, of Student's interval."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))


def _defined(replicates: FloatArray) -> tuple[FloatArray, str | None]:
    """The replicates that are defined, and why they are too few to go by, if they are."""
    if not len(replicates):
        return replicates, "no resamples"
    defined = replicates[~np.isnan(replicates)]
    missing = len(replicates) - len(defined)
    if missing > MOST_UNDEFINED * len(replicates):
        return defined, f"not defined in {missing} of {len(replicates)} resamples"
    return defined, None
