"""Results → one HTML file: no script or style but ours (by hash), no request to anywhere, every value escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.report import sections, wording
from mtlbench.report.html import comparisons, efficiency, extras, header, ranking, tasks, transfer
from mtlbench.report.notes import Notes
from mtlbench.results.files import write_text
from mtlbench.results.schema import Results

if TYPE_CHECKING:
    from jinja2 import Environment

STYLES = ("base.css", "tables.css", "colours.css")
SCRIPTS = ("page.js",)


def write_page(results: Results, path: Path) -> None:
    """Write the page whole or not at all."""
    write_text(path, render_page(results))


def render_page(results: Results) -> str:
    """The page as text; it opens from disk, offline, and runs no script but its own."""
    from markupsafe import Markup

    # Each section numbers its reasons into the same notes, so the order of this dict is that of the footnotes.
    notes = Notes()
    parts = {
        "header": header.view(results),
        "ranking": ranking.view(results),
        "tasks": tasks.view(results, notes),
        "transfer": transfer.view(results, notes),
        "comparisons": comparisons.view(results, notes),
        "sections": sections.sections(results, notes),
        "forgetting": extras.forgetting(results, notes),
        "efficiency": efficiency.view(results, notes),
    }
    style, script = _static(STYLES), _static(SCRIPTS)
    return (
        _environment()
        .get_template("page.html")
        .render(
            **parts,
            notes=notes.reasons,
            policy=_policy(style, script),
            # Both are files of this package: nothing of a user's is in them.
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mtlbench.report.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["DASH"] = wording.DASH
    return environment


def _clean(value: Any) -> Any:
    """Every value on its way to the page: bare text loses control characters; markup of a template passes."""
    return wording.plain(value) if type(value) is str else value


def _static(names: tuple[str, ...]) -> str:
    folder = files("mtlbench.report.html") / "static"
    return "\n" + "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _policy(style: str, script: str) -> str:
    """A content security policy that allows these two texts by hash, and images within the page, and nothing else."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
