"""Each task's headline score on 0-100."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sacrebleu import corpus_bleu
from text_pairs import Example, suite


def score(task: str, predictions: Sequence[str], examples: Sequence[Example]) -> float:
    metric = suite()["tasks"][task]["metrics"][0]
    return METRICS[metric](predictions, [example.references for example in examples])


def accuracy(predictions: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    return 100 * float(np.mean([said == right[0] for said, right in zip(predictions, references, strict=True)]))


def pearson(predictions: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    """An answer that is no number counts as -1, as in T5; a constant answer scores 0 here."""
    said = np.array([_number(text) for text in predictions])
    right = np.array([float(reference[0]) for reference in references])
    return 100 * float(np.corrcoef(said, right)[0, 1]) if said.std() > 0 else 0.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def squad_f1(predictions: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    best = [max(_overlap(said, one) for one in every) for said, every in zip(predictions, references, strict=True)]
    return 100 * float(np.mean(best))


def _overlap(said: str, right: str) -> float:
    left, other = (Counter(word for word in text.lower().split() if word != "the") for text in (said, right))
    common = (left & other).total()
    return 2 * common / (left.total() + other.total()) if common else 0.0


def rouge_l(predictions: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    from rouge_score.rouge_scorer import RougeScorer  # slow to import

    scorer = RougeScorer(["rougeL"])
    pairs = zip(predictions, references, strict=True)
    return 100 * float(np.mean([scorer.score(right[0], said)["rougeL"].fmeasure for said, right in pairs]))


def bleu(predictions: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    """Corpus BLEU; a row with fewer references than others repeats its last one."""
    most = max(map(len, references))
    streams = [[row[min(place, len(row) - 1)] for row in references] for place in range(most)]
    return corpus_bleu(list(predictions), streams).score


def entity_f1(predictions: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    """Micro-F1 of what BIO tags mark."""
    said, right = set(_entities(predictions)), set(_entities([reference[0] for reference in references]))
    return 200 * len(said & right) / max(1, len(said) + len(right))


def _entities(rows: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """(row, start, end, type) of each; one may begin with I, as in conlleval."""
    for row, text in enumerate(rows):
        tags, start = [*text.split(), "O"], 0
        for place, tag in enumerate(tags):
            if place and tag != f"I-{tags[start][2:]}":
                if tags[start] != "O":
                    yield row, start, place, tags[start][2:]
                start = place


METRICS: dict[str, Callable[[Sequence[str], Sequence[tuple[str, ...]]], float]] = {
    "accuracy": accuracy,
    "pearson": pearson,
    "squad_f1": squad_f1,
    "rougeL": rouge_l,
    "bleu": bleu,
    "entity_f1": entity_f1,
}
