"""Every analysis of a run, in the groups in which they ask for each other's rows: lists of `results.json` by name."""

from __future__ import annotations

from typing import Any

from mtlbench.analysis.aggregates import aggregate_rows
from mtlbench.analysis.alignment import alignment_rows
from mtlbench.analysis.balance import balance_rows
from mtlbench.analysis.bias_transfer import bias_transfer_rows
from mtlbench.analysis.comparisons import baseline_comparisons, ranking_comparisons
from mtlbench.analysis.consistency import consistency_rows
from mtlbench.analysis.contributions import contribution_rows
from mtlbench.analysis.cost import front_rows, replacement_rows
from mtlbench.analysis.counterfactual import change_rows, preference_rows
from mtlbench.analysis.data_efficiency import curve_rows, data_efficiency_rows, reach_rows
from mtlbench.analysis.delta_m import delta_m_rows
from mtlbench.analysis.difficulty import difficulty_rows
from mtlbench.analysis.efficiency import efficiency_row
from mtlbench.analysis.errors import confusion_rows, cut_confusions, flip_rows
from mtlbench.analysis.fairness import fairness_rows
from mtlbench.analysis.fairness_limits import fairness_limit_rows
from mtlbench.analysis.forgetting import forgetting_comparisons, forgetting_rows, retention_rows
from mtlbench.analysis.generalisation import gap_rows, template_rows
from mtlbench.analysis.grouping import grouping_rows
from mtlbench.analysis.limits import limit_rows, marked
from mtlbench.analysis.matrix import matrix_rows
from mtlbench.analysis.overall import overall_rows
from mtlbench.analysis.scaling import scaling_rows
from mtlbench.analysis.scores import score_rows
from mtlbench.analysis.seeds import seed_rows
from mtlbench.analysis.sensitivity import sensitivity_rows
from mtlbench.analysis.slices import slice_rows
from mtlbench.analysis.transfer import transfer_rows, transfer_summaries
from mtlbench.analysis.variants import find_variants, variant_rows
from mtlbench.results.schema import ComparisonRow, EfficiencyRow, OverallRow, ScoreRow
from mtlbench.rewriting import COUNTERFACTUAL, ROBUSTNESS
from mtlbench.scoring.groups import group_warnings
from mtlbench.scoring.known import Known
from mtlbench.scoring.warnings import warning_rows

Lists = dict[str, Any]


def all_lists(known: Known) -> Lists:
    """Every list of the results."""
    scores = score_rows(known.tasks, _tasks_of(known), known.design)
    against = baseline_comparisons(known.lineage, known.tasks, known.normalize, known.design)
    standing = _standing(known, scores, against)
    return {
        "scores": scores,
        **standing,
        **_weights(known),
        **_training(known, scores, against),
        **_groups(known),
        **_changes(known),
        **_costs(known, against, standing["overall"]),
        **_errors(known, standing["overall"]),
        "warnings": [
            *warning_rows(known.whole, scores, known.lineage, known.tasks),
            *cut_confusions(known.answers),
            *(row for task in known.grouped for row in group_warnings(task)),
            *known.changes.warnings,
        ],
    }


def _tasks_of(known: Known) -> dict[str, tuple[str, ...]]:
    """Model → the tasks that it was run on."""
    pairs = known.manifest.pairs
    return {name: tuple(pair.task for pair in pairs if pair.model == name) for name in known.models}


def _standing(known: Known, scores: list[ScoreRow], against: list[ComparisonRow]) -> Lists:
    """Who is first, how firmly, and under which limits."""
    models, tasks, normalize, design = known.models, known.tasks, known.normalize, known.design
    ranking = ranking_comparisons(models, tasks, normalize, design)
    limits = limit_rows(scores, tasks, known.suite.tasks, known.lineage, design)
    return {
        "overall": marked(overall_rows(models, tasks, normalize, ranking, design), limits),
        "limits": limits,
        "comparisons": [*ranking, *against],
        "aggregates": [
            *aggregate_rows(models, tasks, normalize, design),
            *difficulty_rows(models, tasks, known.lineage, normalize, design),
        ],
        "seeds": seed_rows(
            {name: known.suite.models[name].seed_of or name for name in models}, tasks, normalize, design
        ),
    }


def _weights(known: Known) -> Lists:
    """How scores are spread over tasks, and what the weights make of them."""
    models, tasks, normalize, design = known.models, known.tasks, known.normalize, known.design
    return {
        "balance": balance_rows(models, tasks, normalize, design),
        "consistency": consistency_rows(models, tasks),
        "sensitivity": sensitivity_rows(models, tasks, normalize, design),
        "alignment": alignment_rows(known.lineage, tasks, normalize, design),
    }


def _training(known: Known, scores: list[ScoreRow], against: list[ComparisonRow]) -> Lists:
    """What training together, one after the other, and on less did."""
    lineage, tasks, design = known.lineage, known.tasks, known.design
    transfer = transfer_rows(against, tasks, lineage, design)
    return {
        "transfer": transfer,
        "transfer_summary": transfer_summaries(transfer, tasks, lineage),
        "matrix": matrix_rows(lineage, tasks, scores, design),
        "contributions": contribution_rows(lineage, tasks, design),
        "groupings": grouping_rows(lineage, tasks, design),
        "delta_m": delta_m_rows(lineage, tasks, design),
        "forgetting": forgetting_rows(lineage, tasks, design),
        "retention": retention_rows(lineage, scores),
        "forgetting_comparisons": forgetting_comparisons(lineage, tasks, design),
        "curves": curve_rows(lineage, scores),
        "data_efficiency": data_efficiency_rows(lineage, tasks, design),
        "examples_to_reach": reach_rows(lineage, tasks, design),
    }


def _groups(known: Known) -> Lists:
    """For whom models are worse."""
    alpha = known.suite.fairness.alpha
    return {
        "fairness": fairness_rows(known.grouped, known.design, alpha),
        "bias_transfer": bias_transfer_rows(known.lineage, known.grouped, known.design, alpha),
        "fairness_limits": fairness_limit_rows(known.grouped, known.design, alpha),
    }


def _changes(known: Known) -> Lists:
    """What becomes of answers when only the group, or the form, of the input changes."""
    changes, design = known.changes, known.design
    swapped, disturbed = (
        [each for each in changes.found if each.role == role] for role in (COUNTERFACTUAL, ROBUSTNESS)
    )
    preferred = preference_rows(known.tasks, _tasks_of(known))
    return {
        "counterfactual": [*change_rows(swapped, design), *changes.absent[COUNTERFACTUAL], *preferred],
        "robustness": [*change_rows(disturbed, design), *changes.absent[ROBUSTNESS]],
        "changes": changes.examples,
    }


def _costs(known: Known, against: list[ComparisonRow], overall: list[OverallRow]) -> Lists:
    """What answers cost, and what cost buys."""
    tasks, normalize, manifest = known.tasks, known.normalize, known.manifest
    efficiency = _efficiency(known)
    sizes = {name: record.parameters for name, record in manifest.models.items()}
    variants = find_variants(known.suite.models, manifest.models)
    return {
        "efficiency": efficiency,
        "fronts": front_rows(overall, efficiency, tasks, normalize),
        "replacement": replacement_rows(known.lineage, against, efficiency, tasks),
        "scaling": scaling_rows(known.lineage, sizes, tasks, normalize, known.design),
        "variants": variant_rows(variants, tasks, normalize, manifest, known.design),
    }


def _efficiency(known: Known) -> list[EfficiencyRow]:
    timings, models = known.pairs.timings, known.manifest.models
    return [
        efficiency_row(pair, models[pair.model], timings.get((pair.model, pair.task))) for pair in known.manifest.pairs
    ]


def _errors(known: Known, overall: list[OverallRow]) -> Lists:
    """Where models fail, and in which words, domains and slices."""
    models, design = known.models, known.design
    return {
        "generalisation": gap_rows(models, known.tasks, known.suite.tasks, design),
        "templates": template_rows(models, known.tasks, known.reworded, design),
        "confusions": confusion_rows(known.answers),
        "flips": flip_rows(known.answers, known.lineage, overall),
        "slices": slice_rows(known.answers, models, design),
    }
