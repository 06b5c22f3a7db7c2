"""A headline of which less is better does not slip into the overall as if more were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checking.finding import faults_of
from tests.projects import write_project


@pytest.mark.parametrize(
    ("headline", "extra", "overall", "wrong"),
    [
        ("[ter, bleu]", "", "", True),
        ("[bleu, ter]", "", "", False),
        ("[ter]", "    weight: 0\n", "", False),
        ("[ter]", "    floor: 100\n", "overall: {normalize: floor_ceiling}\n", False),
    ],
)
def test_headlines_of_which_less_is_better(
    tmp_path: Path, t5: Path, headline: str, extra: str, overall: str, wrong: bool
) -> None:
    suite = write_project(tmp_path, t5)
    text = suite.read_text().replace("    metrics: [rougeL, bleu]\n", f"    metrics: {headline}\n{extra}") + overall
    suite.write_text(text)
    found = [fault.message for fault in faults_of(suite)]
    assert ["less is better" in message for message in found] == [True] * wrong
