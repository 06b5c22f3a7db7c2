"""Suites over real public rows in T5's own formats: with a T5 checkpoint, and with published systems' predictions.

The data lies beside the repository where it is at hand; without it these tests are skipped.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.projects import mtlbench, the_run, write_rows

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here")

TASKS = """\
  rte:
    kind: classification
    data: {path: rte.jsonl}
    input: "rte hypothesis: {hypothesis} premise: {premise}"
    reference: label
    labels: [entailment, not_entailment]
  mrpc:
    kind: classification
    data: {path: mrpc.tsv, quoting: false, id: "#2 ID"}
    input: "mrpc sentence1: {#1 String} sentence2: {#2 String}"
    reference: Quality
    labels: {not_equivalent: "0", equivalent: "1"}
    metrics: [f1, accuracy]
  stsb:
    kind: regression
    data: {path: stsb.csv, columns: [sentence1, sentence2, score]}
    input: "stsb sentence1: {sentence1} sentence2: {sentence2}"
    reference: score
  sst2:
    kind: classification
    data: {path: sst2.jsonl}
    input: "sst2 sentence: {sentence}"
    reference: label
    labels: {negative: 0, positive: 1}
  squad:
    kind: qa
    data: {path: squad.jsonl}
    input: "question: {question} context: {context}"
    reference: answers
  multi30k:
    kind: translation
    data: {path: multi30k.jsonl}
    input: "translate English to German: {en}"
    reference: de
    metrics: [bleu: {tokenize: intl}, chrf]
  dialogsum:
    kind: summarization
    data: {path: dialogsum.jsonl, id: fname}
    input: "summarize: {dialogue}"
    reference: [summary1, summary2, summary3]
    metrics: [rougeL, rouge1, rouge2]
generation: {max_new_tokens: 4}
significance: {resamples: 200, permutations: 199}
"""
STEMMED = "[rougeL: {stemmer: true}, rouge1: {stemmer: true}, rouge2: {stemmer: true}]"


def write_data(folder: Path) -> None:
    """The rows as files that a suite reads; formats it does not read (text lines, SQuAD's tree) become JSONL."""
    shutil.copy(DATA / "superglue/RTE/val.jsonl", folder / "rte.jsonl")
    rows = (DATA / "mrpc/msr_paraphrase_test.txt").read_text(encoding="utf-8").splitlines()
    by_id = {row.split("\t")[2]: row for row in rows}  # the second sentence's id serves as the row's; a few repeat
    (folder / "mrpc.tsv").write_text("\n".join(by_id.values()) + "\n")
    shutil.copy(DATA / "stsb/stsb-en-dev.csv", folder / "stsb.csv")
    lines = (DATA / "sst_mr_trec/stsa.binary.dev").read_text(encoding="utf-8").splitlines()
    write_rows(folder / "sst2.jsonl", [{"label": int(line[0]), "sentence": line[2:]} for line in lines])
    write_rows(folder / "squad.jsonl", squad_rows())
    english, german = (
        (DATA / f"multi30k/test_2016_flickr.{language}").read_text().splitlines() for language in ("en", "de")
    )
    pairs = zip(english, german, strict=True)
    write_rows(folder / "multi30k.jsonl", [{"en": en, "de": de} for en, de in pairs])
    shutil.copy(DATA / "dialogsum/DialogSum_Data/dialogsum.test.jsonl", folder / "dialogsum.jsonl")


def squad_rows() -> list[dict[str, Any]]:
    articles = json.loads((DATA / "squad/dev-v1.1.rebuilt.json").read_text())["data"]
    return [
        {
            "id": question["id"],
            "question": question["question"],
            "context": paragraph["context"],
            "answers": {"text": [answer["text"] for answer in question["answers"]]},
        }
        for article in articles
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]


def test_a_t5_checkpoint_on_seven_public_tasks(tmp_path: Path, t5: Path) -> None:
    write_data(tmp_path)
    header = f"version: 1\nname: public\nmodels:\n  t5: {{checkpoint: {t5}}}\ntasks:\n"
    (tmp_path / "suite.yaml").write_text(header + TASKS)
    done = mtlbench("run", "suite.yaml", "--limit", "12", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    assert [task["n"] for task in results["tasks"]] == [12] * 7
    assert {row["model"] for row in results["efficiency"]} == {"t5"}


def test_published_systems_get_their_published_scores(tmp_path: Path) -> None:
    write_data(tmp_path)
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    bert = json.loads((DATA / "squad/models/1.1/bert_ensemble.json").read_text())
    write_rows(outputs / "squad.jsonl", [{"id": key, "prediction": text} for key, text in bert.items()])
    lines = (DATA / "dialogsum/Baseline/test_output.txt").read_text(encoding="utf-8").splitlines()
    (outputs / "dialogsum.txt").write_text("".join(f"{line}\n" for line in lines))
    header = (
        "version: 1\nname: public\nmodels:\n  published: {predictions: outputs, tasks: [squad, dialogsum]}\ntasks:\n"
    )
    tasks = TASKS.replace("[summary1, summary2, summary3]", "summary1").replace("[rougeL, rouge1, rouge2]", STEMMED)
    (tmp_path / "suite.yaml").write_text(header + tasks)
    done = mtlbench("run", "suite.yaml", "--tasks", "squad,dialogsum", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    scores = {row["metric"]: row["value"] for row in results["scores"]}
    assert scores["squad_em"] == pytest.approx(86.2062, abs=5e-5)
    assert scores["squad_f1"] == pytest.approx(92.1956, abs=5e-5)
    # rouge_score's own values on these files; the published ones (45.95, 21.36, 38.72) lie up to 0.04 above.
    assert scores["rouge1"] == pytest.approx(45.9089, abs=5e-5)
    assert scores["rouge2"] == pytest.approx(21.3200, abs=5e-5)
    assert scores["rougeL"] == pytest.approx(38.7098, abs=5e-5)
