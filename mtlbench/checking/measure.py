"""What the suite asks to be measured, and whether what measures it is installed."""

from __future__ import annotations

from mtlbench.engines.energy import is_measurable
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.suite.tree import find, plain


def check_measure(draft: Draft, faults: Faults) -> None:
    """Energy needs codecarbon."""
    written = None if draft.sound is None else find(draft.sound, ("measure",))
    asked = [] if written is None else plain(written)
    if "energy" in asked and not is_measurable():
        place = draft.place("measure", asked.index("energy"))
        faults.add("`energy` needs codecarbon, which is not installed", place, "pip install 'mtlbench[energy]'")
