"""Public data sets as they are published, where a copy lies beside the checkout."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mtlbench.data import load_data
from mtlbench.suite.declarations import Data

SHARED = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data beside the checkout")


def test_mrpc_has_a_byte_order_mark_and_literal_quotes(tmp_path):
    for part, rows in (("train", 4076), ("test", 1725)):
        (tmp_path / f"{part}.tsv").write_bytes((SHARED / "mrpc" / f"msr_paraphrase_{part}.txt").read_bytes())
        dataset = load_data(Data(path=f"{part}.tsv", quoting=False), tmp_path)
        assert dataset.columns == ("Quality", "#1 ID", "#2 ID", "#1 String", "#2 String")
        assert len(dataset) == rows
        assert set(dataset.values("Quality")) == {"0", "1"}
        assert any('"' in value for value in dataset.values("#1 String"))


@pytest.mark.parametrize(("part", "rows"), [("train", 5749), ("dev", 1500), ("test", 1379)])
def test_stsb_has_no_header(part, rows):
    dataset = load_data(Data(path=f"stsb/stsb-en-{part}.csv", columns=["one", "two", "score"]), SHARED)
    assert len(dataset) == rows
    assert all(0 <= float(score) <= 5 for score in dataset.values("score"))


@pytest.mark.parametrize(
    ("path", "options", "rows"),
    [
        ("superglue/BoolQ/val.jsonl", {}, 3270),
        ("fewglue/MultiRC/train.jsonl", {}, None),
        ("fewglue/ReCoRD/train.jsonl", {}, None),
        ("bbq/data/Age.jsonl", {"id": "example_id"}, 3680),
        ("crows_pairs/crows_pairs_anonymized.csv", {}, 1508),
        ("qnli/dev.tsv", {"quoting": False}, 5463),
        ("winogender/data/all_sentences.tsv", {}, 720),
        ("dialogsum/DialogSum_Data/dialogsum.test.jsonl", {"id": "fname"}, 500),
        ("cola/raw/in_domain_dev.tsv", {"columns": ["source", "label", "mark", "sentence"], "quoting": False}, 527),
    ],
)
def test_others_load_whole(path, options, rows):
    dataset = load_data(Data(path=path, **options), SHARED)
    assert rows is None or len(dataset) == rows
    assert Counter(map(len, dataset)) == {len(dataset.columns): len(dataset)}
