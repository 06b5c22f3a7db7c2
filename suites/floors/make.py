"""Writes the answers of suites/floors.yaml: what methods without a neural network say to the quickstart's tasks.

    python suites/floors/make.py

`majority` gives everyone the answer that is most frequent (or median) in training; `nearest` that of the training review
most like the one asked about, by TF-IDF; `linear` that of a logistic or ridge regression on TF-IDF of words and pairs of
words, and for headlines, of which there is no such thing, that of `nearest`.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import median

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics.pairwise import linear_kernel
from sklearn.pipeline import make_pipeline

HERE = Path(__file__).parent
REFERENCES = {"sentiment": "label", "topic": "label", "rating": "rating", "headline": "headline"}


def rows(task: str, split: str) -> tuple[list[str], list[str]]:
    """Reviews and references."""
    lines = (HERE.parent / "quickstart" / task / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    return [row["review"] for row in read], [str(row[REFERENCES[task]]) for row in read]


def majority(task: str, reviews: list[str], answers: list[str], asked: list[str]) -> list[str]:
    common = median(map(float, answers)) if task == "rating" else Counter(answers).most_common(1)[0][0]
    return [str(common)] * len(asked)


def nearest(task: str, reviews: list[str], answers: list[str], asked: list[str]) -> list[str]:
    words = TfidfVectorizer()
    known = words.fit_transform(reviews)
    return [answers[place] for place in linear_kernel(words.transform(asked), known).argmax(axis=1)]


def linear(task: str, reviews: list[str], answers: list[str], asked: list[str]) -> list[str]:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    if task == "headline":
        return nearest(task, reviews, answers, asked)
    if task == "rating":
        found = make_pipeline(words, Ridge()).fit(reviews, [float(answer) for answer in answers]).predict(asked)
        return [f"{value:.3f}" for value in found]
    return list(make_pipeline(words, LogisticRegression(C=10, max_iter=1000)).fit(reviews, answers).predict(asked))


for system in (majority, nearest, linear):
    for task in REFERENCES:
        told = system(task, *rows(task, "train"), rows(task, "test")[0])
        path = HERE / system.__name__ / f"{task}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{answer}\n" for answer in told), encoding="utf-8")
