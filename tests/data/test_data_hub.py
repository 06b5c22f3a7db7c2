"""Hub datasets: a folder in the Hub's layout, the cache, and a Hub that does not answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mtlbench.data import load_data, load_hub
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and the library."""
    datasets = pytest.importorskip("datasets")
    from huggingface_hub import constants

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return datasets


@pytest.fixture
def silent(monkeypatch):
    """A Hub that is not there."""
    import huggingface_hub

    def no_answer(self: object, *_: object, **__: object) -> None:
        raise OSError("Name or service not known\nand a long story")

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", no_answer)


@pytest.fixture
def folder(tmp_path, cache) -> Path:
    """Two rows with a class label, as the Hub would hold them."""
    features = cache.Features(
        {"sentence": cache.Value("string"), "label": cache.ClassLabel(names=["negative", "positive"])}
    )
    rows = cache.Dataset.from_dict({"sentence": ["x", "y", "z"], "label": [1, 0, -1]}, features=features)
    (tmp_path / "copy").mkdir()
    rows.to_parquet(tmp_path / "copy" / "validation-00000-of-00001.parquet")
    return tmp_path


def test_labels_stay_numbers_and_get_their_names(folder):
    dataset = load_data(Data(hub="./copy", split="validation"), folder)
    assert dataset.rows() == [
        {"sentence": "x", "label": 1, "label_name": "positive"},
        {"sentence": "y", "label": 0, "label_name": "negative"},
        {"sentence": "z", "label": -1, "label_name": None},
    ]
    assert (dataset.ids, dataset.source, dataset.file, dataset.lines) == (["0", "1", "2"], "copy", None, None)
    assert load_data(Data(hub=str(folder / "copy"), split="validation"), Path()).source == "copy"
    part = load_hub(Data(hub="./copy", split="validation[:2]"), folder)
    assert len(part) == 2
    assert part.fingerprint != dataset.fingerprint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hub": "./copy", "split": "test"}, "dataset “./copy” (split test) could not be loaded"),
        ({"hub": "./copy", "split": "validation", "config": "no"}, "could not be loaded"),
        ({"hub": "./copy", "split": "validation", "revision": "main"}, "`revision:` goes with a dataset of the Hub"),
        ({"hub": "./copy", "split": "validation", "id": "label_name"}, "the id “label_name” is empty in row 2"),
        ({"hub": "./elsewhere", "split": "validation"}, "there is no folder elsewhere"),
    ],
)
def test_faults_of_a_folder(folder, options, message):
    with pytest.raises(InputError) as raised:
        load_hub(Data(**options), folder)
    assert message in raised.value.faults[0].message


def test_a_hub_that_does_not_answer_is_told_within_seconds(cache, silent):
    data = Data(hub="nyu-mll/glue", config="sst2", split="validation", revision="main")
    began = time.monotonic()
    with pytest.raises(InputError) as raised:
        load_data(data, Path())
    assert time.monotonic() - began < 5
    (fault,) = raised.value.faults
    assert "dataset “nyu-mll/glue” (config sst2, split validation, revision main) would be fetched" in fault.message
    assert "could not be reached (Name or service not known)" in fault.message
    assert "the cache does not hold it" in fault.message
    assert "data: {path: …}" in fault.hint
    assert "HF_HUB_OFFLINE" in fault.hint
    assert cache.config.HF_HUB_OFFLINE is False


def test_a_closed_door_is_no_long_wait(cache, monkeypatch):
    """The real client against a port where nobody listens."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(InputError, match="could not be reached"):
        load_hub(Data(hub="a/b", split="test"))
    assert time.monotonic() - began < 8


def test_the_cache_serves_where_the_hub_does_not(folder, cache, silent, monkeypatch):
    """The cache names a revision's folder by its commit; one made by hand stands in for a fetched one."""
    found = cache.load_dataset(str(folder / "copy"), split="validation")
    kept = folder / "cache" / "a___b" / "default" / "0.0.0" / COMMIT
    kept.parent.mkdir(parents=True)
    Path(found.cache_files[0]["filename"]).parent.rename(kept)
    for file in kept.glob("*.arrow"):
        file.rename(kept / "b-validation.arrow")
    dataset = load_hub(Data(hub="a/b", split="validation"))
    assert dataset.source == f"a/b@{COMMIT}"
    assert dataset.values("label_name") == ["positive", "negative", None]
    assert load_hub(Data(hub="a/b", split="validation", revision=COMMIT)).values("label") == [1, 0, -1]
    with pytest.raises(InputError, match="the cache holds another revision"):
        load_hub(Data(hub="a/b", split="validation", revision="f" * 40))


def test_a_folder_of_the_same_name_does_not_pass_for_the_hub(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="hides the Hub dataset"):
        load_hub(Data(hub="a/b", split="test"))
