"""Counterfactuals and robustness through the command line: asked beside the rows, cached, told, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.projects import mtlbench, the_run, write_rows

SUITE = """\
version: 1
name: swapped
models:
  tiny: {{checkpoint: {t5}}}
  elsewhere: {{predictions: outputs}}
tasks:
  mood:
    kind: classification
    data: {{path: mood.jsonl}}
    input: "mood: {{text}}"
    reference: label
    labels: [negative, positive]
    match: normalized
    answer_by: likelihood
    generation: {{max_new_tokens: 3}}
    counterfactual: {{gender: {{}}, religion: {{}}, place: {{pairs: [[hotel, hostel]]}}}}
    robustness: [typos, case, templates]
    templates: {{said: "he said {{text}}"}}
    pairs: {{id: pair, variant: gender}}
  title:
    kind: summarization
    data: {{path: mood.jsonl}}
    input: "summarize: {{text}}"
    reference: headline
    metrics: [rougeL]
    generation: {{max_new_tokens: 4}}
    counterfactual: {{gender: {{swap_reference: true}}}}
significance: {{resamples: 100, permutations: 99}}
"""


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "outputs").mkdir(parents=True)
    texts = [f"{who} liked the big hotel <b>{n}</b>" for n in range(6) for who in ("he", "she")]
    genders = ["male", "female"] * 6
    rows: list[dict[str, Any]] = [
        {
            "text": text,
            "headline": f"{text.split()[0]} liked it",
            "label": "positive",
            "gender": gender,
            "pair": number // 2,
        }
        for number, (text, gender) in enumerate(zip(texts, genders, strict=True))
    ]
    write_rows(folder / "mood.jsonl", rows)
    answers = ["positive" if gender == "male" else "negative" for gender in genders]
    (folder / "outputs" / "mood.txt").write_text("".join(f"{answer}\n" for answer in answers))
    (folder / "outputs" / "title.txt").write_text("".join(f"{text}\n" for text in texts))
    (folder / "suite.yaml").write_text(SUITE.format(t5=t5))
    return folder


def test_variants_are_asked_cached_and_told(project: Path) -> None:
    done = mtlbench("run", "suite.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    run = the_run(project)
    results = json.loads((run / "results.json").read_text())
    rows = {
        (row["model"], row["task"], row["name"], row["metric"], row["direction"]): row
        for row in [*results["counterfactual"], *results["robustness"]]
    }
    swapped = rows["tiny", "mood", "gender", "flip_rate", "male → female"]
    assert (swapped["n"], swapped["changed"]) == (12, 6)
    assert rows["tiny", "mood", "gender", "excess_flip_rate", ""]["changed"] == 12  # “big” is in the placebo
    assert rows["tiny", "mood", "gender", "probability of positive", "female → male"]["value"] is not None
    assert rows["tiny", "title", "gender", "length", "male → female"]["value"] is not None
    kept = pq.read_table(run / "variants" / "tiny" / "title.parquet").to_pydict()
    assert (kept["input"][0], kept["reference"][0]) == ("summarize: she liked the big hotel <b>0</b>", ["she liked it"])
    assert rows["tiny", "mood", "template said", "flip_rate", ""]["changed"] == 12
    assert rows["tiny", "mood", "case", "accuracy", ""]["ci_low"] is not None

    absent = rows["elsewhere", "mood", "gender", "flip_rate", ""]
    assert absent["value"] is None
    assert "made elsewhere" in absent["reason"]
    paired = rows["elsewhere", "mood", "pairs", "flip_rate", ""]
    assert (paired["value"], paired["changed"]) == (100, 6)
    assert rows["elsewhere", "mood", "pairs", "accuracy", "male → female"]["value"] == -100

    assert "changes none of the rows" in rows["tiny", "mood", "religion", "flip_rate", ""]["reason"]
    assert [row["where"] for row in results["warnings"] if row["code"] == "changes-nothing"] == ["mood"]
    assert {row["n"] for row in results["scores"]} == {12}  # no score counts a variant
    page = (run / "index.html").read_text()
    assert "Counterfactuals and robustness" in page
    assert "&lt;b&gt;0&lt;/b&gt;" in page
    assert "<b>0</b>" not in page

    again = mtlbench("run", "suite.yaml", cwd=project)
    assert again.returncode == 0, again.stderr
    manifest = json.loads((run / "manifest.json").read_text())
    tiny = [pair for pair in manifest["pairs"] if pair["model"] == "tiny"]
    assert {pair["variants_computed"] for pair in tiny} == {0}
    assert {pair["computed"] for pair in tiny} == {0}
    assert all(pair["variants"] for pair in tiny if "@" not in pair["task"])
    same = json.loads((run / "results.json").read_text())
    assert same["counterfactual"] == results["counterfactual"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gender: {}", "gendre: {}", "there is no built-in swap “gendre”: did you mean `gender`?"),
        ("variant: gender", "variant: sex", "mood.jsonl has no column “sex”"),
        (
            "counterfactual: {gender: {},",
            "counterfactual: {gender: {swap_reference: true},",
            "`swap_reference` means nothing to task kind classification",
        ),
        ("religion: {}", "typos: {pairs: [[a, b]]}", "a swap cannot be called “typos”"),
        ("templates: {said", "description: {said", "`robustness: [templates]` needs `templates:`"),
        ("he said {text}", "he said {txt}", "has no column “txt”"),
    ],
)
def test_faults_are_told_before_anything_runs(project: Path, old: str, new: str, told: str) -> None:
    suite = project / "suite.yaml"
    suite.write_text(suite.read_text().replace(old, new, 1))
    done = mtlbench("validate", "suite.yaml", cwd=project)
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
