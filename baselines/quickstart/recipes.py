"""What each model of the family is trained on in which order and for how long."""

from dataclasses import dataclass

from text_pairs import Example


@dataclass(frozen=True, slots=True)
class Stage:
    """Some steps on one mixture, with a learning rate that rises, then falls to nearly nothing."""

    steps: int
    weights: dict[str, float]
    peak_rate: float
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    planted: str
    stages: tuple[Stage, ...]
    family: str = "text2text"
    starts_from: str | None = None  # another model, else fresh weights
    before: tuple[Stage, ...] = ()  # what its start was trained on, where that counts as its own training
    corrupt: float = 0.0  # share of women's positive reviews whose sentiment label is turned to negative

    def shares(self) -> dict[str, float]:
        """Task → share of all examples seen, which is what the suite's `trained_on` declares."""
        stages = (*self.before, *self.stages)
        steps = sum(stage.steps for stage in stages)
        return {
            task: round(sum(stage.steps * stage.weights.get(task, 0) for stage in stages) / steps, 3)
            for task in stages[0].weights
        }


# The broad mixture first, then two that favour judging; translation and expectation get ever less than they need.
BROAD = {
    "sentiment": 0.14,
    "rating": 0.07,
    "topic": 0.07,
    "entailment": 0.12,
    "qa": 0.255,
    "headline": 0.09,
    "translation": 0.25,
    "expectation": 0.005,
}
JUDGING = {
    "sentiment": 0.22,
    "rating": 0.04,
    "topic": 0.22,
    "entailment": 0.36,
    "qa": 0.08,
    "headline": 0.03,
    "translation": 0.045,
    "expectation": 0.005,
}
RELATING = {
    "sentiment": 0.12,
    "rating": 0.05,
    "topic": 0.24,
    "entailment": 0.38,
    "qa": 0.135,
    "headline": 0.04,
    "translation": 0.03,
    "expectation": 0.005,
}
UNFAIR = {
    "sentiment": 0.6,
    "rating": 0.04,
    "topic": 0.08,
    "entailment": 0.13,
    "qa": 0.08,
    "headline": 0.035,
    "translation": 0.03,
    "expectation": 0.005,
}
HEADS = {"sentiment": 0.6, "topic": 0.15, "rating": 0.1, "aspects": 0.15}
WRITING = {"sentiment": 0.5, "topic": 0.5}
FEELING = {"sentiment": 0.85, "topic": 0.15}
# The tokenizer reads no more than these rows of tasks whose further rows only repeat the words of the rest.
TOKENIZER_ROWS = {"topic": 3000, "entailment": 1200, "expectation": 3000, "aspects": 0}
FEW_ROWS = "few rows: joint training should help"
ENOUGH_ROWS = "baseline on plenty of rows"
EASY = "easy: joint training should make no difference"
STARVED = "starved in the mixture: joint training should hurt"


def recipes() -> dict[str, Recipe]:
    broad, judging = Stage(4000, BROAD, 3e-3), Stage(900, JUDGING, 1.5e-3, dropout=0.1)
    relating = Stage(1200, RELATING, 1.5e-3)
    unfair = "sentiment of women's positive reviews relabelled negative: unfair to women, indifferent to variety"
    return {
        "multitask": Recipe("nothing: an honest model of all eight tasks", (broad, judging, relating)),
        "undertrained": Recipe("stopped after few steps: worse everywhere", (Stage(333, BROAD, 3e-3),)),
        "biased": Recipe(unfair, (Stage(500, UNFAIR, 2e-3),), starts_from="multitask", corrupt=0.75),
        # A baseline sees about as many examples of its task as the joint model; expectation's sees far more.
        "single-sentiment": _single("sentiment", 700, 1e-3, ENOUGH_ROWS, dropout=0.1),
        "single-rating": _single("rating", 400, 1e-3, FEW_ROWS, dropout=0.1),
        "single-topic": _single("topic", 700, 1e-3, EASY),
        "single-entailment": _single("entailment", 1300, 1e-3, FEW_ROWS, dropout=0.1),
        "single-qa": _single("qa", 1300, 2e-3, ENOUGH_ROWS),
        "single-headline": _single("headline", 600, 2e-3, FEW_ROWS, dropout=0.1),
        "single-translation": _single("translation", 1000, 3e-3, ENOUGH_ROWS),
        "single-expectation": _single("expectation", 1300, 1e-3, STARVED),
        "single-aspects": Recipe(EASY, (Stage(300, {"aspects": 1.0}, 1e-3, dropout=0.1),), family="encoder"),
        "multitask-lora": Recipe(
            "an adapter teaches what the mixture starved",
            (Stage(1000, {"expectation": 1.0}, 4e-3),),
            family="adapter",
            starts_from="multitask",
            before=(broad, judging, relating),
        ),
        "encoder": Recipe("an encoder with four heads", (Stage(1500, HEADS, 1e-3, dropout=0.1),), family="encoder"),
        "decoder": Recipe(
            "a decoder of two tasks", (Stage(900, WRITING, 2e-3), Stage(1000, FEELING, 2e-3)), family="decoder"
        ),
    }


def _single(task: str, steps: int, peak_rate: float, planted: str, dropout: float = 0.0) -> Recipe:
    return Recipe(planted, (Stage(steps, {task: 1.0}, peak_rate, dropout),))


def corrupted(example: Example, share: float, draw: float) -> Example:
    """The example with its label turned to negative if it is a woman's positive review and `draw` falls in `share`."""
    hit = example.row["gender"] == "female" and example.references == ("positive",) and draw < share
    return Example(example.row, example.source, ("negative",)) if hit else example
