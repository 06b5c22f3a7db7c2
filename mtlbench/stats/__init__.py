"""Statistics: resampling, intervals, permutation tests and corrections; arrays in, arrays out."""

from mtlbench.stats.intervals import Interval, bca_interval, percentile_interval, t_interval, wilson_interval
from mtlbench.stats.multiplicity import benjamini_hochberg, holm
from mtlbench.stats.permutation import Pair, Permutation, paired_test, weighted_test
from mtlbench.stats.resampling import bootstrap_weights, jackknife, replicates

__all__ = [
    "Interval",
    "Pair",
    "Permutation",
    "bca_interval",
    "benjamini_hochberg",
    "bootstrap_weights",
    "holm",
    "jackknife",
    "paired_test",
    "percentile_interval",
    "replicates",
    "t_interval",
    "weighted_test",
    "wilson_interval",
]
