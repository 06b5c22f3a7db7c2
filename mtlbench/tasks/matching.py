"""How an output is read as one of some texts, labels or choices: `match: exact` or `match: normalized`."""

from __future__ import annotations

import re
from collections.abc import Callable


def reader(match: str) -> Callable[[str], str]:
    """What makes equal the texts that match; normalized ignores case, surrounding space and all but letters, digits and
    underscores.
    """
    return _normalize if match == "normalized" else str


def _normalize(text: str) -> str:
    return re.sub(r"[\W]+", " ", text.casefold()).strip()
