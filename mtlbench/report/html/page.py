"""Results → HTML: no script or style but ours (by hash), no request to anywhere else, every value escaped.

A page is one file that holds its examples, or a site's index.html with the examples of each task in a file beside it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.report import sections, wording
from mtlbench.report.html import header, ranking, tasks
from mtlbench.report.html.material import Material, board, inline_json, packed_results, packed_samples
from mtlbench.report.notes import Notes
from mtlbench.report.section import Section
from mtlbench.results.files import write_text
from mtlbench.results.schema import Results
from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    from jinja2 import Environment

STYLES = ("base.css", "tables.css", "figures.css", "samples.css", "colours.css")
SCRIPTS = ("state.js", "tables.js", "standings.js", "weights.js", "samples.js", "downloads.js")
MEGABYTE = 1_000_000
MUCH, MOST = 5 * MEGABYTE, 25 * MEGABYTE
"""Bytes of a file from which on it is slow to open and to send, and beyond which it is not written unless forced."""
NOTHING = Material()


def write_page(results: Results, path: Path, material: Material = NOTHING, *, force: bool = False) -> int:
    """Write one file, whole or not at all; returns its bytes. Raises InputError where they are too many, unless forced."""
    text = render_page(results, material)
    _check_size(path, len(text.encode()), force)
    write_text(path, text)
    return len(text.encode())


def write_site(results: Results, folder: Path, material: Material = NOTHING, *, force: bool = False) -> int:
    """Write `index.html` and `data/<task>.js` for the examples of each task; returns the bytes of all files."""
    texts = {folder / "index.html": render_page(results, material, apart=True)}
    for each in material.samples:
        texts[folder / "data" / f"{each.task}.js"] = f'take({inline_json(each.task)},"{packed_samples(each)}");\n'
    for path, text in texts.items():
        _check_size(path, len(text.encode()), force)
    for path, text in texts.items():
        write_text(path, text)
    return sum(len(text.encode()) for text in texts.values())


def _check_size(path: Path, size: int, force: bool) -> None:
    if size > MOST and not force:
        raise InputError(
            f"{path} would have {size / MEGABYTE:.0f} MB, which browsers are slow to open",
            f"choose fewer examples (--samples 50), or write it anyway with --force; {MOST // MEGABYTE} MB are the most",
        )


def render_page(results: Results, material: Material = NOTHING, *, apart: bool = False) -> str:
    """The page as text; it opens from disk, offline, and runs no script but its own. `apart`: examples lie beside it."""
    from markupsafe import Markup

    # Each section numbers its reasons into the same notes, so the order of this dict is that of the footnotes.
    notes = Notes()
    parts = {
        "header": header.view(results),
        "ranking": ranking.view(results),
        "tasks": tasks.view(results, notes),
        "sections": sections.sections(results, notes, material.views),
    }
    style, script = _static(STYLES), _static(SCRIPTS)
    return (
        _environment()
        .get_template("page.html")
        .render(
            **parts,
            notes=notes.reasons,
            policy=_policy(style, script, apart),
            weights=results.tasks if material.replicates is not None else [],
            # Files of this package, JSON without `<`, and base64: nothing of a user's in them can become markup.
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            board=Markup(board(results, material, apart)),  # noqa: S704
            results=Markup(packed_results(results)),  # noqa: S704
            samples=bool(material.samples),
            packs=[] if apart else [Markup(packed_samples(each)) for each in material.samples],  # noqa: S704
        )
    )


def render_sections(title: str, shown: Sequence[Section]) -> str:
    """A page of nothing but sections, such as one that leads to other pages."""
    from markupsafe import Markup

    style = _static(STYLES)
    template = _environment().get_template("sections.html")
    return template.render(title=title, sections=shown, policy=_policy(style, "", False), style=Markup(style))  # noqa: S704


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


def _policy(style: str, script: str, apart: bool) -> str:
    """A content security policy that allows these two texts by hash, images within the page, and a site's data files."""
    own = " 'self'" if apart else ""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}{own}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
