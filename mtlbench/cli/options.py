"""Options that several commands share, and how they are read."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter, validators

Samples = Annotated[
    Literal["all", "none"] | Annotated[int, Parameter(validator=validators.Number(gte=0))],
    Parameter(help="Examples of each task on the page, those first that tell models apart: all, none, or how many."),
]
Force = Annotated[bool, Parameter(negative="", help="Write the page even if it is larger than 25 MB.")]

SAMPLES = 50


def split_names(text: str | None) -> list[str] | None:
    """`a,b` as a list; None where the option was not given."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def most_samples(samples: Samples) -> int | None:
    """How many examples of each task are meant; None is all."""
    return None if samples == "all" else 0 if samples == "none" else samples
