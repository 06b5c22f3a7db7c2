"""Records as files: what is exported is read back the same, and a file that means harm is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_array_equal

import mtlbench as api
from mtlbench.board import export_records
from mtlbench.results.packed import unpack
from mtlbench.results.replicates import read_replicates
from mtlbench.results.repository import MOST_BYTES, read_record
from tests.board.worlds import a_run


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a record, in a folder of one."""
    world = tmp_path_factory.mktemp("exported")
    (path,) = export_records([a_run(world / "run", {"model": range(3)})], world / "results")
    return path


def planted(exported: Path, folder: Path, change: Callable[[Any], None], name: str | None = None) -> Path:
    """The record with a change, where the untouched one belongs unless another name is given."""
    record = json.loads(exported.read_text())
    change(record)
    path = folder / (name or "/".join(exported.parts[-3:]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
    return path


def test_a_record_holds_scores_and_no_example(exported: Path) -> None:
    record = read_record(exported)
    assert exported.parts[-3:] == ("moods", "model", f"{record.revision}.json")
    assert (record.overall.value, record.overall.rank) == (97.0, None)
    assert {task: row.value for task, row in record.headlines.items()} == {"mood": 97.0, "topic": 97.0}
    assert exported.stat().st_size < 20_000
    assert "mood 3" not in exported.read_text()


def test_replicates_travel_unchanged(exported: Path) -> None:
    run = next((exported.parents[3] / "run/results/moods").glob("*/manifest.json")).parent
    whole = read_replicates(run / "replicates.parquet", ["model"], ["mood", "topic"])
    assert whole is not None
    back = unpack(read_record(exported).replicates, "model", ["mood", "topic"])
    assert_array_equal(back.drawn, whole.drawn)


def test_exporting_again_changes_nothing(exported: Path, tmp_path: Path) -> None:
    run = next((exported.parents[3] / "run/results/moods").glob("*/manifest.json")).parent
    before = exported.read_bytes()
    assert export_records([run], exported.parents[2]) == [exported]
    assert exported.read_bytes() == before


def test_a_revision_does_not_depend_on_the_other_models(exported: Path, tmp_path: Path) -> None:
    more = a_run(tmp_path / "more", {"model": range(3), "another": range(9)})
    assert export_records([more], tmp_path / "results")[-1].name == exported.name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r["model"].update(name="../../escape"), "is no name of a suite, model, task or run"),
        (lambda r: r["suite"].update(name="a/b"), "is no name"),
        (lambda r: r["run"].update(id="<script>"), "is no name"),
        (lambda r: r["tasks"][0].update(name="../mood"), "is no name"),
        (lambda r: r["tasks"].append(r["tasks"][0]), "a task is told of twice"),
        (lambda r: r["tasks"][0].update(headline="none"), "has no metric none"),
        (lambda r: r["scores"][0].update(model="another"), "rows of another are in a record of model"),
        (lambda r: r["overall"].update(model="another"), "rows of another are in a record"),
        (lambda r: r["overall"].update(value=float("nan")), "no record that this version reads"),
        (lambda r: r["overall"].update(value=99.0), "the overall is not the weighted sum of the scores"),
        (lambda r: r["replicates"][0].update(steps="%%%%"), "replicates.0.steps"),
        (lambda r: r["replicates"][0].update(steps="AAAA"), "these are no 16-bit integers"),
        (lambda r: r["replicates"][0].update(steps="AAAA" * 10_000), "at most 1600 characters"),
        (lambda r: r.update(schema_version=2), "schema_version"),
        (lambda r: r.update(more=1), "more: Extra inputs are not permitted"),
        (lambda r: r["suite"].update(name="other"), "is not where its record belongs"),
        (lambda r: r["tasks"][0].update(fingerprint="other"), "is not where its record belongs"),
        (lambda r: r["model"].update(description="x" * MOST_BYTES), "more than 2,000,000 bytes"),
    ],
)
def test_a_file_that_means_harm_is_refused(
    exported: Path, tmp_path: Path, change: Callable[[Any], None], told: str
) -> None:
    path = planted(exported, tmp_path, change)
    with pytest.raises(api.InputError, match=told) as refused:
        api.publish([tmp_path], tmp_path / "site")
    assert path.name in str(refused.value)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", '{"a": NaN}', "\x00"])
def test_what_is_no_record_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "0123456789ab.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(api.InputError, match="is no record that this version reads"):
        read_record(path)


def test_other_files_and_links_are_passed_over(exported: Path, tmp_path: Path) -> None:
    planted(exported, tmp_path, lambda _: None)
    (tmp_path / "moods/README.md").write_text("hello")
    (tmp_path / "moods/results.schema.json").write_text("{}")
    (tmp_path / "moods/ffffffffffff.json").symlink_to("/etc/passwd")
    (board,) = api.publish([tmp_path], tmp_path / "site")
    assert [model.name for model in board.results.models] == ["model"]


def test_hostile_words_stay_words(exported: Path, tmp_path: Path) -> None:
    words = "</script><img src=x onerror=alert(1)>"
    planted(exported, tmp_path, lambda r: (r["model"].update(description=words), r.update(commit=words)))
    api.publish([tmp_path], tmp_path / "site")
    assert "<img" not in (tmp_path / "site/index.html").read_text()
