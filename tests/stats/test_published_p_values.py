"""Paired tests on real systems, against p-values that others published."""

import json
from pathlib import Path

import numpy as np
import pytest

from mtlbench.metrics import METRICS, MetricContext
from mtlbench.stats import Pair, paired_test

SHARED = Path(__file__).parents[3] / "shared" / "data"


def lines(path):
    return path.read_text("utf-8").split("\n")[:-1]


@pytest.mark.skipif(not (SHARED / "sacrebleu_tests").exists(), reason="no sacrebleu_tests beside the repository")
def test_multevals_approximate_randomisation_of_bleu():
    """Three submissions to WMT 2017 against LIUM's, by MultEval with 10,000 trials."""
    folder = SHARED / "sacrebleu_tests"
    published = json.loads((folder / "published_p_values.json").read_text())
    p_values = published["multeval_approx_randomisation_10000_trials_[BLEU,TER]"]
    systems = folder / "wmt17_en_de_systems"
    references = [[line] for line in lines(systems / "reference.txt")]
    bleu = METRICS.get("bleu")("bleu", MetricContext(), tokenize="none")

    def statistics(system):
        return bleu.statistics(lines(systems / f"{system}.txt"), references)

    baseline = statistics(published["baseline"])
    for name in ("FBK.4870", "LMU-nmt-reranked.4934", "online-B.0"):
        system = f"newstest2017.{name}.en-de"
        result = paired_test(Pair(statistics(system), baseline, bleu.resample, "wmt17", bleu.score), seed=1)
        assert result.p_value == pytest.approx(p_values[system][0], abs=0.015), name


@pytest.mark.skipif(not (SHARED / "significance_dror2018").exists(), reason="no significance_dror2018 there")
def test_dror_2018():
    """1,000 paired scores with a one-sided t-test of p = .00487: a permutation of their mean comes to the same."""
    folder = SHARED / "significance_dror2018"
    first, second = (np.loadtxt(folder / name)[:, None] for name in ("resA.txt", "resB.txt"))
    result = paired_test(Pair(first, second, lambda w, s: (w @ s)[:, 0] / len(s), "dror"), seed=1)
    assert result.p_value == pytest.approx(2 * 0.00487195, abs=0.003)
