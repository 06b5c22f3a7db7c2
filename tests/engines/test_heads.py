"""transformers' own heads: answers equal those of plain transformers on the same rows, and batched equals one by one."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines.base import Asked, Options, Output, Request
from mtlbench.engines.heads import Heads
from mtlbench.engines.heads.config import spell_labels, spell_tags
from mtlbench.engines.heads.inputs import Reader
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.base import Form
from mtlbench.tasks.question import Question
from tests.checkpoint_heads import FAMILIES, LONGEST, headed, sharpen, tokenizer
from tests.checkpoints import WORDS

LABELS = ("Negative", "neutral", "positive")
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def words(chance: random.Random, most: int = 12) -> list[str]:
    return chance.choices(WORDS, k=chance.randint(1, most))


def questions(n: int = 12, most: int = 12) -> list[Question]:
    """With everything that a head may read."""
    chance = random.Random(1)
    found = []
    for _ in range(n):
        first, second = words(chance, most), words(chance, most)
        choices = tuple(" ".join(words(chance, 3)) + f" {number}" for number in range(chance.randint(2, 4)))
        segments = (" ".join(first), " ".join(second))
        found.append(Question(" ".join(first), segments, tuple(first), choices))
    return found


def load(folder: Path, **keys: Any) -> Heads:
    model = Model(**{"checkpoint": str(folder), "dtype": "float32", **keys})
    identity = Heads.identify(model, folder, Options("cpu"))
    return Heads.load(identity, model, Options("cpu"), lambda text: None)


def requests(asked: Asked, asking: Sequence[Question], most: int | None = None, first: int = 0) -> list[Request]:
    return [
        Request(number, asked, str(number - first), number - first, question, Generation(), most)
        for number, question in enumerate(asking, first)
    ]


def answers(engine: Heads, asking: Sequence[Request]) -> list[Output]:
    found = dict(pair for batch in engine.run(asking) for pair in batch)
    assert len(found) == len(asking)
    return [found[request.number] for request in asking]


class Plain:
    """The checkpoint as transformers' users run it, one row at a time."""

    def __init__(self, folder: Path, head: str) -> None:
        import transformers

        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.words = transformers.AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
        self.network = getattr(transformers, f"AutoModelFor{head}").from_pretrained(folder).eval()

    def __call__(self, *texts: str) -> Any:
        import torch

        with torch.no_grad():
            return self.network(**self.tokenizer(*texts, truncation=True, return_tensors="pt"))

    def label(self, question: Question) -> str:
        return LABELS[int(self(*question.segments).logits.argmax())]

    def number(self, question: Question) -> float:
        return float(self(*question.segments).logits)

    def labels(self, question: Question) -> str:
        holding = (self(*question.segments).logits[0].sigmoid() > 0.5).tolist()
        return ", ".join(label for label, holds in zip(LABELS, holding, strict=True) if holds) or "none"

    def tags(self, question: Question) -> str:
        import torch

        encoding = self.words(list(question.words), is_split_into_words=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            best = self.network(**encoding).logits[0].argmax(-1).tolist()
        found = ["O"] * len(question.words)
        for position, word in reversed(list(enumerate(encoding.word_ids()))):
            if word is not None:
                found[word] = TAGS[best[position]]
        return " ".join(found)

    def extract(self, question: Question) -> str:
        query, context = question.segments
        encoding = self.tokenizer(query, context, return_offsets_mapping=True)
        output = self(query, context)
        inside = [place for place, side in enumerate(encoding.sequence_ids()) if side == 1]
        spans = [(a, b) for a in inside for b in inside if a <= b < a + 30]
        start, end = max(spans, key=lambda span: float(output.start_logits[0, span[0]] + output.end_logits[0, span[1]]))
        offsets = encoding["offset_mapping"]
        return context[offsets[start][0] : offsets[end][1]].strip()

    def choice(self, question: Question) -> str:
        import torch

        before = " ".join(question.segments)
        rows = self.tokenizer(
            [before] * len(question.choices), list(question.choices), truncation=True, padding=True, return_tensors="pt"
        )
        with torch.no_grad():
            scores = self.network(**{name: tensor[None] for name, tensor in rows.items()}).logits[0]
        return question.choices[int(scores.argmax())]


CASES: dict[str, tuple[Form, str, tuple[str, ...], dict[str, Any], Callable[[Plain, Question], Any]]] = {
    "classification": ("label", "SequenceClassification", LABELS, {}, Plain.label),
    "multilabel": (
        "labels",
        "SequenceClassification",
        LABELS,
        {"problem_type": "multi_label_classification"},
        Plain.labels,
    ),
    "regression": ("number", "SequenceClassification", ("score",), {}, Plain.number),
    "tagging": ("tags", "TokenClassification", TAGS, {}, Plain.tags),
    "span": ("extract", "QuestionAnswering", (), {}, Plain.extract),
    "multiple choice": ("choice", "MultipleChoice", (), {}, Plain.choice),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_plain_transformers(case: str, family: str, tmp_path: Path) -> None:
    form, head, labels, config, expected = CASES[case]
    folder = headed(tmp_path, family, head, labels, **config)
    asked = Asked("t", form, () if form in ("number", "extract", "choice") else labels)
    asking = questions(most=5 if form == "extract" else 12)  # longer contexts would come in windows
    found = answers(load(folder), requests(asked, asking))
    plain = Plain(folder, head)
    wanted = [expected(plain, question) for question in asking]
    if form == "number":
        assert [float(output.text) for output in found] == pytest.approx(wanted, rel=1e-4, abs=1e-4)
    else:
        assert [output.text for output in found] == wanted
        assert len(set(wanted)) > 1


@pytest.mark.parametrize("case", CASES)
def test_batched_is_one_by_one(case: str, tmp_path: Path) -> None:
    form, head, labels, config, _ = CASES[case]
    folder = headed(tmp_path, "roberta", head, labels, **config)
    asked = Asked("t", form, () if form in ("number", "extract", "choice") else labels)
    engine, asking = load(folder), requests(asked, questions(most=40))
    together, alone = answers(engine, asking), [answers(engine, [request])[0] for request in asking]
    assert [(a.input_tokens, a.truncated) for a in together] == [(a.input_tokens, a.truncated) for a in alone]
    for one, other in zip(together, alone, strict=True):
        if form == "number":
            assert float(one.text) == pytest.approx(float(other.text), abs=1e-4)
        else:
            assert one.text == other.text
        assert (one.scores or []) == pytest.approx(other.scores or [], abs=1e-4)


def test_scores_are_in_the_order_of_the_tasks_labels(tmp_path: Path) -> None:
    import torch

    folder = headed(tmp_path, "bert", "SequenceClassification", LABELS)
    asked = Asked("t", "label", ("POSITIVE", "negative", "Neutral"))
    asking = questions()
    plain = Plain(folder, "SequenceClassification")
    for output, question in zip(answers(load(folder), requests(asked, asking)), asking, strict=True):
        logits = plain(*question.segments).logits[0]
        wanted = torch.log_softmax(logits, -1)[[2, 0, 1]].tolist()
        assert output.scores == pytest.approx(wanted, abs=1e-4)
        assert output.text == asked.labels[wanted.index(max(wanted))]


def test_scores_of_choices_are_shares_of_the_rows_own(tmp_path: Path) -> None:
    engine = load(headed(tmp_path, "electra", "MultipleChoice"))
    asking = questions()
    for output, question in zip(answers(engine, requests(Asked("t", "choice"), asking)), asking, strict=True):
        assert output.scores is not None
        assert len(output.scores) == len(question.choices)
        assert math.fsum(math.exp(score) for score in output.scores) == pytest.approx(1)
        assert output.text == question.choices[output.scores.index(max(output.scores))]


def test_one_text_needs_no_second(tmp_path: Path) -> None:
    folder = headed(tmp_path, "distilbert", "SequenceClassification", LABELS)
    asking = [Question(q.text, (q.text,)) for q in questions()]
    found = answers(load(folder), requests(Asked("t", "label", LABELS), asking))
    plain = Plain(folder, "SequenceClassification")
    assert [output.text for output in found] == [plain.label(question) for question in asking]


@pytest.mark.parametrize("family", FAMILIES)
def test_long_inputs_are_cut_where_positions_end(family: str, tmp_path: Path) -> None:
    """RoBERTa counts positions from after the padding's: 66 of them hold 64 tokens."""
    folder = headed(tmp_path, family, "SequenceClassification", LABELS)
    config = folder / "tokenizer_config.json"
    config.write_text(config.read_text().replace(f'"model_max_length": {LONGEST}', '"model_max_length": 100000'))
    long, short = Question("", (" ".join(WORDS * 4),)), Question("", ("the hotel",))
    cut, whole = answers(load(folder), requests(Asked("t", "label", LABELS), [long, short]))
    assert (cut.input_tokens, cut.truncated, whole.truncated) == (LONGEST, True, False)
    (least,) = answers(load(folder), requests(Asked("t", "label", LABELS), [long], most=9))
    assert (least.input_tokens, least.truncated) == (9, True)


def test_words_that_were_cut_off_are_outside(tmp_path: Path) -> None:
    engine = load(headed(tmp_path, "bert", "TokenClassification", TAGS))
    long = Question("", (), tuple(["hotel"] * 100))
    (output,) = answers(engine, requests(Asked("t", "tags", TAGS), [long]))
    tags = output.text.split()
    assert (len(tags), output.truncated) == (100, True)
    assert set(tags[LONGEST - 2 :]) == {"O"}


def test_spans_are_the_chunks_of_the_tags(tmp_path: Path) -> None:
    """The task spells the types in its own way."""
    from mtlbench.metrics.chunks import LENIENT, Tag, chunks

    folder = headed(tmp_path, "bert", "TokenClassification", TAGS)
    engine, asking = load(folder), questions(20)
    tags = answers(engine, requests(Asked("t", "tags"), asking))
    spans = answers(engine, requests(Asked("t", "spans", ("loc", "per")), asking))
    for tagged, output in zip(tags, spans, strict=True):
        parts = [tag.partition("-") for tag in tagged.text.split()]
        found = sorted(chunks([Tag(prefix, kind.lower()) for prefix, _, kind in parts], LENIENT))
        assert output.text == (" ".join(f"{start}-{end}:{kind}" for start, end, kind in found) or "none")
    assert any("-" in output.text for output in spans)


def test_long_contexts_are_read_in_windows(tmp_path: Path) -> None:
    """The best span of all windows, each found by hand with transformers."""
    folder = headed(tmp_path, "bert", "QuestionAnswering")
    chance = random.Random(2)
    query, context = "what was the price", " ".join(chance.choices(WORDS, k=150))
    (output,) = answers(load(folder), requests(Asked("t", "extract"), [Question("", (query, context))]))
    plain = Plain(folder, "QuestionAnswering")
    room = LONGEST - len(plain.tokenizer(query, "")["input_ids"])
    windows = plain.tokenizer(
        query, context, truncation="only_second", stride=room // 4, return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )  # fmt: skip
    assert len(windows["input_ids"]) > 3
    import torch

    best = (-math.inf, "")
    for number, ids in enumerate(windows["input_ids"]):
        with torch.no_grad():
            logits = plain.network(
                input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([windows["token_type_ids"][number]])
            )
        inside = [place for place, side in enumerate(windows.sequence_ids(number)) if side == 1]
        offsets = windows["offset_mapping"][number]
        for a in inside:
            for b in inside:
                if a <= b < a + 30:
                    score = float(logits.start_logits[0, a] + logits.end_logits[0, b])
                    best = max(best, (score, context[offsets[a][0] : offsets[b][1]]))
    assert output.text == best[1]
    assert not output.truncated


def test_a_question_longer_than_a_window_leaves_room_for_the_context(tmp_path: Path) -> None:
    engine = load(headed(tmp_path, "roberta", "QuestionAnswering"))
    long = Question("", (" ".join(WORDS * 3), "we stayed two nights"))
    (output,) = answers(engine, requests(Asked("t", "extract"), [long]))
    assert output.truncated
    assert output.text in long.segments[1]
    assert output.text
    with pytest.raises(InputError, match="too few for any text"):
        answers(engine, requests(Asked("t", "extract"), [long], most=4))


def test_no_answer_only_from_a_head_that_was_trained_for_it(tmp_path: Path) -> None:
    """A head that points where a token is most like the first one: at the first."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    folder = headed(tmp_path, "bert", "QuestionAnswering")
    asking = requests(Asked("t", "extract"), questions(most=5))
    plain = Plain(folder, "QuestionAnswering")
    network = AutoModelForQuestionAnswering.from_pretrained(folder)
    with torch.no_grad():
        seen = network.bert(**plain.tokenizer(*asking[0].question.segments, return_tensors="pt")).last_hidden_state[
            0, 0
        ]
        network.qa_outputs.weight[:] = seen
    network.save_pretrained(folder)
    assert all(output.text for output in answers(load(folder), asking))
    network.config.null_answer = True
    network.save_pretrained(folder)
    assert answers(load(folder), asking)[0].text == ""


def test_a_head_that_overflows_is_told(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = headed(tmp_path, "bert", "SequenceClassification", LABELS)
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        network.classifier.bias[0] = math.inf
    network.save_pretrained(folder)
    with pytest.raises(InputError, match="not finite"):
        answers(load(folder), requests(Asked("t", "label", LABELS), questions()))


@pytest.mark.parametrize("head", ["tagging", "parsing", "span"])
def test_a_tokenizer_that_does_not_tell_of_words(head: str) -> None:
    class Slow:
        pad_token_id = 0
        is_fast = False

    with pytest.raises(InputError, match="the tokenizer of some/model is a slow one"):
        Reader(Slow(), "some/model", 10).read(head, questions(1), None)


def test_one_checkpoint_for_each_task(tmp_path: Path) -> None:
    """Equal to each alone; parameters and bytes are those of all, a folder that serves two tasks once."""
    mood = headed(tmp_path / "mood", "bert", "SequenceClassification", LABELS)
    tags = headed(tmp_path / "tags", "roberta", "TokenClassification", TAGS)
    model = Model(checkpoints={"mood": "mood", "tone": "mood", "tags": "tags"}, dtype="float32")
    identity = Heads.identify(model, tmp_path, Options("cpu"))
    engine = Heads.load(identity, model, Options("cpu"), lambda text: None)
    asking = questions()
    whole = [
        *requests(Asked("mood", "label", LABELS), asking),
        *requests(Asked("tags", "tags", TAGS), asking, first=100),
        *requests(Asked("tone", "label", LABELS[::-1]), asking, first=200),
    ]
    found = [output.text for output in answers(engine, whole)]
    alone = [
        *answers(load(mood), whole[: len(asking)]),
        *answers(load(tags), whole[len(asking) : 2 * len(asking)]),
        *answers(load(mood), whole[: len(asking)]),
    ]
    assert found == [output.text for output in alone]
    parts = [Heads.identify(Model(checkpoint=str(folder)), tmp_path, Options("cpu")) for folder in (mood, tags)]
    assert identity.parameters == sum(part.parameters or 0 for part in parts)
    assert identity.bytes == sum(part.bytes or 0 for part in parts)
    other = Heads.identify(Model(checkpoints={"mood": "mood", "tags": "tags"}), tmp_path, Options("cpu"))
    assert other.fingerprint != identity.fingerprint


def test_the_name_of_a_heads_labels_is_part_of_what_outputs_are_cached_under(tmp_path: Path) -> None:
    folder = headed(tmp_path, "bert", "SequenceClassification", num_labels=3)
    named = [
        Heads.identify(Model(checkpoint=str(folder), head_labels=labels), tmp_path, Options("cpu")).fingerprint
        for labels in (None, {"t": list(LABELS)}, {"t": list(LABELS[::-1])})
    ]
    assert len(set(named)) == 3


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"architectures": ["BertForSequenceClassification"], "model_type": "bert"}, "heads"),
        ({"architectures": ["BartForSequenceClassification"], "is_encoder_decoder": True}, "heads"),
        ({"architectures": ["T5ForQuestionAnswering"], "is_encoder_decoder": True}, "heads"),
        ({"architectures": ["GPT2ForTokenClassification"], "model_type": "gpt2"}, "heads"),
        ({"architectures": ["RobertaForMultipleChoice"]}, "heads"),
        ({"model_type": "multitask_encoder", "heads": []}, "heads"),
        ({"architectures": ["BartForConditionalGeneration"], "is_encoder_decoder": True}, "text2text"),
        ({"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}, "causal"),
        ({"architectures": ["BertModel"], "model_type": "bert"}, None),
        ({}, None),
    ],
)
def test_a_checkpoint_is_of_one_kind(config: dict[str, Any], kind: str | None) -> None:
    from mtlbench.engines import ENGINES

    found = {ENGINES.get(name) for name in ENGINES.names() if ENGINES.get(name).recognizes(config)}
    assert [engine.kinds[0] for engine in found] == ([] if kind is None else [kind])


@pytest.mark.parametrize(("family", "head"), [("bart", "SequenceClassification"), ("gpt2", "SequenceClassification")])
def test_heads_on_other_than_encoders(family: str, head: str, tmp_path: Path) -> None:
    """BART's head reads the last end token, GPT-2's the last token: padding must not be taken for either."""
    import torch
    import transformers

    tokens = tokenizer("roberta")
    sizes: dict[str, Any] = {
        "bart": {
            "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
            "decoder_attention_heads": 2, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48,
            "pad_token_id": tokens.pad_token_id, "eos_token_id": tokens.eos_token_id,
        },
        "gpt2": {"n_embd": 32, "n_layer": 1, "n_head": 2, "n_positions": LONGEST},
    }[family]  # fmt: skip
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(
        family, vocab_size=len(tokens), id2label=dict(enumerate(LABELS)), **sizes
    )
    sharpen(transformers.AutoModelForSequenceClassification.from_config(config)).save_pretrained(tmp_path)
    tokens.save_pretrained(tmp_path)
    asking = questions()
    found = answers(load(tmp_path), requests(Asked("t", "label", LABELS), asking))
    plain = Plain(tmp_path, head)
    assert [output.text for output in found] == [plain.label(question) for question in asking]


@pytest.mark.parametrize(
    ("given", "wanted", "found"),
    [
        (["NEG", "pos"], ["pos", "neg"], ["neg", "pos"]),
        (["a", "A"], ["A", "a"], ["a", "A"]),
        (["a", "b"], ["a", "c"], None),
        (["a", "b", "c"], ["a", "b"], None),
        (["a"], [], ["a"]),
    ],
)
def test_labels_as_the_task_spells_them(given: list[str], wanted: list[str], found: list[str] | None) -> None:
    assert spell_labels(given, wanted) == found


@pytest.mark.parametrize(
    ("given", "wanted", "found"),
    [
        (["O", "B-PER", "I-PER"], ["per"], ["O", "B-per", "I-per"]),
        (["B-PER", "O", "I-LOC"], ["LOC", "PER"], ["B-PER", "O", "I-LOC"]),
        (["O", "B-PER"], ["LOC"], None),
        (["NOUN", "VERB"], ["NOUN"], None),
        (["O", "B-PER"], [], ["O", "B-PER"]),
    ],
)
def test_tags_of_spans(given: list[str], wanted: list[str], found: list[str] | None) -> None:
    assert spell_tags(given, wanted) == found
