"""Statistics: resampling, intervals, tests, corrections, effects and power; arrays in, arrays out."""

from mtlbench.stats.cells import Cells, cell_jackknife, cell_replicates, collapse
from mtlbench.stats.effects import standardised, win_rate
from mtlbench.stats.exchange import Pair
from mtlbench.stats.intervals import (
    Interval,
    bca_interval,
    fisher_interval,
    jackknife_error,
    jackknife_t_interval,
    percentile_interval,
    percentile_p_value,
    ratio_t_interval,
    t_interval,
    wilson_interval,
)
from mtlbench.stats.isotonic import isotonic
from mtlbench.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm, max_t
from mtlbench.stats.permutation import Family, Permutation, family_test, paired_test, weighted_test
from mtlbench.stats.power import disagreement_error, minimum_detectable, required_n, standard_error
from mtlbench.stats.proportions import mcnemar, odds_ratio, tango_interval
from mtlbench.stats.resampling import bootstrap_weights, cluster_sums, clustered, jackknife, replicates
from mtlbench.stats.runs import FEWEST_RUNS, interquartile_mean, run_draws

__all__ = [
    "FEWEST_RUNS",
    "Cells",
    "Family",
    "Interval",
    "Pair",
    "Permutation",
    "bca_interval",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "bootstrap_weights",
    "cell_jackknife",
    "cell_replicates",
    "cluster_sums",
    "clustered",
    "collapse",
    "disagreement_error",
    "family_test",
    "fisher_interval",
    "holm",
    "interquartile_mean",
    "isotonic",
    "jackknife",
    "jackknife_error",
    "jackknife_t_interval",
    "max_t",
    "mcnemar",
    "minimum_detectable",
    "odds_ratio",
    "paired_test",
    "percentile_interval",
    "percentile_p_value",
    "ratio_t_interval",
    "replicates",
    "required_n",
    "run_draws",
    "standard_error",
    "standardised",
    "t_interval",
    "tango_interval",
    "weighted_test",
    "wilson_interval",
    "win_rate",
]
