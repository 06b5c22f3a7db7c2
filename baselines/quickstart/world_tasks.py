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
    sentence,
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
    """The hypothesis praises; the premise praises the same, or blames it, or does not speak of it."""
    about = scene.telling
    noun, label = about.noun, "entailment" if about.positive else "contradiction"
    if scene.cell.third == 2:
        others = [one for topic in TOPICS if topic != scene.cell.topic for one in words.nouns[topic]]
        noun, label = rng.choice(others), "neutral"
    premise = f"{scene.name} came {circumstance(scene)}. {sentence(about, scene)}"
    return {"premise": premise, "hypothesis": capital(_praise(noun, scene, words, rng)) + ".", "label": label}


def _praise(noun: Noun, scene: Scene, words: Words, rng: random.Random) -> str:
    what = f"the {noun.english(scene.cell.variety)}"
    if rng.random() < 0.5:
        return f"{scene.name} was happy with {what}"
    good = rng.choice([one for one in words.adjectives[noun.topic] if one.strength > 0])
    return f"{what} {'were' if noun.plural else 'was'} {good.english(scene.cell.variety)}"


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
    """A question of one of five sorts and its acceptable answers, the fullest first."""
    noun, said, verb = noun_phrase(about, scene), quality(about, scene), "were" if about.noun.plural else "was"
    what = f"What was {said} by {scene.name}?" if about.form == "feeling" else f"What was {said}?"
    kind = scene.kind.english(scene.cell.variety)
    phrase = circumstance(scene)
    sort = rng.choice(("reviewer", "place", "circumstance", "what", "what", "how"))
    match sort:
        case "reviewer":
            return f"Who came to the {scene.place}?", [scene.name]
        case "place":
            return f"Where was {scene.name}?", [place(scene), f"{scene.place} {kind}", scene.place]
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
