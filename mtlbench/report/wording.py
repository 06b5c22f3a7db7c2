"""Numbers and names as a reader sees them: one way of writing each, in the terminal and on the page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from mtlbench.results.schema import Number

DASH = "–"
MINUS = "−"

# A terminal's escape sequences: colours and cursor (CSI); titles, links and such (OSC), up to their end; the short ones.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[]PX^_]|[\x90\x9d])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -~]?"
)
# Signs that reorder the text around them; joiners, which scripts and emoji need, are not among them.
_REORDERING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")


def plain(text: str) -> str:
    """Text from a user on one line, without escape sequences, control characters or signs that reorder it."""
    text = _REORDERING.sub("", _ANSI.sub("", text))
    kept = (
        " " if sign.isspace() else sign
        for sign in text
        if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs")
    )
    return " ".join("".join(kept).split())


def score(value: Number) -> str:
    """`87.3`"""
    return DASH if value is None else _fixed(value, 1)


def interval(low: Number, high: Number) -> str:
    """`[86.1, 88.4]`; empty where there is none."""
    return "" if low is None or high is None else f"[{_fixed(low, 1)}, {_fixed(high, 1)}]"


def span(low: Number, high: Number) -> str:
    """`86.1–88.4`, for narrow places; a negative end takes the word, since a dash beside a minus misleads."""
    if low is None or high is None:
        return ""
    return f"{_fixed(low, 1)}{DASH if low >= 0 else ' to '}{_fixed(high, 1)}"


def scored(value: Number, low: Number, high: Number) -> str:
    """`87.3 [86.1, 88.4]`"""
    return f"{score(value)} {interval(low, high)}".rstrip()


def coefficient(value: Number) -> str:
    """`0.25`: what lies between −1 and 1, or is a ratio."""
    return DASH if value is None else _fixed(value, 2)


def coefficients(low: Number, high: Number) -> str:
    """`0.21–0.28`; empty where there is none."""
    return "" if low is None or high is None else f"{_fixed(low, 2)}{DASH}{_fixed(high, 2)}"


def broken(tasks: Sequence[str]) -> str:
    """`✗ mood, headline`: the critical tasks of which a model breaks a limit."""
    return f"✗ {', '.join(tasks)}" if tasks else ""


def delta(value: Number) -> str:
    """`+1.2`; a second decimal where one would show nothing but zero."""
    return DASH if value is None else _signed(value, _digits(value))


def delta_interval(value: Number, low: Number, high: Number) -> str:
    """`[+0.3, +2.1]`, to as many decimals as the difference itself."""
    if value is None or low is None or high is None:
        return ""
    digits = _digits(value)
    return f"[{_signed(low, digits)}, {_signed(high, digits)}]"


def p_value(value: Number) -> str:
    """At most three significant digits, so that 0.0496 does not show as the 0.05 it lies below."""
    if value is None:
        return DASH
    return "<0.001" if value < 0.001 else f"{value:.3g}"


def share(part: float) -> str:
    """`83.3%`; what is not complete never shows as 100%, what is not nothing never as 0%."""
    percent = round(100 * part, 1)
    if percent == 0 and part > 1e-9:
        return "<0.1%"
    return "99.9%" if percent == 100 and part < 1 - 1e-9 else f"{percent:g}%"


def rank(low: int | None, high: int | None) -> str:
    """`1` or `1–2`: the places a model may hold as far as the tests can tell."""
    if low is None or high is None:
        return DASH
    return str(low) if low == high else f"{low}{DASH}{high}"


def count(number: float | None) -> str:
    """`12,345`"""
    return DASH if number is None else f"{number:,.0f}"


def quantity(number: float | None) -> str:
    """`60.5 M`"""
    return _scaled(number, 1000, ("", " K", " M", " B", " T"))


def size(number: float | None) -> str:
    """`1.2 GiB`"""
    return _scaled(number, 1024, (" B", " KiB", " MiB", " GiB", " TiB"))


def rate(number: Number) -> str:
    """Per second, three significant digits: `0.412`, `41.2`, `4,120`."""
    if number is None:
        return DASH
    return f"{number:,.0f}" if number >= 100 else f"{number:#.3g}"


def times(ratio: float) -> str:
    """`1.83×`"""
    return f"{ratio:.2f}×"


def duration(seconds: Number) -> str:
    """`3.2 ms`, `1.20 s`, `2 min 05 s`, `1 h 02 min`"""
    if seconds is None:
        return DASH
    if seconds < 0.9995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 model`, `3 models`"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _digits(value: float) -> int:
    return 2 if 0.005 <= abs(value) < 0.1 else 1


def _fixed(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    # A negative number that rounds to zero is shown as zero, not as −0.0.
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    text = _fixed(value, digits)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def _scaled(number: float | None, base: int, units: tuple[str, ...]) -> str:
    if number is None:
        return DASH
    value, step = float(number), 0
    while value >= base - 0.05 and step < len(units) - 1:
        value, step = value / base, step + 1
    return f"{value:.0f}{units[0]}" if step == 0 else f"{value:.1f}{units[step]}"
