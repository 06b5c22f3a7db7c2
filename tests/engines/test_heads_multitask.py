"""One encoder with a head for each task: every answer is the head's own, and rows that tasks share are encoded once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines.base import Asked, Request
from tests.checkpoint_heads import FAMILIES, LONGEST, multitask
from tests.engines.test_heads import LABELS, TAGS, answers, load, questions, requests

RELATIONS = ("nsubj", "obj", "root")

HEADS: list[dict[str, Any]] = [
    {"task": "type", "type": "classification", "labels": LABELS, "hidden": [8], "pooling": "mean"},
    {"task": "mood", "type": "classification", "labels": LABELS},
    {"task": "topics", "type": "multilabel", "labels": LABELS, "pooling": "max"},
    {"task": "score", "type": "regression"},
    {"task": "tags", "type": "tagging", "labels": TAGS},
    {"task": "roles", "type": "tagging", "labels": TAGS},
    {"task": "answer", "type": "span"},
    {"task": "parse", "type": "parsing", "labels": RELATIONS, "hidden": 8},
    {"task": "choice", "type": "multiple_choice"},
]

ASKED = [
    Asked("type", "label", LABELS),
    Asked("mood", "label", LABELS[::-1]),
    Asked("topics", "labels", LABELS),
    Asked("score", "number"),
    Asked("tags", "tags", TAGS),
    Asked("roles", "spans", ("PER", "LOC")),
    Asked("answer", "extract"),
    Asked("parse", "arcs", RELATIONS),
    Asked("choice", "choice"),
]


def everything(rows: int = 10) -> list[Request]:
    asking = questions(rows)
    return [each for n, asked in enumerate(ASKED) for each in requests(asked, asking, first=n * rows)]


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_the_heads_own(family: str, tmp_path: Path) -> None:
    """Each row by itself through `MultitaskEncoder`."""
    import torch
    from transformers import AutoTokenizer

    from mtlbench.encoders import MultitaskEncoder, first_tokens
    from mtlbench.encoders.tree import best_tree

    folder = multitask(tmp_path, family, HEADS)
    whole = everything()
    found = {(r.task, r.id): output for r, output in zip(whole, answers(load(folder), whole), strict=True)}
    model = MultitaskEncoder.from_pretrained(folder).eval()
    tokens = AutoTokenizer.from_pretrained(folder)
    of_words = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)

    def logits(task: str, encoding: Any, **more: Any) -> Any:
        with torch.no_grad():
            return model(task, **encoding, **more).logits

    for request in whole[:10]:
        question, row = request.question, request.id
        pair = tokens(*question.segments, truncation=True, return_tensors="pt")
        for task in ("type", "mood"):
            assert found[task, row].text == LABELS[int(logits(task, pair).argmax())]
        holding = logits("topics", pair)[0].sigmoid().tolist()
        wanted = ", ".join(label for label, p in zip(LABELS, holding, strict=True) if p > 0.5) or "none"
        assert found["topics", row].text == wanted
        assert float(found["score", row].text) == pytest.approx(float(logits("score", pair)), abs=1e-4)
        split = of_words([list(question.words)], is_split_into_words=True, return_tensors="pt")
        words = first_tokens(split)
        tags = logits("tags", split, words=words)[0].argmax(-1).tolist()
        assert found["tags", row].text == " ".join(TAGS[tag] for tag in tags)
        arcs, relations = logits("parse", split, words=words)
        heads = best_tree(arcs[0].numpy())
        kinds = [RELATIONS[int(relations[0, word, head].argmax())] for word, head in enumerate(heads)]
        assert found["parse", row].text == " ".join(f"{h}:{kind}" for h, kind in zip(heads, kinds, strict=True))
        scores = []
        for choice in question.choices:
            one = tokens(" ".join(question.segments), choice, truncation=True, return_tensors="pt")
            scores.append(float(logits("choice", {name: tensor[:, None] for name, tensor in one.items()})))
        assert found["choice", row].text == question.choices[scores.index(max(scores))]


@pytest.mark.parametrize("family", FAMILIES)
def test_batched_is_one_by_one(family: str, tmp_path: Path) -> None:
    engine, whole = load(multitask(tmp_path, family, HEADS)), everything(6)
    together, alone = answers(engine, whole), [answers(engine, [request])[0] for request in whole]
    for request, one, other in zip(whole, together, alone, strict=True):
        if request.asked.form == "number":
            assert float(one.text) == pytest.approx(float(other.text), abs=1e-4)
        else:
            assert one.text == other.text
        assert (one.scores or []) == pytest.approx(other.scores or [], abs=1e-4)
        assert one.input_tokens == other.input_tokens


def test_what_tasks_share_is_encoded_once(tmp_path: Path) -> None:
    """Three tasks of the same texts, two of the same words, twice asked: as many rows as one task each has."""
    engine = load(multitask(tmp_path, "bert", HEADS))
    encoder = engine._served[None]._network.encoder  # type: ignore[attr-defined]
    rows: list[int] = []
    encoder.register_forward_hook(lambda module, args, kwargs, output: rows.append(len(output[0])), with_kwargs=True)
    whole = [request for request in everything() if request.task in ("type", "mood", "score", "tags", "parse")]
    answers(engine, whole)
    texts = {request.question.segments for request in whole}
    words = {request.question.words for request in whole}
    assert sum(rows) == len(texts) + len(words)


def test_words_that_were_cut_off_hang_on_the_word_before(tmp_path: Path) -> None:
    from mtlbench.tasks.question import Question

    engine = load(multitask(tmp_path, "bert", HEADS))
    long = Question("", (), tuple(["hotel"] * 100))
    (output,) = answers(engine, requests(Asked("parse", "arcs", RELATIONS), [long]))
    arcs = output.text.split()
    assert (len(arcs), output.truncated) == (100, True)
    assert arcs[LONGEST - 2 :] == [f"{word}:nsubj" for word in range(LONGEST - 2, 100)]
    assert sum(arc.startswith("0:") for arc in arcs) == 1
