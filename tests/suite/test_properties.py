"""Whatever a file holds, reading it ends in a draft and its faults in a text."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mtlbench.suite.draft import dump_suite, read_suite
from mtlbench.suite.render import render_faults
from mtlbench.suite.tree import plain
from tests.suite.examples import VALID

WORDS = st.sampled_from(
    ["{", "}", "[", "]", ": ", "- ", "\n", "  ", "&a ", "*a", "<<: *a", "!!str ", "${env:X}", "'", '"', "|\n", "? ", "#",
     "~", "1e-5", "metrics", "extends: suite.yaml", "\t", "\x00", "漢", "---\n", "%YAML 1.1\n", "null", "labels: [a, a]"]
)  # fmt: skip
LINES = VALID.splitlines(keepends=True)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The valid suite with lines dropped, doubled, moved, and words put in anywhere."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "swap", "insert"])):
            case "drop" if len(lines) > 1:
                lines.pop(at)
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                lines[at], lines[-1] = lines[-1], lines[at]
            case _:
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + draw(WORDS) + lines[at][column:]
    return "".join(lines)


TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=30).map("".join), mutated())
SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(text=TEXTS)
def test_reading_raises_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    draft = read_suite(path)
    assert (draft.suite is None) == bool(draft.faults)
    assert all(ord(character) >= 32 or character == "\n" for character in render_faults(draft.faults))
    for fault in draft.faults:
        assert fault.place is not None
        assert fault.place.file == path


@SETTINGS
@given(content=st.binary(max_size=60))
def test_reading_bytes_raises_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "suite.yaml"
    path.write_bytes(content)
    assert read_suite(path).faults


ODD = st.sampled_from(
    ["no", "1e-5", "0o7", "1_0", "~", " x ", "2020-01-01", "a: b", "#", "é\n\ty", "\x85", "<<", "=", "\x7f"]
)


@SETTINGS
@given(texts=st.lists(ODD | st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=3))
def test_a_dump_is_read_again_as_it_was(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(json.dumps({"description": texts[0], "labels": texts, texts[-1]: 1}), encoding="utf-8")
    draft = read_suite(path)
    assume(draft.written is not None)
    again = tmp_path / "again.yaml"
    again.write_text(dump_suite(draft), encoding="utf-8")
    second = read_suite(again)
    assert draft.written is not None
    assert second.written is not None
    assert plain(second.written) == plain(draft.written)
