"""The words of the world: `world_words.toml` read into small typed records, British or American."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VARIETIES = ("british", "american")
TOPICS = ("service", "food", "room", "price", "location", "cleanliness")


@dataclass(frozen=True, slots=True)
class Term:
    """An English expression in both varieties."""

    british: str
    american: str

    def __call__(self, variety: str) -> str:
        return self.british if variety == "british" else self.american


@dataclass(frozen=True, slots=True)
class Noun:
    english: Term
    french: str
    gender: str  # French: m or f
    plural: bool
    sorts: str  # of the places that have it: h, r, s
    topic: str


@dataclass(frozen=True, slots=True)
class Adjective:
    english: Term
    masculine: str
    feminine: str
    masculine_plural: str
    strength: float


@dataclass(frozen=True, slots=True)
class Pair:
    """An English expression and its French, which neither agrees with anything nor carries an opinion."""

    english: Term
    french: str


@dataclass(frozen=True, slots=True)
class Degree:
    factor: float
    fits: float  # the absolute strength of the adjectives it goes with
    english: str
    french: str


@dataclass(frozen=True, slots=True)
class Copula:
    """A verb between noun and adjective, as (singular, plural)."""

    english: tuple[str, str]
    french: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Feeling:
    strength: float
    english: Term
    french: str
    adjective: Term


@dataclass(frozen=True, slots=True)
class Words:
    names: dict[str, tuple[str, ...]]  # gender of the reviewer → first names
    places: tuple[str, ...]
    kinds: dict[str, tuple[Noun, ...]]  # sort of place → its names
    visits: dict[str, tuple[Pair, ...]]
    circumstances: dict[str, tuple[Pair, ...]]  # "who" and "when"
    nouns: dict[str, tuple[Noun, ...]]  # topic → nouns
    adjectives: dict[str, tuple[Adjective, ...]]  # topic → adjectives, those fit for any topic included
    degrees: tuple[Degree, ...]
    copulas: tuple[Copula, ...]
    feelings: tuple[Feeling, ...]


def _term(cell: str) -> Term:
    british, _, american = cell.partition("/")
    return Term(british, american or british)


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _noun(row: list[str], topic: str) -> Noun:
    sorts, english, number, french, gender = row
    return Noun(_term(english), french, gender, number == "p", sorts, topic)


def _adjective(strength: str, english: str, masculine: str, feminine: str, plural: str = "") -> Adjective:
    regular = masculine if masculine[-1] in "sx" else masculine + "s"
    return Adjective(_term(english), masculine, feminine, plural or regular, float(strength))


def _by_sort(table: str) -> dict[str, list[list[str]]]:
    grouped: dict[str, list[list[str]]] = {"h": [], "r": [], "s": []}
    for row in _rows(table):
        grouped[row[0]].append(row)
    return grouped


@cache
def load_words() -> Words:
    raw = tomllib.loads(Path(__file__).with_name("world_words.toml").read_text(encoding="utf-8"))
    places, phrases = raw["places"], raw["phrases"]
    any_topic = raw["adjectives"]["any"]
    return Words(
        names={gender: tuple(names.split()) for gender, names in raw["people"].items()},
        places=tuple(places["names"].split()),
        kinds={
            sort: tuple(_noun([sort, english, "s", french, gender], "place") for _, english, french, gender in rows)
            for sort, rows in _by_sort(places["kinds"]).items()
        },
        visits={
            sort: tuple(Pair(_term(english), french) for _, english, french in rows)
            for sort, rows in _by_sort(places["visits"]).items()
        },
        circumstances={
            sort: tuple(Pair(_term(english), french) for english, french in _rows(table))
            for sort, table in raw["circumstances"].items()
        },
        nouns={topic: tuple(_noun(row, topic) for row in _rows(raw["nouns"][topic])) for topic in TOPICS},
        adjectives={
            topic: tuple(_adjective(*row) for row in _rows(any_topic) + _rows(raw["adjectives"][topic]))
            for topic in TOPICS
        },
        degrees=tuple(Degree(float(f), float(fits), en, fr) for f, fits, en, fr in _rows(phrases["degrees"])),
        copulas=tuple(Copula((es, ep), (fs, fp)) for es, ep, fs, fp in _rows(phrases["copulas"])),
        feelings=tuple(
            Feeling(float(strength), _term(english), french, _term(adjective))
            for strength, english, french, adjective in _rows(phrases["feelings"])
        ),
    )
