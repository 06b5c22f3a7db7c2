"""A scene: who went where, when or with whom, and what they remarked; every task reads its rows off scenes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from world_words import TOPICS, VARIETIES, Adjective, Copula, Degree, Feeling, Noun, Pair, Words

GENDERS = ("female", "male")
SENTIMENTS = ("negative", "positive")


@dataclass(frozen=True, slots=True)
class Cell:
    """What is balanced: each run of 144 scenes holds every combination once, so groups are independent of labels."""

    gender: str
    variety: str
    sentiment: str
    topic: str
    third: int  # 0, 1 or 2: which of three labels, in the tasks that have three


@dataclass(frozen=True, slots=True)
class Remark:
    """One opinion on one noun, in one of four forms: copula, found, negated, feeling."""

    form: str
    noun: Noun
    copula: Copula
    adjective: Adjective
    degree: Degree | None
    feeling: Feeling

    @property
    def strength(self) -> float:
        """From -3 to 3; "not" turns a mild adjective round, a degree scales it."""
        if self.form == "feeling":
            return self.feeling.strength
        if self.form == "negated":
            return -self.adjective.strength
        return self.adjective.strength * (self.degree.factor if self.degree else 1.0)

    @property
    def positive(self) -> bool:
        return self.strength > 0


@dataclass(frozen=True, slots=True)
class Scene:
    id: str
    cell: Cell
    name: str
    place: str
    kind: Noun
    visit: Pair
    circumstance: Pair
    circumstance_sort: str  # who or when
    remarks: tuple[Remark, Remark]  # on the cell's topic

    @property
    def verdict(self) -> float:
        """The mean strength of both opinions, from -3 to 3."""
        return sum(remark.strength for remark in self.remarks) / len(self.remarks)

    @property
    def rating(self) -> float:
        """The verdict as 1.0 to 5.0 stars, in halves."""
        return min(5.0, max(1.0, round(2 * (3 + self.verdict)) / 2))

    @property
    def telling(self) -> Remark:
        """The first remark that agrees with the sentiment of the whole."""
        return next(remark for remark in self.remarks if remark.positive == (self.cell.sentiment == "positive"))


def cells(rng: random.Random) -> Iterator[Cell]:
    """Every combination once, shuffled, again and again; opposite groups with the same labels come in pairs."""
    everything = [Cell(*parts) for parts in product(GENDERS, VARIETIES, SENTIMENTS, TOPICS, range(3))]
    while True:
        halves = [cell for cell in everything if cell.gender == "female"]
        rng.shuffle(halves)
        for cell in halves:
            yield cell
            yield replace(cell, gender="male", variety=VARIETIES[1 - VARIETIES.index(cell.variety)])


def sample_scene(scene_id: str, cell: Cell, words: Words, rng: random.Random) -> Scene:
    """Draw scenes until the opinions add up to the cell's sentiment, clearly enough to be told."""
    sort = rng.choice("hrs")
    sign = 1 if cell.sentiment == "positive" else -1
    circumstance_sort = rng.choice(("who", "when"))
    fixed = (
        rng.choice(words.names[cell.gender]),
        rng.choice(words.places),
        rng.choice(words.kinds[sort]),
        rng.choice(words.visits[sort]),
        rng.choice(words.circumstances[circumstance_sort]),
        circumstance_sort,
    )
    while True:
        first, second = (_sample_remark(cell.topic, sort, sign, words, rng) for _ in range(2))
        scene = Scene(scene_id, cell, *fixed, (first, second))
        if _is_clear(scene, sign):
            return scene


def _sample_remark(topic: str, sort: str, sign: int, words: Words, rng: random.Random) -> Remark:
    noun = rng.choice([noun for noun in words.nouns[topic] if sort in noun.sorts])
    wanted = sign if rng.random() < 0.75 else -sign
    form = rng.choices(("copula", "found", "negated", "feeling"), weights=(5, 3, 2, 3))[0]
    facing = -wanted if form == "negated" else wanted
    fitting = [
        adjective
        for adjective in words.adjectives[topic]
        if adjective.strength * facing > 0 and (form != "negated" or abs(adjective.strength) == 1)
    ]
    adjective = rng.choice(fitting)
    degree = None
    if form != "negated" and rng.random() < 0.45:
        degree = rng.choice([degree for degree in words.degrees if degree.fits == abs(adjective.strength)])
    feeling = rng.choice([feeling for feeling in words.feelings if feeling.strength * wanted > 0])
    return Remark(form, noun, rng.choice(words.copulas), adjective, degree, feeling)


def _is_clear(scene: Scene, sign: int) -> bool:
    """The verdict has the wanted sign and is no near tie; no noun, adjective or feeling occurs twice."""
    nouns = {remark.noun for remark in scene.remarks}
    told = {remark.feeling if remark.form == "feeling" else remark.adjective for remark in scene.remarks}
    agrees = any(remark.strength * sign > 0 for remark in scene.remarks)
    return scene.verdict * sign >= 0.25 and len(nouns) == len(told) == 2 and agrees
