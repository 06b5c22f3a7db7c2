"""Examples for a reader: which come first, what a model achieved on each, and what the command line makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mtlbench.results import RunFolder
from mtlbench.scoring.samples import KINDS, example_kinds, read_samples, telling_first
from tests.projects import mtlbench, the_run, write_project

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "answers", "kind"),
    [
        ([1, 1], ["a", "a"], "rest"),
        ([1, 0], ["a", "b"], "differ"),
        ([0, 0], ["b", "c"], "wrong"),
        ([0, 1], [None, "a"], "invalid"),
        ([0.9, 0.5], ["a b", "a c"], "rest"),
        ([0.9, 0.4], ["a b", "c d"], "differ"),
        ([NAN, NAN], ["3.1", "3.2"], "differ"),
        ([NAN, NAN], ["3.1", "3.1"], "rest"),
    ],
)
def test_why_an_example_is_worth_a_look(values: list[float], answers: list[str | None], kind: str) -> None:
    (found,) = example_kinds(np.array(values)[:, None], [[answer] for answer in answers])
    assert KINDS[found] == kind


def test_the_telling_ones_come_in_turn() -> None:
    kinds = np.array([3, 2, 2, 1, 0, 2, 3, 1])
    assert telling_first(kinds).tolist() == [4, 3, 1, 7, 2, 5, 0, 6]


def test_a_runs_examples(tmp_path: Path, t5: Path) -> None:
    write_project(tmp_path, t5)
    done = mtlbench("run", "suite.yaml", "--samples", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = RunFolder(the_run(tmp_path))
    mood, headline = read_samples(folder, None)
    assert (mood.task, mood.total, len(mood.samples)) == ("mood", 40, 40)
    assert mood.models == ["multi", "single-mood", "elsewhere"]
    assert [each.id for each in read_samples(folder, 5)[0].samples] == [each.id for each in mood.samples[:5]]
    for sample in mood.samples:
        assert sample.values == [float(answer == sample.references[0]) for answer in sample.answers]
        assert [output is None for output in sample.outputs] == [answer is not None for answer in sample.answers]
    right = headline.models.index("elsewhere")
    assert all(each.values[right] == 1.0 for each in headline.samples), "predictions that are the references"
    page = (folder.path / "index.html").read_text(encoding="utf-8")
    assert 'id="samples-1"' in page
    again = mtlbench("report", folder.path, "--samples", "none", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert 'id="samples"' not in (folder.path / "index.html").read_text(encoding="utf-8")
