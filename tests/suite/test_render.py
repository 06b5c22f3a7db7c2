"""Faults as a terminal shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlbench.suite.faults import Fault, Place
from mtlbench.suite.render import WIDTH, columns, render_faults


def test_message_place_caret_help_and_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "suite.yaml"
    file.write_text("version: 1\ntasks:\n    metrcs: [accuracy]\n")
    faults = [
        Fault("unknown key `metrcs`: did you mean `metrics`?", Place(file, 3, 5, 6), "as in the manual"),
        Fault("`version` must be 1", Place(file, 1, 10)),
        Fault("unknown key `metrcs`: did you mean `metrics`?", Place(file, 3, 5, 6), "as in the manual"),
        Fault("no such file", Place(Path("data/x.jsonl"))),
    ]
    assert render_faults(faults) == (
        "error: `version` must be 1\n"
        "  --> suite.yaml:1:10\n"
        "  |\n"
        "1 | version: 1\n"
        "  |          ^\n"
        "\n"
        "error: unknown key `metrcs`: did you mean `metrics`?\n"
        "  --> suite.yaml:3:5\n"
        "  |\n"
        "3 |     metrcs: [accuracy]\n"
        "  |     ^^^^^^\n"
        "  = help: as in the manual\n"
        "\n"
        "error: no such file\n"
        "  --> data/x.jsonl\n"
        "\n"
        "3 errors in 2 files\n"
    )


def test_one_file_and_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert render_faults([Fault("no such file", Place(tmp_path / "a.yaml"))]).endswith("1 error in a.yaml\n")
    assert render_faults([Fault("bad", hint="mend it")]) == "error: bad\n  = help: mend it\n\n1 error\n"


@pytest.mark.parametrize(
    ("line", "column", "width", "shown", "carets"),
    [
        ("a: \x1b[31mred", 4, 8, "a: \\x1b[31mred", "   ^^^^^^^^^^^"),
        ("\ta: x", 5, 1, "    a: x", "       ^"),
        ("漢字: x", 5, 1, "漢字: x", "      ^"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("a: \u202eevil", 4, 1, "a: \\u202eevil", "   ^^^^^^"),
        ("a", 9, 1, "a", " ^"),
        ("", 1, 1, "", "^"),
    ],
)
def test_a_line_is_safe_and_the_caret_under_its_word(
    tmp_path: Path, line: str, column: int, width: int, shown: str, carets: str
) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(f"{line}\n", encoding="utf-8")
    lines = render_faults([Fault("bad", Place(file, 1, column, width))]).split("\n")
    assert lines[3:5] == [f"1 | {shown}", f"  | {carets}"]


@pytest.mark.parametrize("column", [1, 50, 5000, 9990])
@pytest.mark.parametrize("letter", ["x", "漢"])
def test_a_long_line_is_cut_around_the_caret(tmp_path: Path, column: int, letter: str) -> None:
    file = tmp_path / "s.yaml"
    text = letter * 10_000
    file.write_text(text[: column - 1] + "HERE" + text[column + 3 :], encoding="utf-8")
    lines = render_faults([Fault("bad", Place(file, 1, column, 4))]).split("\n")
    shown, carets = lines[3][4:], lines[4][4:]
    assert columns(shown) <= WIDTH + 1
    assert "^^^^" in carets
    assert columns(shown[: shown.index("HERE")]) == carets.index("^")


def test_nothing_in_a_message_steers_the_terminal() -> None:
    text = render_faults([Fault("a\x1b[2Jb\rc\nd", Place(Path("x\x1b.yaml")), "e\x07")])
    assert not {character for character in text if ord(character) < 32} - {"\n"}
    assert "a\\x1b[2Jb\\x0dc\\x0ad" in text


def test_files_that_cannot_be_shown(tmp_path: Path) -> None:
    binary = tmp_path / "b"
    binary.write_bytes(b"\xff\x00\n")
    assert "3 errors" in render_faults(
        [Fault("x", Place(tmp_path, 1, 1)), Fault("x", Place(binary, 1, 1)), Fault("x", Place(binary, 7, 1))]
    )
