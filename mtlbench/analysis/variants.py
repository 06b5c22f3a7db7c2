"""Variants: what an adapter, pruning or another number type costs a checkpoint in quality, and wins in speed and memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from mtlbench.analysis.claims import OVERALL, Claim, no_claim, overall_claim, task_claim, tested
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.overall import everywhere, missing_scores
from mtlbench.results.manifest import Manifest, ModelRecord, PairRecord
from mtlbench.results.schema import ComparisonRow, VariantRow
from mtlbench.suite.declarations import Model

DONE_TO_IT = ("adapter", "quantize", "prune")
AS_ASKED = {"inputs", "shots", "chat_template", "generation", "head_labels"}
"""Keys in which a variant and its base must agree: else more differs than the weights."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A model of the suite, the one that it is a variant of, and what was done to it."""

    model: str
    base: str
    what: str


def find_variants(models: Mapping[str, Model], records: Mapping[str, ModelRecord]) -> list[Variant]:
    """Models made of the same checkpoint files as another of the suite to which nothing was done, and asked alike."""
    plain = [name for name in records if _is_plain(models[name])]
    found = []
    for name in records:
        base = next((other for other in plain if other != name and _same(name, other, models, records)), None)
        if base is not None:
            what = _what(models[name], records[name], records[base])
            found += [Variant(name, base, what)] if what else []
    return found


def variant_rows(
    variants: Sequence[Variant], tasks: Sequence[TaskEvidence], normalize: str, manifest: Manifest, design: Design
) -> list[VariantRow]:
    """A row for each task of a variant and its base, then the overall; one variant's tests are a family."""
    rows = []
    for variant in variants:
        names = (variant.model, variant.base)
        shared = [task for task in tasks if all((name, task.headline.name) in task.statistics for name in names)]
        claims = [task_claim(task, *names, design) for task in shared]
        for row in tested([*claims, _overall(names, tasks, normalize, design)], design):
            on = [task.name for task in shared] if row.task == OVERALL else [row.task]
            rows.append(_row(variant, row, on, manifest))
    return rows


def _is_plain(model: Model) -> bool:
    return all(getattr(model, key) is None for key in DONE_TO_IT) and model.dtype == "auto"


def _same(name: str, other: str, models: Mapping[str, Model], records: Mapping[str, ModelRecord]) -> bool:
    """Whether two models are of one checkpoint, and asked alike."""
    one, two = records[name], records[other]
    if one.base is None or (one.base, one.kind, one.engine) != (two.base, two.kind, two.engine):
        return False
    return models[name].model_dump(include=AS_ASKED) == models[other].model_dump(include=AS_ASKED)


def _what(model: Model, record: ModelRecord, base: ModelRecord) -> str:
    """What was done, as the suite writes it, paths by their last part; nothing for the same again."""
    done = [
        f"{key}: {PurePath(str(getattr(model, key))).name}" for key in DONE_TO_IT if getattr(model, key) is not None
    ]
    done += [f"dtype: {record.dtype}"] if record.dtype != base.dtype else []
    return ", ".join(done)


def _overall(names: tuple[str, str], tasks: Sequence[TaskEvidence], normalize: str, design: Design) -> Claim:
    for name in names:
        missing = missing_scores(name, tasks)
        if missing:
            return no_claim(names, f"{name} has {missing}")
    mine, theirs = (everywhere(name, tasks) for name in names)
    return overall_claim(names, mine, theirs, tasks, normalize, design)


def _row(variant: Variant, row: ComparisonRow, tasks: Sequence[str], manifest: Manifest) -> VariantRow:
    pairs = {(pair.model, pair.task): pair for pair in manifest.pairs}
    mine, theirs = ([pairs[name, task] for task in tasks] for name in (variant.model, variant.base))
    models = manifest.models[variant.model], manifest.models[variant.base]
    speed, unmeasured = _speed_ratio(mine, theirs)
    return VariantRow(
        model=variant.model,
        base=variant.base,
        what=variant.what,
        task=row.task,
        metric=row.metric,
        delta=row.delta,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        p_value=row.p_value,
        p_adjusted=row.p_adjusted,
        significant=row.significant,
        speed_ratio=speed,
        memory_ratio=_ratio(*(_weights(each) for each in (mine, theirs))),
        bytes_ratio=_ratio(models[0].bytes, models[1].bytes),
        reason=row.reason or unmeasured,
    )


def _speed_ratio(mine: Sequence[PairRecord], theirs: Sequence[PairRecord]) -> tuple[float | None, str | None]:
    """The base's seconds ÷ the variant's, on the same rows; or why there is none."""
    if any(pair.cached for pair in (*mine, *theirs)):
        return None, "outputs came from the cache, so speed and memory were not measured side by side"
    ratio = _ratio(sum(pair.seconds for pair in theirs), sum(pair.seconds for pair in mine))
    return ratio, None if ratio is not None else "no time was measured"


def _weights(pairs: Sequence[PairRecord]) -> int | None:
    return max((pair.weight_bytes for pair in pairs if pair.weight_bytes is not None), default=None)


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None
