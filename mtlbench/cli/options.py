"""Reading of options that several commands share."""

from __future__ import annotations


def split_names(text: str | None) -> list[str] | None:
    """`a,b` as a list; None where the option was not given."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
