"""BERTScore equals bert-score's, with an encoder made on the spot."""

import math
from pathlib import Path

import numpy as np
import pytest

from mtlbench.metrics import METRICS, MetricContext, corpus_score

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefg", "the", "cat", "dog", "sat", "##s", "."]
PREDICTIONS = ["the cats sat .", "a dog sat", "b c d e", "g"]
REFERENCES = [["the cat sat", "a dog"], ["the dogs sat ."], ["e d c b", "b c", "d"], ["g"]]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of three layers with a real word-piece tokenizer."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("models") / "encoder"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    BertTokenizer(vocab=str(folder / "vocab.txt"), model_max_length=24).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=24, **sizes)).save_pretrained(folder)
    return folder


def bertscore(folder: Path, **options):
    """The metric, its model in the suite's folder."""
    return METRICS.get("bertscore")("bertscore", MetricContext(folder=folder.parent), model=folder.name, **options)


@pytest.mark.parametrize("idf", [False, True])
def test_equals_bert_score(encoder, idf):
    from bert_score import BERTScorer

    flat = [text for texts in REFERENCES for text in texts]
    library = BERTScorer(str(encoder), num_layers=2, idf=idf, idf_sents=flat if idf else None, nthreads=0, device="cpu")
    expected = np.stack([column.numpy() for column in library.score(PREDICTIONS, REFERENCES)], axis=1)
    metric = bertscore(encoder, num_layers=2, idf=idf)
    rows = metric.statistics(PREDICTIONS, REFERENCES)
    assert rows[:, :3] == pytest.approx(expected, abs=1e-5)
    assert corpus_score(metric, rows) == pytest.approx(100 * expected[:, 2].mean(), abs=1e-3)
    assert metric.part_scores(rows.sum(0)) == pytest.approx(100 * expected[:, :2].mean(0), abs=1e-3)
    assert (rows == metric.statistics(PREDICTIONS, REFERENCES)).all()


def test_edges(encoder):
    """Empty texts score 0, as bert-score means them to; a long text is cut; equal texts score 100, and no more."""
    metric = bertscore(encoder, num_layers=3)
    rows = metric.statistics(["", "a", "a b " * 40, "the cat"], [["a"], [""], ["a b"], ["the cat"]])
    assert rows[:2, 2].tolist() == [0, 0]
    assert 0 < rows[2, 2] <= 1
    assert rows[3, :3] == pytest.approx(1, abs=1e-6)
    assert rows.max() == 1
    assert math.isnan(corpus_score(metric, metric.statistics([], [])))


def test_signature(encoder):
    signature = bertscore(encoder, num_layers=2, idf=True).signature
    assert signature.startswith("bertscore|model:encoder|layer:2|idf:yes|rescaled:no|")


def test_a_baseline_is_mapped_to_zero(encoder, tmp_path, monkeypatch):
    file = tmp_path / "baseline.tsv"
    file.write_text("LAYER,P,R,F\n0,0,0,0\n1,0.1,0.2,0.3\n2,0.4,0.5,0.6\n")
    plain = bertscore(encoder, num_layers=2).statistics(PREDICTIONS, REFERENCES)
    monkeypatch.setattr("mtlbench.metrics.bertscore._baseline_file", lambda model, lang: file)
    rescaled = bertscore(encoder, num_layers=2, rescale_with_baseline=True, lang="en")
    zero = np.array([0.4, 0.5, 0.6])
    expected = (plain[:, :3] - zero) / (1 - zero)
    assert rescaled.statistics(PREDICTIONS, REFERENCES)[:, :3] == pytest.approx(expected, abs=1e-6)
    assert rescaled.bounds == (-math.inf, 100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rescale_with_baseline": True}, "rescale_with_baseline needs lang"),
        ({"rescale_with_baseline": True, "lang": "xx"}, "no baseline of roberta-large for lang xx"),
        ({"num_layers": 0}, "num_layers must be a whole number"),
        ({"idf": "yes"}, "idf must be true or false"),
        ({"model": ""}, "model must be a folder or a Hub id"),
    ],
)
def test_bad_options(make, options, message):
    with pytest.raises(ValueError, match=message):
        make("bertscore", **options)


def test_models_that_cannot_be_had(encoder, make, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match="num_layers must say which layer"):
        bertscore(encoder).statistics(["a"], [["a"]])
    with pytest.raises(ValueError, match="num_layers should be between 0 and 3"):
        bertscore(encoder, num_layers=4).statistics(["a"], [["a"]])
    with pytest.raises(ValueError, match="the model no-such/encoder is neither a folder with a model nor cached"):
        make("bertscore", model="no-such/encoder", num_layers=1).statistics(["a"], [["a"]])


def test_a_known_baseline_is_found(make):
    assert "rescaled:en" in make("bertscore", rescale_with_baseline=True, lang="en").signature
