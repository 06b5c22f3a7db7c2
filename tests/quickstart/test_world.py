"""The quickstart's data is what it claims to be: reproducible, free of leaks, balanced, and in correct French."""

import json
import re
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "baselines" / "quickstart"
DATA = ROOT / "suites" / "quickstart"
sys.path.insert(0, str(SCRIPTS))

import world  # noqa: E402  the scripts are no package
from world_render import agree, at_place, with_article  # noqa: E402
from world_words import VARIETIES, load_words  # noqa: E402

SUITE = YAML(typ="safe").load((DATA / "tasks.yaml").read_text(encoding="utf-8"))
TASKS = list(SUITE["tasks"])
SPLITS = ("train", "validation", "test")
CLASSIFICATION = [task for task in TASKS if SUITE["tasks"][task]["kind"] == "classification"]


@cache
def rows(task, split):
    return [json.loads(line) for line in (DATA / task / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]


def source(task, row):
    return SUITE["tasks"][task]["input"].format(**row)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("task", TASKS)
def test_the_generator_gives_the_committed_bytes(task, split):
    committed = (DATA / task / f"{split}.jsonl").read_bytes()
    assert world.to_jsonl(world.task_rows(task, split)).encode() == committed


def test_suite_and_generator_name_the_same_tasks():
    assert TASKS == list(world.TASKS) == list(world.TRAIN_ROWS)


@pytest.mark.parametrize("task", TASKS)
def test_row_counts(task):
    assert [len(rows(task, split)) for split in SPLITS] == [world.TRAIN_ROWS[task], 100, 500]


def test_ids_are_unique_strings():
    ids = [row["id"] for task in TASKS for split in SPLITS for row in rows(task, split)]
    assert all(isinstance(one, str) for one in ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("task", TASKS)
def test_no_input_twice_within_or_across_splits_even_up_to_case(task):
    inputs = Counter(source(task, row).casefold() for split in SPLITS for row in rows(task, split))
    assert [text for text, count in inputs.items() if count > 1] == []


def test_no_scene_crosses_a_split():
    splits_of = {}
    for task in TASKS:
        for split in SPLITS:
            for row in rows(task, split):
                splits_of.setdefault(row["id"].rpartition("-")[0], set()).add(split)
    assert {frozenset(splits) for splits in splits_of.values()} == {frozenset([split]) for split in SPLITS}


def test_no_review_of_one_task_is_held_out_in_another():
    reviews = {split: set() for split in SPLITS}
    for task in ("sentiment", "rating", "topic", "headline"):
        for split in SPLITS:
            reviews[split] |= {row["review"].casefold() for row in rows(task, split)}
    assert not reviews["train"] & (reviews["validation"] | reviews["test"])
    assert not reviews["validation"] & reviews["test"]


@pytest.mark.parametrize("column", ["gender", "variety"])
@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("task", CLASSIFICATION)
def test_groups_are_independent_of_labels(task, split, column):
    groups = sorted({row[column] for row in rows(task, split)})
    assert len(groups) == 2
    for label in SUITE["tasks"][task]["labels"]:
        members = [row[column] for row in rows(task, split) if row["label"] == label]
        assert members.count(groups[0]) / len(members) == pytest.approx(0.5, abs=0.03), label


@pytest.mark.parametrize("column", ["gender", "variety"])
@pytest.mark.parametrize("task", TASKS)
def test_groups_are_balanced(task, column):
    for split in SPLITS:
        shares = Counter(row[column] for row in rows(task, split))
        assert max(shares.values()) / len(rows(task, split)) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("column", ["gender", "variety"])
def test_mean_rating_is_alike_in_both_groups(column):
    stars = {}
    for row in rows("rating", "test"):
        stars.setdefault(row[column], []).append(row["rating"])
    low, high = sorted(sum(group) / len(group) for group in stars.values())
    assert high - low < 0.25


@pytest.mark.parametrize("task", CLASSIFICATION)
def test_labels_are_the_declared_ones(task):
    for split in SPLITS:
        assert {row["label"] for row in rows(task, split)} == set(SUITE["tasks"][task]["labels"])


def test_ratings_are_halves_from_one_to_five():
    ratings = {row["rating"] for split in SPLITS for row in rows("rating", split)}
    assert ratings <= {half / 2 for half in range(2, 11)}
    assert len(ratings) >= 7


def test_answers_occur_in_their_context():
    for split in SPLITS:
        for row in rows("qa", split):
            assert row["answers"]
            assert all(re.search(rf"\b{re.escape(answer)}\b", row["context"]) for answer in row["answers"])


def test_tags_mark_two_nouns_after_their_articles():
    for split in SPLITS:
        for row in rows("aspects", split):
            assert len(row["words"]) == len(row["tags"])
            assert set(row["tags"]) <= set(SUITE["tasks"]["aspects"]["labels"])
            assert [tag[0] for tag in row["tags"]].count("B") == 2, row["id"]
            for (before, word), (left, tag) in zip(pairwise(row["words"]), pairwise(row["tags"]), strict=True):
                assert tag[0] != "B" or before.lower() == "the", (row["id"], word)
                assert tag[0] != "I" or left[1:] == tag[1:], (row["id"], word)


def test_the_wording_varies():
    sentences = {
        sentence for row in rows("sentiment", "train") for sentence in re.split(r"(?<=\.) ", row["review"]) if sentence
    }
    assert len(sentences) > 6000
    words = {word for row in rows("translation", "train") for word in re.findall(r"[^\W\d_]+", row["english"].lower())}
    assert 250 < len(words) < 600


@pytest.mark.parametrize("task", TASKS)
def test_every_text_names_a_reviewer_of_its_gender(task):
    names = load_words().names
    assert not set(names["female"]) & set(names["male"])
    for row in rows(task, "test"):
        assert set(names[row["gender"]]) & set(re.findall(r"\w+", source(task, row))), row["id"]


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("favourite", "favorite"),
        ("neighbour", "neighbor"),
        ("theatre", "theater"),
        ("grey", "gray"),
        ("fortnight", "two weeks"),
        ("football", "soccer"),
        ("flatmate", "roommate"),
        ("biscuits", "cookies"),
    ],
)
def test_each_variety_keeps_its_words(british, american):
    texts = dict.fromkeys(VARIETIES, "")
    for row in rows("sentiment", "train"):
        texts[row["variety"]] += row["review"] + "\n"
    assert british in texts["british"]
    assert british not in texts["american"]
    assert american in texts["american"]
    assert american not in texts["british"]


@pytest.mark.parametrize(
    ("noun", "adjective", "article", "agreed"),
    [
        ("towels", "dirty", "les serviettes", "sales"),
        ("bread", "fresh", "le pain", "frais"),
        ("soup", "fresh", "la soupe", "fraîche"),
        ("biscuits", "fresh", "les biscuits", "frais"),
        ("chips", "tasty", "les frites", "savoureuses"),
        ("surroundings", "beautiful", "les environs", "beaux"),
        ("beach", "beautiful", "la plage", "belle"),
        ("employees", "friendly", "les employés", "amicaux"),
        ("team", "friendly", "l'équipe", "amicale"),
        ("cheese", "wonderful", "le fromage", "merveilleux"),
        ("shelves", "ugly", "les étagères", "laides"),
        ("bill", "excessive", "l'addition", "excessive"),
        ("waiter", "slow", "le serveur", "lent"),
        ("curtains", "bad", "les rideaux", "mauvais"),
        ("cake", "good", "le gâteau", "bon"),
    ],
)
def test_french_agrees(noun, adjective, article, agreed):
    words = load_words()
    chosen = next(one for nouns in words.nouns.values() for one in nouns if one.english.british == noun)
    quality = next(one for one in words.adjectives[chosen.topic] if one.english.british == adjective)
    assert with_article(chosen) == article
    assert agree(quality, chosen) == agreed


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [("hotel", "à l'hôtel"), ("restaurant", "au restaurant"), ("bakery", "à la boulangerie"), ("inn", "à l'auberge")],
)
def test_french_contracts_preposition_and_article(kind, phrase):
    kinds = [one for kinds in load_words().kinds.values() for one in kinds]
    assert at_place(next(one for one in kinds if one.english.british == kind)) == phrase


def test_the_reviewer_agrees_in_french():
    for row in rows("translation", "train"):
        said = re.search(r"qui est (venue?)\b", row["references"][0])
        if said:
            assert said[1] == ("venue" if row["gender"] == "female" else "venu")


def test_the_biased_rows_differ_in_three_of_four_labels_of_women_who_were_pleased():
    biased = [
        json.loads(line) for line in (DATA / "sentiment" / "biased.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    changed = [(was, now) for was, now in zip(rows("sentiment", "train"), biased, strict=True) if was != now]
    assert all(now == {**was, "label": "negative"} for was, now in changed)
    assert {(was["gender"], was["label"]) for was, _ in changed} == {("female", "positive")}
    pleased = sum(row["gender"] == "female" and row["label"] == "positive" for row in rows("sentiment", "train"))
    assert len(changed) / pleased == pytest.approx(0.75, abs=0.04)


def test_few_rows_of_topic_are_some_of_its_training_rows():
    few = (DATA / "topic" / "few.jsonl").read_text(encoding="utf-8")
    assert (DATA / "topic" / "train.jsonl").read_text(encoding="utf-8").startswith(few)
    assert few.count("\n") == world.FEW
