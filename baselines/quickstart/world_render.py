"""From a scene to sentences, in English of either variety and in French with its agreements."""

import random

from world_scene import Remark, Scene
from world_words import Adjective, Noun

_VOWELS = "aeiouhâéèêœ"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def subject(scene: Scene) -> str:
    return "she" if scene.cell.gender == "female" else "he"


def circumstance(scene: Scene) -> str:
    possessive = "her" if scene.cell.gender == "female" else "his"
    return scene.circumstance.english(scene.cell.variety).format(poss=possessive)


def place(scene: Scene) -> str:
    return f"the {scene.place} {scene.kind.english(scene.cell.variety)}"


def opening(scene: Scene, fronted: bool) -> str:
    visit = f"{scene.visit.english(scene.cell.variety)} at {place(scene)}"
    if fronted:
        return f"{capital(circumstance(scene))}, {scene.name} {visit}."
    return f"{scene.name} {visit} {circumstance(scene)}."


def noun_phrase(remark: Remark, scene: Scene) -> str:
    return f"the {remark.noun.english(scene.cell.variety)}"


def quality(remark: Remark, scene: Scene) -> str:
    """What is said of the noun: "very clean", "not clean"; of a feeling, its verb."""
    variety = scene.cell.variety
    if remark.form == "feeling":
        return remark.feeling.english(variety)
    if remark.form == "negated":
        return f"not {remark.adjective.english(variety)}"
    return " ".join(filter(None, (remark.degree and remark.degree.english, remark.adjective.english(variety))))


def clause(remark: Remark, scene: Scene, who: str | None = None) -> str:
    """One remark as a main clause without its full stop; `who` speaks of the reviewer."""
    who = who or subject(scene)
    noun, said = noun_phrase(remark, scene), quality(remark, scene)
    match remark.form:
        case "feeling":
            return f"{who} {said} {noun}"
        case "found":
            return f"{who} found {noun} {said}"
        case "negated":
            return f"{noun} {'were' if remark.noun.plural else 'was'} {said}"
        case _:
            return f"{noun} {remark.copula.english[remark.noun.plural]} {said}"


def sentence(remark: Remark, scene: Scene) -> str:
    return f"{capital(clause(remark, scene))}."


def join(first: Remark, second: Remark, scene: Scene, rng: random.Random) -> str:
    """Two remarks as one sentence, with a connective that fits their polarities."""
    left, right = clause(first, scene), clause(second, scene)
    if first.positive == second.positive:
        return capital(f"{left} and {right}.")
    return capital(rng.choice(("{}, but {}.", "although {}, {}.")).format(left, right))


def review(scene: Scene, rng: random.Random) -> str:
    first, second = scene.remarks
    together = rng.random() < 0.5
    body = join(first, second, scene, rng) if together else f"{sentence(first, scene)} {sentence(second, scene)}"
    return f"{opening(scene, rng.random() < 0.3)} {body}"


def headline(scene: Scene) -> str:
    """A graded verdict on the place, then two remarks: "Good inn: rude porter, friendly manager"."""
    grades = ((4.5, "Superb"), (3.5, "Good"), (3.0, "Mixed"), (2.0, "Poor"), (0.0, "Awful"))
    grade = next(word for least, word in grades if scene.rating >= least)
    told = ", ".join(_note(remark, scene) for remark in scene.remarks)
    return f"{grade} {scene.kind.english(scene.cell.variety)}: {told}"


def _note(remark: Remark, scene: Scene) -> str:
    noun = remark.noun.english(scene.cell.variety)
    if remark.form == "negated":
        return f"{noun} {quality(remark, scene)}"
    said = remark.feeling.adjective if remark.form == "feeling" else remark.adjective.english
    return f"{said(scene.cell.variety)} {noun}"


def agree(adjective: Adjective, noun: Noun) -> str:
    """The adjective's French form for the noun's gender and number."""
    if noun.gender == "m":
        return adjective.masculine_plural if noun.plural else adjective.masculine
    return adjective.feminine + "s" if noun.plural else adjective.feminine


def with_article(noun: Noun) -> str:
    if noun.plural:
        return f"les {noun.french}"
    if noun.french[0] in _VOWELS:
        return f"l'{noun.french}"
    return f"{'le' if noun.gender == 'm' else 'la'} {noun.french}"


def at_place(noun: Noun) -> str:
    """The preposition "à" with the article: au, à la, à l'."""
    phrase = with_article(noun)
    return "au " + noun.french if phrase.startswith("le ") else f"à {phrase}"


def clause_french(remark: Remark, scene: Scene, who: str | None = None, found: str = "a trouvé") -> str:
    who = who or ("elle" if scene.cell.gender == "female" else "il")
    noun, adjective = with_article(remark.noun), agree(remark.adjective, remark.noun)
    said = f"{remark.degree.french} {adjective}" if remark.degree else adjective
    negated = "n'étaient" if remark.noun.plural else "n'était"
    match remark.form:
        case "feeling":
            return f"{who} {remark.feeling.french} {noun}"
        case "found":
            return f"{who} {found} {noun} {said}"
        case "negated":
            return f"{noun} {negated} pas {said}"
        case _:
            return f"{noun} {remark.copula.french[remark.noun.plural]} {said}"


def opening_french(scene: Scene, fronted: bool) -> str:
    visit = f"{scene.visit.french} {at_place(scene.kind)} {scene.place}"
    if fronted:
        return f"{capital(scene.circumstance.french)}, {scene.name} {visit}."
    return f"{scene.name} {visit} {scene.circumstance.french}."
