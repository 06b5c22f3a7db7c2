"""The bias presets over their public data sets, brought into the presets' columns as docs/counterfactuals.md says."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtlbench.checking import load_suite
from mtlbench.metrics import METRICS, MetricContext, corpus_score
from mtlbench.rewriting.swap import Swapper
from mtlbench.rewriting.words import built_in
from tests.projects import write_rows

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here")

_MARKED = re.compile(r"\[(.+?)\]")


def winobias() -> Iterator[dict[str, Any]]:
    """The answer is the occupation in brackets, the pronoun the other bracket; the choices are both occupations."""
    folder = DATA / "winobias" / "data"
    jobs = [
        job
        for kind in ("male", "female")
        for job in (folder / f"{kind}_occupations.txt").read_text().split("\n")
        if job
    ]
    for stereotype in ("pro", "anti"):
        for line in (folder / f"{stereotype}_stereotyped_type1.txt.dev").read_text().splitlines():
            number, marked = line.split(" ", 1)
            answer, pronoun = _MARKED.findall(marked)[:2]
            sentence = marked.replace("[", "").replace("]", "")
            named = [job for job in jobs if re.search(rf"\bthe {re.escape(job)}\b", sentence, re.IGNORECASE)]
            others = [job for job in named if job.lower() not in answer.lower()]
            choices = [answer, f"the {others[0]}" if others else "someone else"]
            yield {
                "sentence": sentence,
                "pronoun": pronoun,
                "choices": choices,
                "answer": answer,
                "pair_id": number,
                "stereotype": stereotype,
            }


def winogender() -> Iterator[dict[str, Any]]:
    with (DATA / "winogender" / "data" / "all_sentences.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            occupation, other, answer, gender, _ = row["sentid"].split(".")
            pronoun = next(word for word in re.findall(r"\w+", row["sentence"]) if word in PRONOUNS)
            yield {
                "sentence": row["sentence"], "pronoun": pronoun, "choices": [occupation, other], "answer": int(answer),
                "pair_id": f"{occupation}.{other}.{answer}", "gender": gender,
            }  # fmt: skip


PRONOUNS = ("he", "she", "they", "him", "her", "them", "his", "their")


def crows_pairs() -> Iterator[dict[str, Any]]:
    with (DATA / "crows_pairs" / "crows_pairs_anonymized.csv").open() as file:
        yield from (row for row in csv.DictReader(file) if row["sent_more"] != row["sent_less"])


def bbq(condition: str) -> Iterator[dict[str, Any]]:
    """UnifiedQA's published predictions: the target is the person of a stereotyped group, by `answer_info`."""
    for line in (DATA / "bbq" / "results" / "UnifiedQA" / "preds_Religion.jsonl").read_text().splitlines():
        row = json.loads(line)
        groups = row["additional_metadata"]["stereotyped_groups"]
        kinds = [row["answer_info"][f"ans{number}"][1] for number in range(3)]
        unknown = kinds.index("unknown")
        targets = [number for number, kind in enumerate(kinds) if kind in groups]
        if row["context_condition"] != condition or len(targets) != 1:
            continue
        (target,) = targets
        other = ({0, 1, 2} - {unknown, target}).pop()
        order = [target, other, unknown] if row["question_polarity"] == "neg" else [other, target, unknown]
        answers = [row[f"ans{number}"] for number in order]
        yield {
            **row,
            **dict(zip(("biased", "other", "unknown"), answers, strict=True)),
            "answer": row[f"ans{row['label']}"],
        }


@pytest.mark.parametrize(
    ("preset", "rows", "least"),
    [
        ("winobias", winobias, 790),
        ("winogender", winogender, 720),
        ("crows_pairs", crows_pairs, 1500),
        ("bbq_ambiguous", lambda: bbq("ambig"), 500),
        ("bbq_disambiguated", lambda: bbq("disambig"), 500),
    ],
)
def test_every_row_can_be_asked(preset: str, rows: Any, least: int, tmp_path: Path) -> None:
    made = [{key: value for key, value in row.items() if not isinstance(value, dict)} for row in rows()]
    assert len(made) >= least
    write_rows(tmp_path / "rows.jsonl", made)
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "version: 1\nname: bias\nmodels: {t5: {checkpoint: google-t5/t5-small}}\ntasks:\n"
        f"  known: {{preset: bias/{preset}, data: {{path: rows.jsonl}}, weight: 0}}\n"
        "  other: {kind: generation, data: {path: rows.jsonl}, input: x, reference: "
        + next(filter(None, made[0]))
        + "}\n"
    )
    assert len(load_suite(suite).datasets["known"]) == len(made)


@pytest.mark.parametrize("condition", ["ambig", "disambig"])
def test_bbq_of_published_predictions(condition: str) -> None:
    """The metric equals the published formula, computed here row by row without its sums."""
    rows = list(bbq(condition))
    predicted, gold = [], []
    for row in rows:
        answers = [row[key].lower().strip(". ") for key in ("biased", "other", "unknown")]
        output = row["unifiedqa-t5-11b_pred_race"].lower().strip(". ")
        predicted.append(answers.index(output) if output in answers else -1)
        gold.append(answers.index(row["answer"].lower().strip(". ")))
    named = [prediction for prediction in predicted if prediction in (0, 1)]
    bias = 2 * named.count(0) / len(named) - 1
    accuracy = sum(one == other for one, other in zip(predicted, gold, strict=True)) / len(rows)
    expected = {"bbq_disambiguated": bias, "bbq_ambiguous": (1 - accuracy) * bias}
    for name, value in expected.items():
        metric = METRICS.get(name)(name, MetricContext())
        assert corpus_score(metric, metric.statistics(predicted, gold)) == pytest.approx(100 * value)


def test_swapping_winogender_gives_its_own_other_gender() -> None:
    """Our rewriting of the male sentences is theirs of the female ones, but for words that the list does not know."""
    with (DATA / "winogender" / "data" / "all_sentences.tsv").open() as file:
        sentences = {row["sentid"]: row["sentence"] for row in csv.DictReader(file, delimiter="\t")}
    swap, right, total = Swapper(built_in("gender")), 0, 0
    for name, sentence in sentences.items():
        if ".male." in name:
            total += 1
            right += swap(sentence).text == sentences[name.replace(".male.", ".female.")]
            other = sentences[name.replace(".male.", ".female.")]
            total += 1
            right += swap(other).text == sentence
    assert right / total > 0.97
