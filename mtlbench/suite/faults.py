"""What is wrong with a user's input, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a text file; line and column count from 1. `width` characters are underlined."""

    file: Path
    line: int | None = None
    column: int | None = None
    width: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: what, where, and what would mend it."""

    message: str
    place: Place | None = None
    hint: str = ""


class InputError(Exception):
    """The user's input is wrong: exit code 2, every fault at once, no traceback."""

    def __init__(self, faults: Sequence[Fault] | str, hint: str = "") -> None:
        self.faults = [Fault(faults, hint=hint)] if isinstance(faults, str) else list(faults)
        super().__init__("; ".join(fault.message for fault in self.faults))


class SuiteError(InputError):
    """A suite file is wrong; lists every fault found."""


@dataclass(slots=True)
class Faults:
    """Collects faults, so that all can be told at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, message: str, place: Place | None = None, hint: str = "") -> None:
        self.found.append(Fault(message, place, hint))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Faults raised in the block are kept, and what follows it goes on."""
        try:
            yield
        except InputError as error:
            self.found += error.faults

    def raise_any(self, error: type[InputError] = InputError) -> None:
        if self.found:
            raise error(self.found)
