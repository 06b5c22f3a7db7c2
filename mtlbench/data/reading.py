"""What every reader of a file hands back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a source, as far as they could be read."""

    table: pa.Table
    """The sound columns; all of them where nothing was found wrong."""
    columns: tuple[str, ...]
    """All columns, those with faults too."""
    rows: int
    lines: Sequence[int] | None
    """The line each row starts on."""
    digest: str
    """Hex SHA-256 of the bytes read."""

    def row_name(self, index: int) -> str:
        """What a message calls row `index`."""
        return f"row {index}" if self.lines is None else f"line {self.lines[index]}"
