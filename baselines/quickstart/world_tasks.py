"""The nine tasks: one function each, from a scene to the columns of its row."""

import random
import re
from collections.abc import Callable

from world_render import (
    capital,
    circumstance,
    clause,
    headline,
    join,
    noun_phrase,
    opening,
    place,
    quality,
    review,
    subject,
)
from world_scene import Remark, Scene
from world_translation import english, french, sample_plan
from world_words import TOPICS, Noun, Words

Row = dict[str, object]


def sentiment(scene: Scene, words: Words, rng: random.Random) -> Row:
    return {"review": review(scene, rng), "label": scene.cell.sentiment}


def rating(scene: Scene, words: Words, rng: random.Random) -> Row:
    return {"review": review(scene, rng), "rating": scene.rating}


def topic(scene: Scene, words: Words, rng: random.Random) -> Row:
    return {"review": review(scene, rng), "label": scene.cell.topic}


def aspects(scene: Scene, words: Words, rng: random.Random) -> Row:
    """Each word of the review, and whether it names what a remark is about: BIO tags, typed by topic."""
    said = re.findall(r"\w+(?:['-]\w+)*|[^\w\s]", review(scene, rng))
    lower, tags = [word.lower() for word in said], ["O"] * len(said)
    named = [(noun_phrase(remark, scene).split(), remark.noun.topic) for remark in scene.remarks]
    for (_, *noun), topic in sorted(named, key=lambda one: -len(one[0])):  # "the sales clerks" before "the sales"
        phrase, last = ["the", *noun], len(said) - len(noun)
        begin = next(at for at in range(1, last + 1) if lower[at - 1 : at + len(noun)] == phrase and tags[at] == "O")
        tags[begin : begin + len(noun)] = [f"B-{topic}", *[f"I-{topic}"] * (len(noun) - 1)]
    return {"words": said, "tags": tags}


def summary(scene: Scene, words: Words, rng: random.Random) -> Row:
    return {"review": review(scene, rng), "headline": headline(scene)}


def entailment(scene: Scene, words: Words, rng: random.Random) -> Row:
    """The hypothesis repeats or generalises a remark, denies it, or speaks of something the premise leaves out."""
    label = ("entailment", "neutral", "contradiction")[scene.cell.third]
    first, second = rng.sample(scene.remarks, 2)
    about = rng.choice((first, second))
    premise = f"{scene.name} came {circumstance(scene)}. {join(first, second, scene, rng)}"
    if label == "neutral":
        named = {remark.noun for remark in scene.remarks}
        unnamed = [noun for topic in TOPICS for noun in words.nouns[topic] if noun not in named]
        hypothesis = _opinion(rng.choice(unnamed), rng.random() < 0.5, scene, words, rng)
    elif label == "contradiction":
        hypothesis = _opinion(about.noun, not about.positive, scene, words, rng)
    elif about.form == "feeling" or rng.random() < 0.5:
        hypothesis = _general_opinion(about.noun, about.positive, scene, rng)
    else:
        hypothesis = _plain(about, scene)
    return {"premise": premise, "hypothesis": capital(hypothesis) + ".", "label": label}


def _plain(remark: Remark, scene: Scene) -> str:
    said = remark.adjective.english(scene.cell.variety)
    negation = "not " if remark.form == "negated" else ""
    return f"{noun_phrase(remark, scene)} {'were' if remark.noun.plural else 'was'} {negation}{said}"


def _opinion(noun: Noun, positive: bool, scene: Scene, words: Words, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return _general_opinion(noun, positive, scene, rng)
    adjectives = [one for one in words.adjectives[noun.topic] if (one.strength > 0) == positive]
    verb, variety = "were" if noun.plural else "was", scene.cell.variety
    return f"the {noun.english(variety)} {verb} {rng.choice(adjectives).english(variety)}"


def _general_opinion(noun: Noun, positive: bool, scene: Scene, rng: random.Random) -> str:
    mood, verdict = ("happy", "praise") if positive else ("unhappy", "blame")
    what = f"the {noun.english(scene.cell.variety)}"
    if rng.random() < 0.5:
        return f"{scene.name} was {mood} with {what}"
    return f"{what} deserved {verdict}"


def qa(scene: Scene, words: Words, rng: random.Random) -> Row:
    first, second = rng.sample(scene.remarks, 2)
    context = f"{opening(scene, rng.random() < 0.3)} {join(first, second, scene, rng)}"
    question, answers = _question(rng.choice((first, second)), scene, rng)
    return {"question": question, "context": context, "answers": [_as_written(answer, context) for answer in answers]}


def _as_written(answer: str, context: str) -> str:
    """The answer in the context's own capitals."""
    found = re.search(rf"\b{re.escape(answer)}\b", context, re.IGNORECASE)
    if found is None:
        raise ValueError(f"answer {answer!r} does not occur in {context!r}")
    return found.group()


def _question(about: Remark, scene: Scene, rng: random.Random) -> tuple[str, list[str]]:
    """A question of one of six sorts and its acceptable answers, the fullest first."""
    noun, said, verb = noun_phrase(about, scene), quality(about, scene), "were" if about.noun.plural else "was"
    what = f"What was {said} by {scene.name}?" if about.form == "feeling" else f"What was {said}?"
    kind = scene.kind.english(scene.cell.variety)
    phrase = circumstance(scene)
    sort = rng.choice(("reviewer", "place", "city", "circumstance", "what", "what", "how"))
    match sort:
        case "reviewer":
            return f"Who came to the {scene.place}?", [scene.name]
        case "place":
            return f"Where was {scene.name}?", [place(scene), f"{scene.place} {kind}", scene.place]
        case "city":
            return f"In which city was {scene.name}?", [scene.city.english(scene.cell.variety)]
        case "circumstance" if scene.circumstance_sort == "who":
            return f"Who was with {scene.name}?", [phrase.removeprefix("with ")]
        case "circumstance":
            return f"When did {scene.name} come?", [phrase]
        case "how" if about.form != "feeling":
            answers = [said] if about.degree is None else [said, about.adjective.english(scene.cell.variety)]
            return f"How {verb} {noun}?", answers
        case _:
            return what, [noun, about.noun.english(scene.cell.variety)]


def translation(scene: Scene, words: Words, rng: random.Random) -> Row:
    plan = sample_plan(scene, rng)
    references = dict.fromkeys(french(plan, scene, found) for found in ("a trouvé", "a jugé"))
    return {"english": english(plan, scene), "references": list(references)}


def expectation(scene: Scene, words: Words, rng: random.Random) -> Row:
    """Did it turn out better or worse than expected, or the same? Neither opinion alone tells."""
    about = scene.telling
    same = scene.cell.third == 2
    hoped = about.positive == same
    label = "same" if same else "better" if about.positive else "worse"
    fitting = [one for one in words.adjectives[about.noun.topic] if (one.strength > 0) == hoped]
    expected = rng.choice([one for one in fitting if one is not about.adjective]).english(scene.cell.variety)
    turn = rng.choice(("In the end", "In truth", "As it was", "Then"))
    text = (
        f"{scene.name} came {circumstance(scene)}. {capital(subject(scene))} had expected "
        f"{noun_phrase(about, scene)} to be {expected}. {turn}, {clause(about, scene)}."
    )
    return {"report": text, "label": label}


TASKS: dict[str, Callable[[Scene, Words, random.Random], Row]] = {
    "sentiment": sentiment,
    "rating": rating,
    "topic": topic,
    "aspects": aspects,
    "entailment": entailment,
    "qa": qa,
    "headline": summary,
    "translation": translation,
    "expectation": expectation,
}
