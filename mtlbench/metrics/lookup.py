"""From a metric's name in a suite to its class: one of ours, an installed package's, the user's, or Hugging Face's."""

from __future__ import annotations

from pathlib import Path

from mtlbench.metrics import METRICS, Metric
from mtlbench.metrics.hugging_face import from_evaluate
from mtlbench.metrics.user_file import from_file

FORMS = (from_evaluate, from_file)
"""What else a name may mean: each gives None for a name that is not of its form."""


def find_metric(name: str, folder: Path) -> type[Metric]:
    """What a suite in `folder` calls `name`: a registered name, `evaluate:NAME`, `evaluate:PATH` or `FILE.py:CLASS`.

    Raises UnknownName, or ValueError where a file or what it holds is no metric.
    """
    found = (form(name, folder) for form in FORMS)
    return next((cls for cls in found if cls is not None), None) or METRICS.get(name)
