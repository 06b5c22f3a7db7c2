"""Lines of a UTF-8 file, read in blocks and hashed on the way."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from mtlbench.data.findings import Findings

BLOCK_BYTES = 1 << 20
"""Large enough that the work per block vanishes, small enough that a block's rows as dicts stay within ten MB."""


class Digest(Protocol):
    """The part of a hashlib object that readers need."""

    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


def line_blocks(file: Path, digest: Digest, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    r"""Blocks of lines without their `\n`, each with the number of its first line.

    A line ends at `\n` alone: the other characters that Unicode calls line ends are text in JSON and CSV. A byte order
    mark is dropped. Lines that are no UTF-8 are noted, and come with replacement characters, so that reading goes on.
    """
    with file.open("rb") as stream:
        number, offset = 1, 0
        while block := stream.read(BLOCK_BYTES):
            block += stream.readline()
            digest.update(block)
            if offset == 0 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                findings.add("the file is UTF-16", 1, hint="save it as UTF-8")
                return
            body = block.removeprefix(codecs.BOM_UTF8) if offset == 0 else block
            lines = _decoded(body, number, offset + len(block) - len(body), findings).split("\n")
            if not lines[-1]:
                lines.pop()
            yield number, lines
            number += len(lines)
            offset += len(block)


def _decoded(block: bytes, number: int, offset: int, findings: Findings) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError:
        for line in block.split(b"\n"):
            _note_bad_bytes(line, number, offset, findings)
            number += 1
            offset += len(line) + 1
        return block.decode(errors="replace")


def _note_bad_bytes(line: bytes, number: int, offset: int, findings: Findings) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode()) + 1
        findings.add(
            f"this line is not UTF-8: byte 0x{line[error.start]:02x} at offset {offset + error.start} of the file",
            number,
            column,
            hint="save the file as UTF-8",
        )
