"""A rich console that is safe to write a report on: wide enough, no animation in CI, text from users never markup."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mtlbench.report.wording import plain

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.text import Text

NARROWEST_FILE = 100
"""Columns of a console that is no terminal, unless COLUMNS asks for more."""


def open_console(stream: TextIO) -> Console:
    """A console on `stream`. rich itself heeds NO_COLOR; FORCE_COLOR brings colour to a log, but no moving parts."""
    from rich.console import Console

    columns = os.environ.get("COLUMNS", "")
    width = max(NARROWEST_FILE, int(columns) if columns.isdigit() else 0)
    moving = stream.isatty() and not os.environ.get("CI")
    return Console(
        file=stream,
        width=None if stream.isatty() else width,
        force_interactive=None if moving else False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def told(text: str, style: str = "") -> Text:
    """Text from a user as rich text: shown as it is, whatever brackets or escape codes it holds."""
    from rich.text import Text

    return Text(plain(text), style=style)
