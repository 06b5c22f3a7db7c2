"""Groups through the command line: what is at fault in a suite, and what a run tells of its groups."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtlbench.scoring.groups import attribute
from mtlbench.suite.declarations import Binned, Task
from mtlbench.suite.groups import group_columns, groupings
from tests.projects import mtlbench, the_run, write_rows

SUITE = """\
version: 1
name: small
models:
  fair: {{predictions: fair}}
  biased: {{predictions: biased}}
tasks:
  mood:
    kind: classification
    data: {{path: mood.jsonl}}
    input: "{{text}}"
    reference: label
    labels: [negative, positive]
    groups: {groups}
    controls: {controls}
significance: {{resamples: 300, permutations: 999}}
fairness: {{max_gap: 5}}
"""


def write(folder: Path, groups: str = "[gender]", controls: str = "[]", rows: int = 400) -> Path:
    """Two models of which one is wrong about women half of the time; every tenth row has no age."""
    chance = random.Random(0)
    made: list[dict[str, Any]] = []
    for number in range(rows):
        row = {"text": f"row {number}", "label": chance.choice(["negative", "positive"])}
        row |= {"gender": chance.choice(["female", "male"]), "topic": chance.choice(["food", "room"])}
        made.append({**row, "age": None if number % 10 == 0 else chance.randint(15, 80), "user": f"u{number}"})
    write_rows(folder / "mood.jsonl", made)
    other = {"negative": "positive", "positive": "negative"}
    for name, wrong in (("fair", {}), ("biased", {"female": 0.5})):
        (folder / name).mkdir(exist_ok=True)
        answers = [
            other[row["label"]] if chance.random() < wrong.get(row["gender"], 0.1) else row["label"] for row in made
        ]
        (folder / name / "mood.txt").write_text("".join(f"{answer}\n" for answer in answers))
    suite = folder / "suite.yaml"
    suite.write_text(SUITE.format(groups=groups, controls=controls))
    return suite


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("[gendre]", "mood.jsonl has no column “gendre”: did you mean `gender`?"),
        ("[gender × regoin]", "has no column “regoin”"),
        ("[[gender, topik]]", "has no column “topik”: did you mean `topic`?"),
        ("[age]", "the column “age” holds 66 different numbers, too many to be groups"),
        (
            "[{column: gender, bins: [1]}]",
            "`bins` go with numbers, and the column “gender” of mood.jsonl holds other values",
        ),
        ("[{column: age, bins: [30, 18]}]", "the edges 30, 18 do not rise"),
        ("[{column: age, bins: [30], edges: 2}]", "unknown key `edges`"),
        ("[gender, gender]", "the groups by “gender” stand twice"),
        ("[gender × topic, [gender, topic]]", "the groups by “gender × topic” stand twice"),
    ],
)
def test_faults(tmp_path: Path, groups: str, message: str) -> None:
    write(tmp_path, groups)
    done = mtlbench("validate", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split()), done.stderr
    assert "suite.yaml:13:" in done.stderr.replace("\n", "")


def test_faults_of_controls(tmp_path: Path) -> None:
    write(tmp_path, controls="[topics]")
    done = mtlbench("validate", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean `topic`?" in done.stderr
    assert "suite.yaml:14:" in done.stderr


def test_a_run_with_groups(tmp_path: Path) -> None:
    groups = "[gender, gender × topic, {column: age, bins: [18, 30, 65]}, user]"
    done = mtlbench("run", write(tmp_path, groups), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    rows = results["fairness"]
    gaps = {
        (row["model"], row["attribute"]): row for row in rows if row["disparity"] == "difference" and row["verdict"]
    }
    assert gaps["biased", "gender"]["verdict"] == gaps["biased", "gender × topic"]["verdict"] == "disparity"
    assert gaps["biased", "gender"]["group"] == "female"
    assert gaps["fair", "gender"]["verdict"] == gaps["biased", "age"]["verdict"] == "no evidence"
    assert gaps["fair", "user"]["reason"] == "fewer than two groups have 30 rows"

    def names(of: str) -> list[str]:
        return [
            row["group"]
            for row in rows
            if (row["model"], row["attribute"], row["metric"], row["disparity"]) == ("fair", of, "accuracy", None)
        ]

    assert names("age") == ["<18", "18–<30", "30–<65", "≥65", "missing"]
    assert names("gender × topic") == ["female × food", "female × room", "male × food", "male × room"]
    assert names("user") == ["400 smaller groups"]
    by_age = [
        row["n"] for row in rows if (row["attribute"], row["metric"], row["disparity"]) == ("age", "accuracy", None)
    ]
    assert sum(by_age) == 2 * 400
    (told,) = (row for row in results["warnings"] if row["code"] == "many-groups")
    assert told["where"] == "mood by user"
    limits = {(row["model"], row["attribute"]): row["verdict"] for row in results["fairness_limits"]}
    assert limits["biased", "gender"] == "violated"
    assert limits["fair", "gender"] == "not certain"
    page = (the_run(tmp_path) / "index.html").read_text()
    assert gaps["biased", "gender"]["finding"] in page
    assert 'class="dots"' in page
    assert "NaN" not in (the_run(tmp_path) / "results.json").read_text()


def test_groups_can_be_declared_anew_when_a_run_is_scored_again(tmp_path: Path) -> None:
    mtlbench("run", write(tmp_path, "[{column: age, bins: [40]}]", "[topic]"), cwd=tmp_path)
    run = the_run(tmp_path)
    stored = (run / "suite.yaml").read_text()
    assert "40" in stored
    (run / "suite.yaml").write_text(stored.replace("- 40", "- 50"))
    assert mtlbench("score", run, cwd=tmp_path).returncode == 0
    rows = json.loads((run / "results.json").read_text())["fairness"]
    assert {row["group"] for row in rows if row["disparity"] is None} == {"<50", "≥50", "missing"}
    assert {row["within"] for row in rows if row["disparity"]} == {"topic"}
    (run / "suite.yaml").write_text(stored.replace("- topic", "- gender"))
    done = mtlbench("score", run, cwd=tmp_path)
    assert done.returncode == 2
    assert "the run kept no column “gender”" in done.stderr


def task(groups: list[Any], controls: list[Any] = []) -> Task:  # noqa: B006
    return Task(kind="qa", data={"path": "x"}, input="{x}", reference="y", groups=groups, controls=controls)


@pytest.mark.parametrize(
    ("groups", "name", "columns"),
    [
        ("gender", "gender", ["gender"]),
        ("gender × region", "gender × region", ["gender", "region"]),
        (["gender", Binned(column="age", bins=[30])], "gender × age", ["gender", "age"]),
    ],
)
def test_forms_of_groups(groups: Any, name: str, columns: list[str]) -> None:
    assert [grouping.name for grouping in groupings(task([groups]))] == [name]
    assert group_columns(task([groups], ["topic", columns[0]])) == [*columns, "topic"]


def test_bins_and_missing_values() -> None:
    (by_age,) = groupings(task([Binned(column="age", bins=[18, 30.5])]))
    values = {"age": ["17.9", "18", "30.4", "30.5", None, "", "old", "100"]}
    assert by_age.groups(values) == [
        "<18",
        "18–<30.5",
        "18–<30.5",
        "≥30.5",
        "missing",
        "missing",
        "not a number",
        "≥30.5",
    ]
    found = attribute(by_age, values)
    assert found.groups == ("not a number", "<18", "18–<30.5", "≥30.5", "missing")
    assert np.bincount(found.codes).tolist() == [1, 1, 2, 2, 2]
