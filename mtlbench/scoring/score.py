"""A run's predictions → its results: scores, intervals, and every analysis. No model is needed."""

from __future__ import annotations

from mtlbench.results import Results, RunFolder
from mtlbench.results.replicates import write_replicates
from mtlbench.scoring.analyses import all_lists
from mtlbench.scoring.changes import read_changes
from mtlbench.scoring.infos import model_info, run_info, suite_info, task_info
from mtlbench.scoring.known import Known
from mtlbench.scoring.reading import read_pairs
from mtlbench.scoring.statistics import Scorer
from mtlbench.suite.declarations import Suite
from mtlbench.suite.draft import read_suite
from mtlbench.suite.faults import SuiteError
from mtlbench.suite.templates import with_rewordings


def score(folder: RunFolder) -> Results:
    """Score the run and write `statistics/`, `replicates.parquet` and `results.json`; raises InputError where the folder is
    no whole run.
    """
    manifest = folder.finished_manifest()
    suite = run_suite(folder)
    declared, base = with_rewordings(suite.tasks), folder.path / manifest.folder
    scorers = {name: Scorer.of(declared[name], base) for name in manifest.tasks}
    read = read_pairs(folder, manifest, scorers), read_changes(folder, manifest, scorers)
    known = Known(manifest, suite, scorers, *read)
    results = _assemble(known)
    write_replicates(folder.replicates_path, known.replicates)
    folder.write_results(results)
    return results


def run_suite(folder: RunFolder) -> Suite:
    """The suite as the run resolved it; raises SuiteError."""
    draft = read_suite(folder.suite_path, keep_unset=True)
    if draft.suite is None or draft.faults:
        raise SuiteError(draft.faults)
    return draft.suite


def _assemble(known: Known) -> Results:
    manifest, suite = known.manifest, known.suite
    return Results(
        status="complete" if manifest.status == "complete" else "incomplete",
        suite=suite_info(manifest, suite),
        run=run_info(manifest),
        models=[model_info(name, manifest, suite, known.lineage.models[name]) for name in known.models],
        tasks=[task_info(task, suite, known.scorers[task.name], manifest) for task in known.tasks],
        **all_lists(known),
    )
