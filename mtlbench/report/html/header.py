"""Head of the page: what was run, how complete it is, and what to keep in mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from mtlbench.report import reading, wording
from mtlbench.results.schema import ModelInfo, Results, TaskInfo

FIRST_CAVEATS = 4
SHORT_HASH = 10
DOWNLOADS = (
    ("overall", "Ranking"),
    ("scores", "Scores"),
    ("comparisons", "Comparisons"),
    ("transfer", "Transfer"),
    ("fairness", "Fairness"),
    ("efficiency", "Efficiency"),
)


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    description: str
    incomplete: bool
    summary: str
    run: str
    version: str
    facts: list[tuple[str, str]]
    caveats: list[tuple[str, str]]
    more_caveats: list[tuple[str, str]]
    models: list[list[str]]
    tasks: list[list[str]]
    downloads: list[tuple[str, str]]
    """What can be saved: the name of a list of the results, and what readers call it."""


def view(results: Results) -> Header:
    suite = results.suite
    caveats = [(caveat.places, caveat.message) for caveat in reading.caveats(results)]
    return Header(
        name=suite.name,
        description=suite.description,
        incomplete=results.status == "incomplete",
        summary=_summary(results),
        run=results.run.id,
        version=results.run.version,
        facts=_facts(results),
        caveats=caveats[:FIRST_CAVEATS],
        more_caveats=caveats[FIRST_CAVEATS:],
        models=[_model(model) for model in results.models],
        tasks=[_task(task) for task in results.tasks],
        downloads=[(name, text) for name, text in DOWNLOADS if getattr(results, name)],
    )


def _summary(results: Results) -> str:
    scored = sum(row.value is not None for row in reading.headline_scores(results).values())
    ranked = sum(row.rank is not None for row in results.overall)
    pairs = len(results.models) * len(results.tasks)
    return (
        f"{wording.plural(len(results.models), 'model')}, {ranked} of them ranked, on "
        f"{wording.plural(len(results.tasks), 'task')}; {scored} of {pairs} pairs of model and task have a score."
    )


def _facts(results: Results) -> list[tuple[str, str]]:
    suite, run = results.suite, results.run
    facts = [
        ("Run", run.id),
        ("Created", _moment(run.created)),
        ("Suite hash", suite.hash[:SHORT_HASH]),
        ("Data", _data(results)),
        ("Seed", str(suite.seed)),
        ("Intervals", f"{wording.share(suite.confidence)}, {suite.resamples:,} resamples"),
        ("Tests", f"{suite.permutations:,} permutations, {suite.correction} correction"),
        ("Overall", f"weights {suite.weights}, normalisation {suite.normalize}"),
        ("mtlbench", run.version),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in run.libraries.items()) or wording.DASH),
    ]
    if run.limit is not None:
        facts.insert(2, ("Limit", f"{wording.plural(run.limit, 'row')} a task"))
    return facts


def _data(results: Results) -> str:
    """`16,000 rows, hash 5d41402abc`: one hash of the data of all tasks, which the tables below name one by one."""
    joined = " ".join(f"{task.name} {task.fingerprint}" for task in sorted(results.tasks, key=lambda task: task.name))
    rows = wording.plural(sum(task.n for task in results.tasks), "row")
    return f"{rows}, hash {sha256(joined.encode()).hexdigest()[:SHORT_HASH]}"


def _moment(created: str) -> str:
    """`2026-11-20 18:53 UTC`; as it is where it is no ISO time."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d %H:%M} UTC"


def _model(model: ModelInfo) -> list[str]:
    return [
        model.name,
        ", ".join(model.trained_on) if model.trained_on else wording.DASH,
        f"{model.kind}, {model.engine}",
        wording.quantity(model.parameters),
        model.dtype or wording.DASH,
        model.device or wording.DASH,
        model.source,
        model.fingerprint[:SHORT_HASH],
    ]


def _task(task: TaskInfo) -> list[str]:
    return [
        task.name,
        task.kind,
        wording.count(task.n),
        wording.share(task.weight),
        wording.score(task.floor),
        wording.score(task.ceiling),
        task.source,
        task.fingerprint[:SHORT_HASH],
    ]
