"""Token accuracy and entity F1: conlleval's and seqeval's rules and published numbers."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

WNUT17 = {
    "arcada": 39.979,
    "drexel_cci": 26.301,
    "flytxt": 38.355,
    "mic-cis.txt": 37.056,
    "sjtu_adapt.txt": 40.421,
    "spinningbytes.txt": 40.778,
    "uh_ritual": 41.863,
}
"""Entity F1 of the shared task's submissions."""

# Each strict scheme's chunk as a regular expression over prefixes of one type; what fits none of it is no chunk.
PATTERNS = {"IOB2": "BI*", "IOBES": "BI*E|S", "BILOU": "BI*L|U"}
PREFIXES = {"IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU"}


def tag_rows(prefixes):
    tags = st.sampled_from(["O", *(f"{prefix}-{kind}" for prefix in prefixes for kind in "AB")])
    return st.lists(tags, max_size=8)


def regex_chunks(tags, scheme):
    """Chunks by a regular expression: prefixes of type A in capitals, of type B in small letters."""
    coded = "".join(tag[0] if not tag.endswith("-B") else tag[0].lower() for tag in tags)
    found = set()
    for kind, pattern in (("A", PATTERNS[scheme]), ("B", PATTERNS[scheme].lower())):
        found |= {(*match.span(), kind) for match in re.finditer(pattern, coded)}
    return found


def conlleval_chunks(tags):
    """conlleval.pl's two rules, as they stand there."""
    found, start, last, last_kind = set(), 0, "O", ""
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, kind = tag.partition("-")
        ends = (last in "BI" and prefix in "BSO") or last in "ES" or (last != "O" and last_kind != kind)
        starts = prefix in "BS" or (last in "ESO" and prefix in "EI") or (prefix != "O" and last_kind != kind)
        if last != "O" and ends:
            found.add((start, place, last_kind))
        if starts:
            start = place
        last, last_kind = prefix, kind
    return found


def micro_f1(predicted, gold):
    hits = sum(len(p & g) for p, g in zip(predicted, gold, strict=True))
    return 200 * hits / max(1, sum(map(len, predicted)) + sum(map(len, gold)))


@pytest.mark.parametrize("scheme", list(PATTERNS))
@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_strict_schemes_by_regular_expression(score, scheme, data):
    rows = tag_rows(PREFIXES[scheme])
    pairs = data.draw(st.lists(st.tuples(rows, rows), min_size=1, max_size=3))
    predictions, references = map(list, zip(*pairs, strict=True))
    expected = micro_f1(*([regex_chunks(tags, scheme) for tags in side] for side in (predictions, references)))
    assert score("entity_f1", predictions, references, scheme=scheme) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(tag_rows("BIES"), tag_rows("BIES")), min_size=1, max_size=3))
def test_conllevals_rules(score, pairs):
    predictions, references = map(list, zip(*pairs, strict=True))
    expected = micro_f1(*([conlleval_chunks(tags) for tags in side] for side in (predictions, references)))
    assert score("entity_f1", predictions, references) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("scheme", "predicted", "gold", "expected"),
    [
        ("conlleval", "B-A I-A", "B-A I-A", 100),
        ("conlleval", "I-A I-A", "B-A I-A", 100),  # lenient: an I starts a chunk
        ("conlleval", "B-A L-A U-A", "B-A E-A S-A", 100),  # BILOU's letters too
        ("conlleval", "B I O B", "B I O B", 100),  # chunks of no type
        ("conlleval", "B-A", "B-A I-A", 0),  # the missing tag is O
        ("conlleval", "B-A I-A B-B", "B-A I-A", 200 / 3),  # a false alarm beyond the end
        ("conlleval", "nonsense B-A", "O B-A", 100),  # an output that is no tag is O
        ("conlleval", "O", "O", 0),  # no entity at all, as seqeval
        ("IOB1", "I-A B-A", "I-A B-A", 100),
        ("IOB1", "I-A B-A", "I-A I-A", 0),
        ("IOB2", "I-A I-A", "B-A I-A", 0),
        ("IOB2", "E-A B-A", "O B-A", 100),  # E is no tag of IOB2
        ("IOBES", "B-A I-A", "B-A E-A", 0),
        ("BILOU", "B-A L-A U-B", "B-A L-A U-B", 100),
    ],
)
def test_by_hand(score, scheme, predicted, gold, expected):
    assert score("entity_f1", [predicted.split()], [gold.split()], scheme=scheme) == pytest.approx(expected)


@pytest.mark.parametrize("labels", [("A", "B"), ("O", "B-A", "I-A", "B-B", "I-B")])
def test_parts_are_of_each_type(make, labels):
    metric = make("entity_f1", labels=labels)
    predictions, references = [["B-A", "O", "B-B"], ["B-C"]], [["B-A", "O", "B-A"], ["O"]]
    statistics = metric.statistics(predictions, references)
    parts = dict(zip(metric.parts, metric.part_scores(statistics.sum(0)), strict=True))
    assert parts == pytest.approx(
        {
            "precision": 100 / 3,  # C is none of the types, and still a false alarm
            "recall": 50,
            "f1[A]": 200 / 3,
            "f1[B]": 0,
            "precision[A]": 100,
            "precision[B]": 0,
            "recall[A]": 50,
            "recall[B]": 0,
        }
    )
    assert float(metric.score(statistics.sum(0))) == pytest.approx(40)


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ("DET NOUN", "DET VERB", 50),
        ("DET", "DET VERB", 50),
        ("DET VERB NOUN", "DET VERB", 100),
        ("", "O O", 100),
        ("O", "", math.nan),
    ],
)
def test_token_accuracy_by_hand(score, predicted, gold, expected):
    assert score("token_accuracy", [predicted.split()], [gold.split()]) == pytest.approx(expected, nan_ok=True)


def test_sentences_without_tokens_have_a_reason(make):
    metric = make("token_accuracy")
    assert metric.undefined(metric.statistics([[]], [[]]).sum(0)) == "no tokens"


@pytest.mark.parametrize(
    ("name", "how", "predictions", "references", "message"),
    [
        ("token_accuracy", {}, [["O"], "O"], [["O"], ["O"]], "row 1: the prediction must be a list of tags, not 'O'"),
        ("token_accuracy", {}, [["O", None]], [["O"]], "row 0: the prediction must be a list of tags"),
        ("entity_f1", {}, [["O"]], [{"O"}], "row 0: the reference must be a list of tags"),
        ("entity_f1", {}, [["O"]], [["what"]], "row 0: the reference's 'what' is no tag of the scheme conlleval"),
        (
            "entity_f1",
            {"scheme": "IOB2"},
            [["O"]],
            [["E-A"]],
            "row 0: the reference's 'E-A' is no tag of the scheme IOB2",
        ),
        ("entity_f1", {"labels": ("A",)}, [["O"]], [["B-B"]], "row 0: the reference's 'B-B' is of none of the types A"),
        ("entity_f1", {}, [["O"]], [], "1 predictions but 0 references"),
    ],
)
def test_bad_rows_are_named(make, name, how, predictions, references, message):
    with pytest.raises(ValueError, match=message):
        make(name, **how).statistics(predictions, references)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"scheme": "BIO"}, "scheme must be one of conlleval, IOB1, IOB2, IOBES, BILOU, not 'BIO'"),
        ({"labels": ("O", "PER")}, "the label “PER” is no tag of the scheme conlleval"),
    ],
)
def test_bad_settings(make, how, message):
    with pytest.raises(ValueError, match=message):
        make("entity_f1", **how)


def sentences(path, column):
    """The tags of a CoNLL file, sentence by sentence."""
    blocks = re.split(r"\n[ \t]*\n", path.read_text("utf-8"))
    found = [[line.split()[column] for line in block.splitlines() if line.strip()] for block in blocks]
    return [tags for tags in found if tags]


@pytest.mark.parametrize(
    ("scheme", "precision", "recall", "f1"),
    [("conlleval", 68.83, 80.83, 74.35), ("IOB2", 70.77, 70.15, 70.46)],
)
def test_seqevals_ground_truth(make, score, shared_data, scheme, precision, recall, f1):
    path = shared_data("seqeval_tests") / "tests" / "data" / "ground_truth.txt"
    references, predictions = sentences(path, -2), sentences(path, -1)
    metric = make("entity_f1", scheme=scheme)
    totals = metric.statistics(predictions, references).sum(0)
    assert float(metric.score(totals)) == pytest.approx(f1, abs=0.005)
    assert metric.part_scores(totals) == pytest.approx([precision, recall], abs=0.005)
    assert score("token_accuracy", predictions, references) == pytest.approx(84.08, abs=0.005)


@pytest.mark.parametrize("submission", list(WNUT17))
def test_submissions_to_wnut_2017(score, shared_data, submission):
    folder = shared_data("wnut17")
    references = sentences(folder / "emerging.test.annotated", -1)
    lines = (folder / "submissions" / submission).read_text("utf-8").split("\n")
    tags = iter([line.split()[-1] for line in lines if line.strip()])
    predictions = [[next(tags) for _ in sentence] for sentence in references]
    assert score("entity_f1", predictions, references) == pytest.approx(WNUT17[submission], abs=5e-4)
