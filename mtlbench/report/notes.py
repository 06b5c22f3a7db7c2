"""Footnotes: each reason for a missing number is told once, under a number that the empty places carry."""

from __future__ import annotations

from dataclasses import dataclass, field

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(slots=True)
class Notes:
    """Reasons in the order in which they were first met; numbers start at 1."""

    reasons: list[str] = field(default_factory=list)

    def number(self, reason: str | None) -> int:
        reason = reason or "not computed"
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason) + 1


def raised(number: int) -> str:
    """The number in superscript digits."""
    return str(number).translate(_RAISED)
