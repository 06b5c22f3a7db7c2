"""What `mtlbench run --profile` prints: where the time of each model went, and how near it came to the device's peak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtlbench.report import wording
from mtlbench.report.console import told
from mtlbench.report.notes import Notes
from mtlbench.report.tables import bare_table, missing
from mtlbench.report.terminal import print_notes
from mtlbench.runner.costs import BESIDE
from mtlbench.runner.profile import ModelProfile, Profile

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

ORDER = ("import", "look up", "load", "wait", "encode", "decode", "heads", "answer", "store")
"""Phases that mtlbench knows, in the order of a turn; those of other engines come after them."""


def print_profile(profile: Profile, console: Console) -> None:
    """Print the profile; safe for any console, and for names that mean harm."""
    console.print()
    console.print(told("Profile", "bold"))
    if not profile.models:
        console.print(told("Nothing was computed: all outputs came from the cache."))
    else:
        _table(profile, console)
    console.print(told(f"Scoring and the page took {wording.duration(profile.scoring)}.", "dim"))


def _table(profile: Profile, console: Console) -> None:
    table, notes = bare_table(), Notes()
    met = {phase for model in profile.models for phase in model.phases} - {BESIDE}
    phases = [*(phase for phase in ORDER if phase in met), *sorted(met.difference(ORDER))]
    table.add_column(told("Model"), overflow="fold")
    for label in ("Seconds", *phases, "Tokens/s", "Of peak"):
        table.add_column(told(label), justify="right", no_wrap=True)
    for model in profile.models:
        cells = [_phase(model, phase) for phase in phases]
        table.add_row(told(model.model), told(f"{model.seconds:.2f}"), *cells, *_speed(model, notes))
    console.print(table)
    tokenised = sum(model.phases.get(BESIDE, 0.0) for model in profile.models)
    told_so = "“wait” is for requests to be tokenised, which goes on beside the rest and took"
    console.print(told(f"{told_so} {wording.duration(tokenised)} in all.", "dim"))
    print_notes(notes, console)


def _phase(model: ModelProfile, phase: str) -> Text:
    """Its seconds, and below them their share of the model's."""
    seconds = model.phases.get(phase, 0.0)
    if not seconds:
        return told("")
    return told(f"{seconds:.2f}").append("\n").append_text(told(f"{seconds / model.seconds:.0%}", "dim"))


def _speed(model: ModelProfile, notes: Notes) -> list[Text]:
    share = missing(model.reason, notes) if model.peak_share is None else told(wording.share(model.peak_share))
    return [told(wording.rate(model.tokens_per_second)), share]
