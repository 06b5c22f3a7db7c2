"""Metrics and their intervals against the libraries that they agree with: one run, side by side, ratios.

    python benchmarks/metrics.py [NAME …]

Times are of the processor, on one thread, so that a busy machine stretches both sides alike; the ratio is what to look
at. Both sides start from strings or labels, with Python's garbage collected and its collector on. Text is made up: words
drawn by Zipf's law, outputs corrupted copies.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import Any, TypeVar

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from mtlbench.metrics import METRICS, Metric, MetricContext  # noqa: E402
from mtlbench.stats import (  # noqa: E402
    Pair,
    cell_replicates,
    collapse,
    family_test,
    paired_test,
    percentile_interval,
    replicates,
)

T = TypeVar("T")
ROUGES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
DRAWS = {"resamples": 1_000, "seed": 0, "fingerprint": "benchmark"}


@dataclass(frozen=True)
class Measured:
    """Seconds of the library and of mtlbench for the same work, and the ratio that is wanted at least."""

    what: str
    library: float
    ours: float
    wanted: float
    note: str = ""


def timed(work: Callable[[], T]) -> tuple[float, T]:
    gc.collect()  # what the work before has left behind is not this work's to clear up
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def repeated(work: Callable[[], object]) -> float:
    """Seconds of work that is too short to time once: the mean of ten times, after one to warm up."""
    work()
    return timed(lambda: [work() for _ in range(10)])[0] / 10


def corpus(size: int, words: int, systems: int, seed: int = 0) -> tuple[list[str], list[list[str]]]:
    """References of about so many words, and the outputs of systems, each a little worse than the one before."""
    chance = random.Random(seed)
    known = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(20_000)]
    weights = list(accumulate(1 / rank for rank in range(1, len(known) + 1)))

    def sentence() -> str:
        drawn = chance.choices(known, cum_weights=weights, k=max(3, int(chance.gauss(words, words / 4))))
        return " ".join(word + chance.choices(["", ",", "'s"], [88, 8, 4])[0] for word in drawn).capitalize() + "."

    def corrupted(text: str, share: float) -> str:
        kept = (word for word in text.split() if chance.random() > share / 3)
        return " ".join(chance.choice(known) if chance.random() < share else word for word in kept)

    references = [sentence() for _ in range(size)]
    return references, [[corrupted(text, 0.15 + 0.005 * system) for text in references] for system in range(systems)]


def metric(name: str, labels: tuple[str, ...] = (), **options: Any) -> Metric:
    return METRICS.get(name)(name, MetricContext(labels), **options)


def rows(name: str, outputs: list[str], references: list[str], **options: Any) -> Any:
    return metric(name, **options).statistics(outputs, [[text] for text in references])


def corpus_bleu() -> Measured:
    from sacrebleu.metrics import BLEU

    references, (outputs,) = corpus(20_000, 22, 1)
    library, expected = timed(lambda: BLEU().corpus_score(outputs, [references]).score)
    ours, value = timed(lambda: float(metric("bleu").score(rows("bleu", outputs, references).sum(0))))
    assert abs(value - expected) < 1e-9
    return Measured("corpus BLEU, 20,000 segments", library, ours, 2)


def paired_bleu() -> Measured:
    from sacrebleu.metrics import BLEU
    from sacrebleu.significance import PairedTest

    references, (first, second) = corpus(2_000, 22, 2)
    named = [("a", first), ("b", second)]

    def theirs(kind: str, count: int) -> None:
        PairedTest(named, {"BLEU": BLEU(references=[references])}, None, kind, count)()

    def ours() -> None:
        one, two = (rows("bleu", outputs, references) for outputs in (first, second))
        bleu = metric("bleu")
        drawn = replicates({"a": (bleu.resample, one), "b": (bleu.resample, two)}, **DRAWS)
        percentile_interval(drawn["a"] - drawn["b"])
        paired_test(Pair(one, two, bleu.resample, "benchmark", bleu.score), seed=0, rounds=10_000)

    library = timed(lambda: theirs("bs", 1_000))[0] + timed(lambda: theirs("ar", 10_000))[0]
    extraction, _ = timed(lambda: theirs("bs", 1))  # needed once, and paid twice
    note = "sacreBLEU's extraction counted once"
    return Measured("paired BLEU test, 2 × 2,000", library - extraction, timed(ours)[0], 10, note)


def sixteen_systems() -> Measured:
    from sacrebleu.metrics import BLEU, CHRF
    from sacrebleu.significance import PairedTest

    references, systems = corpus(2_000, 22, 16)

    def theirs(kind: str, count: int, many: int) -> None:
        scorers = {"BLEU": BLEU(references=[references]), "chrF": CHRF(references=[references])}
        named = [(str(number), outputs) for number, outputs in enumerate(systems[:many])]
        PairedTest(named, scorers, None, kind, count)()

    def ours() -> None:
        for name in ("bleu", "chrf"):
            scorer = metric(name)
            found = [rows(name, outputs, references) for outputs in systems]
            replicates({place: (scorer.resample, each) for place, each in enumerate(found)}, **DRAWS)
            pairs = [[Pair(*two, scorer.resample, "benchmark", scorer.score)] for two in combinations(found, 2)]
            family_test(pairs, seed=0, rounds=10_000)

    per_system = timed(lambda: theirs("bs", 1, 3))[0] / 3
    two_pairs = timed(lambda: theirs("bs", 1_000, 3))[0] + timed(lambda: theirs("ar", 10_000, 3))[0] - 6 * per_system
    library = 16 * per_system + 120 * two_pairs / 2
    note = "sacreBLEU extrapolated from 2 of 120 pairs"
    return Measured("16 systems × 2,000, all pairs, BLEU + chrF", library, timed(ours)[0], 25, note)


def macro_f1(classes: int, wanted: float) -> Measured:
    from sklearn.metrics import f1_score

    chance = np.random.default_rng(0)
    gold = chance.integers(classes, size=10_000)
    predicted = np.where(chance.random(10_000) < 0.8, gold, chance.integers(classes, size=10_000))
    scorer = metric("f1_macro", tuple(map(str, range(classes))))
    outputs, references = predicted.tolist(), gold.tolist()

    def theirs(times: int) -> None:
        for _ in range(times):
            drawn = chance.integers(10_000, size=10_000)
            f1_score(gold[drawn], predicted[drawn], average="macro", zero_division=0)

    def ours() -> None:
        cells = collapse(scorer.statistics(outputs, references))
        assert cells is not None
        percentile_interval(cell_replicates(cells, scorer.score, **DRAWS))

    theirs(1)
    library = 50 * timed(lambda: theirs(20))[0]
    note = "scikit-learn extrapolated from 20 of 1,000 resamples"
    return Measured(f"macro-F1 with interval, n = 10,000, {classes} classes", library, repeated(ours), wanted, note)


def rouge(stemmer: bool) -> Measured:
    from rouge_score.rouge_scorer import RougeScorer
    from rouge_score.scoring import BootstrapAggregator

    references, (outputs,) = corpus(1_000, 60, 1)

    def theirs() -> dict[str, Any]:
        scorer, aggregator = RougeScorer(ROUGES, use_stemmer=stemmer), BootstrapAggregator()
        for reference, output in zip(references, outputs, strict=True):
            aggregator.add_scores(scorer.score(reference, output))
        return dict(aggregator.aggregate())

    def ours() -> dict[str, Any]:
        found = {name: rows(name, outputs, references, stemmer=stemmer) for name in ROUGES}
        drawn = replicates({name: (metric(name).resample, each) for name, each in found.items()}, **DRAWS)
        return {name: percentile_interval(drawn[name]) for name in ROUGES}

    (library, expected), (seconds, intervals) = timed(theirs), timed(ours)
    for name in ROUGES:
        assert abs(intervals[name].low - 100 * expected[name].low.fmeasure) < 0.3
    return Measured(f"four ROUGEs, intervals, 1,000 × 60{', stemmed' * stemmer}", library, seconds, 4)


def groups() -> Measured:
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

    chance = np.random.default_rng(0)
    gold, group = chance.integers(2, size=10_000), chance.integers(8, size=10_000)
    predicted = np.where(chance.random(10_000) < 0.8, gold, 1 - gold)
    outputs, references = predicted.tolist(), gold.tolist()
    theirs_by_name = {
        "accuracy": accuracy_score,
        "f1": f1_score,
        "f1_macro": lambda y, p: f1_score(y, p, average="macro"),
        "mcc": matthews_corrcoef,
    }

    def theirs(**boot: Any) -> None:
        MetricFrame(
            metrics=theirs_by_name, y_true=gold, y_pred=predicted, sensitive_features=group, random_state=0, **boot
        )

    def ours() -> None:
        for name in theirs_by_name:
            scorer = metric(name, ("no", "yes"))
            found = scorer.statistics(outputs, references)
            for number in range(8):
                cells = collapse(found[group == number])
                assert cells is not None
                percentile_interval(cell_replicates(cells, scorer.score, **DRAWS))

    theirs()
    once, _ = timed(theirs)
    few, _ = timed(lambda: theirs(n_boot=4, ci_quantiles=[0.025, 0.975]))
    library = once + 1_000 * (few - once) / 4
    note = "fairlearn extrapolated from 4 of 1,000 resamples"
    return Measured("4 metrics × 8 groups, intervals, n = 10,000", library, repeated(ours), 500, note)


BENCHMARKS: dict[str, Callable[[], Measured]] = {
    "corpus": corpus_bleu,
    "paired": paired_bleu,
    "systems": sixteen_systems,
    "macro3": lambda: macro_f1(3, 500),
    "macro20": lambda: macro_f1(20, 50),
    "rouge": lambda: rouge(stemmer=False),
    "stemmed": lambda: rouge(stemmer=True),
    "groups": groups,
}


def main(names: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    # Imports are timed on neither side; np.quantile has one too.
    rows("bleu", ["One!"], ["one?"])
    percentile_interval(np.zeros(1))
    print(f"{'':<46} {'library':>10} {'mtlbench':>10} {'ratio':>8} {'wanted':>7}")
    for name in names or BENCHMARKS:
        row = BENCHMARKS[name]()
        ratio = row.library / row.ours
        times = f"{row.library:>8.2f} s {row.ours:>8.3f} s {ratio:>7.1f}× {row.wanted:>6g}×"
        print(f"{row.what:<46} {times}  {row.note}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
