"""Group metrics with all their intervals, beside fairlearn's: 4 metrics × 8 groups × 10,000 rows.

    python benchmarks/fairness.py

Times are of the processor, on one thread. fairlearn's is measured with n_boot=4 and extrapolated to n_boot=100, its cost
being linear in it; mtlbench draws 5,000 resamples, and makes every group's interval, the simultaneous one of each gap,
the gap of chance and the test. Both start from labels.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from mtlbench.analysis.evidence import Design  # noqa: E402
from mtlbench.analysis.fairness import fairness_rows  # noqa: E402
from mtlbench.analysis.groups import Attribute, GroupedTask, Measure  # noqa: E402
from mtlbench.metrics import METRICS, MetricContext  # noqa: E402

ROWS, GROUPS = 10_000, 8
WANTED = 0.5


def seconds(work: Callable[[], object]) -> float:
    """Of the processor, once the first call has paid for imports."""
    work()
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

    chance = np.random.default_rng(0)
    gold, group = chance.integers(2, size=ROWS), chance.integers(GROUPS, size=ROWS)
    predicted = np.where(chance.random(ROWS) < 0.8, gold, 1 - gold)
    theirs_by_name = {
        "accuracy": accuracy_score,
        "f1": f1_score,
        "f1_macro": lambda y, p: f1_score(y, p, average="macro"),
        "mcc": matthews_corrcoef,
    }

    def theirs(resamples: int) -> Callable[[], object]:
        boot = {"n_boot": resamples, "ci_quantiles": [0.025, 0.975]} if resamples else {}
        return lambda: MetricFrame(
            metrics=theirs_by_name, y_true=gold, y_pred=predicted, sensitive_features=group, random_state=0, **boot
        )

    def ours() -> object:
        attribute = Attribute("group", tuple(f"g{number}" for number in range(GROUPS)), group)
        measures = []
        for name in theirs_by_name:
            metric = METRICS.get(name)(name, MetricContext(("no", "yes")))
            measures.append(Measure(metric, {"model": metric.statistics(predicted.tolist(), gold.tolist())}))
        task = GroupedTask("task", "data", [attribute], measures)
        return fairness_rows([task], Design(0, 0.95, 5000, 9999), 0.05)

    once, few, mine = seconds(theirs(0)), seconds(theirs(4)), seconds(ours)
    hundred = once + 100 * (few - once) / 4
    print(f"fairlearn, n_boot=100 (extrapolated from 4)   {hundred:8.2f} s")
    print(f"mtlbench, 5,000 resamples, intervals and test {mine:8.3f} s   (wanted: {WANTED} s)")
    print(f"ratio                                         {hundred / mine:8.0f}×")


if __name__ == "__main__":
    main()
