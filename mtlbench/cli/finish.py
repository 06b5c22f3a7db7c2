"""The end of every command that has results: the page on disk, the leaderboard in the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mtlbench.cli.app import INCOMPLETE
from mtlbench.cli.options import SAMPLES, Samples, most_samples

if TYPE_CHECKING:
    from mtlbench.results import Results, RunFolder
    from mtlbench.runner.profile import Profile


def finish(folder: RunFolder, results: Results, samples: Samples = SAMPLES, *, force: bool = False) -> int:
    """Draw the results; returns the exit code, which does not depend on the scores."""
    from mtlbench.report.console import open_console
    from mtlbench.report.html import read_material, write_page
    from mtlbench.report.html.page import MEGABYTE, MUCH
    from mtlbench.report.terminal import leaderboard

    material = read_material(folder, results, most_samples(samples))
    leaderboard(results, open_console(sys.stdout))
    size = write_page(results, folder.page_path, material, force=force)
    if size > MUCH:
        print(f"the page has {size / MEGABYTE:.0f} MB; fewer --samples make it faster to open", file=sys.stderr)
    print(f"\nleaderboard  {folder.page_path}\nresults      {folder.results_path}")
    return 0 if results.status == "complete" else INCOMPLETE


def tell_profile(profile: Profile, folder: RunFolder) -> None:
    """Print where the time went, and write it into the run's folder."""
    from mtlbench.report.console import open_console
    from mtlbench.report.profile import print_profile
    from mtlbench.results.files import write_text

    write_text(folder.profile_path, profile.model_dump_json(indent=1) + "\n")
    print_profile(profile, open_console(sys.stdout))
    print(f"\nprofile      {folder.profile_path}")
