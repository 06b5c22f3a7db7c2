"""The gate's verdict in the terminal, as JUnit XML and in GitHub Actions, with names that mean harm too."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from mtlbench.gate.verdict import Verdict
from mtlbench.report.gate import print_verdict
from mtlbench.report.github import SUMMARY_BYTES, workflow_commands, write_outputs, write_summary
from mtlbench.report.junit import junit_xml
from mtlbench.report.markdown import COMMENT_BYTES, verdict_markdown
from mtlbench.suite.draft import read_suite
from tests.report.boards import HOSTILE
from tests.report.verdicts import check, minimum, verdict

MIXED = [
    check("mood", "fail", -5),
    minimum("topic", "fail"),
    check("overall", "inconclusive", -0.4),
    check("tone", "inconclusive", -0.2, gates=False, against="anchor"),
    check("topic", "pass", 0.3),
]
SUITE = """\
version: 1
name: everyday
models: {joint: {predictions: outputs}}
tasks:
  mood: {kind: classification}
  topic:
    kind: classification
    minimum: 70
"""


def printed(found: Verdict, width: int = 110) -> str:
    stream = io.StringIO()
    print_verdict(found, Console(file=stream, width=width))
    return stream.getvalue()


def test_the_terminal_tells_the_verdict_and_every_check() -> None:
    text = printed(verdict(MIXED, reasons=["mood, accuracy: 5 worse on mood"]))
    assert "✗ FAIL" in text.splitlines()[1]
    assert "joint of run 20261120 against baseline joint of 2026-10-01 (commit 0123456789)." in text
    lines = [line.split() for line in text.splitlines()]
    assert ["mood", "accuracy", "80.0", "75.0", "−5.0", "−6.5", "−1.0", "500", "✗", "fail"] in lines
    rows = {" ".join(line[:3]): line[3:] for line in lines}
    assert rows["overall all tasks"][4:] == ["−1.0", "500", "of", "3,100", "?", "inconclusive"]
    assert rows["tone accuracy (anchor)"][-2:] == ["inconclusive", "(told)"]
    assert rows["topic worst score"][:4] == ["66.0", "63.5–69.0", "✗", "fail"]
    assert "speed: not gated: outputs came from the cache." in text


@pytest.mark.parametrize("width", [50, 80, 200])
def test_harmful_names_do_nothing_in_the_terminal(width: int) -> None:
    text = printed(verdict([check(name, "fail", -5, reason=name) for name in HOSTILE], reasons=list(HOSTILE)), width)
    assert not {"\x1b", "\x00", "\u202e"} & set(text)


def test_junit_has_a_case_for_each_check() -> None:
    (suite,) = ElementTree.fromstring(junit_xml(verdict(MIXED)).encode())
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
        "tests": "5", "failures": "2", "skipped": "2", "errors": "0",
    }  # fmt: skip
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    failure = cases["mood, accuracy"].find("failure")
    assert failure is not None
    assert failure.get("message") == "5 worse on mood"
    assert cases["topic, accuracy"].find("failure") is None
    assert cases["topic, worst score"].get("classname") == "everyday.joint"


def test_junit_has_an_error_where_there_is_no_verdict() -> None:
    (suite,) = ElementTree.fromstring(junit_xml(verdict([], None, ["no baseline in x"])).encode())
    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").get("message") == "no baseline in x"  # type: ignore[union-attr]


def test_junit_leaves_out_what_xml_cannot_hold() -> None:
    bad = "a\x00b\x0bc\ufffe\ud800 <d> & \U0001f600"
    (suite,) = ElementTree.fromstring(junit_xml(verdict([check(bad, "fail", -5, reason=bad)])).encode())
    case = suite.find("testcase")
    assert case is not None
    assert case.get("name") == "ab c <d> & \U0001f600, accuracy"


def test_annotations_point_at_the_suite(tmp_path: Path) -> None:
    suite = tmp_path / "bench" / "suite,1.yaml"
    suite.parent.mkdir()
    suite.write_text(SUITE)
    assert workflow_commands(verdict(MIXED), read_suite(suite).place, tmp_path) == [
        "::error file=bench/suite%2C1.yaml,line=5,col=3,title=fail%3A mood%2C accuracy::5 worse on mood",
        "::error file=bench/suite%2C1.yaml,line=8,col=5,title=fail%3A topic%2C worst score::surely beyond the limit",
        "::warning file=bench/suite%2C1.yaml,title=inconclusive%3A overall%2C all tasks::0.4 worse on overall",
    ]


@pytest.mark.parametrize(
    ("fails", "shown", "last"), [(10, 10, "1 worse on t9"), (25, 10, "and 16 more: see the job summary")]
)
def test_annotations_are_at_most_ten(fails: int, shown: int, last: str) -> None:
    lines = workflow_commands(verdict([check(f"t{n}", "fail", -1) for n in range(fails)]), None, Path())
    assert len(lines) == shown
    assert lines[-1].endswith(f"::{last}")


def test_an_annotation_is_one_command_whatever_it_holds() -> None:
    evil = "50% off\r\n::stop-commands::x, y: z"
    (line,) = workflow_commands(verdict([check(evil, "fail", -5, reason=evil)]), None, Path())
    assert (
        line
        == "::error title=fail%3A 50%25 off %3A%3Astop-commands%3A%3Ax%2C y%3A z%2C accuracy::50%25 off ::stop-commands::x, y: z"
    )


def test_no_verdict_is_one_error() -> None:
    assert workflow_commands(verdict([], None, ["a", "b"]), None, Path()) == ["::error title=! No verdict::a; b"]


def test_the_summary_is_whole_worst_first_and_after_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    write_summary(verdict(MIXED), path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n## ✗ FAIL")
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    assert rows.index("| mood") < rows.index("| overall") < rows.index("| topic")
    assert "Cut" not in text


@pytest.mark.parametrize("before", [0, 500_000, SUMMARY_BYTES])
def test_a_long_summary_keeps_the_worst_and_says_what_is_left_out(before: int, tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("x" * before)
    checks = [check(f"bad-{n}", "fail", -5) for n in range(9)] + [
        check(f"fine-{n}-{'é' * 400}", "pass", 0.1) for n in range(1500)
    ]
    write_summary(verdict(checks), path)
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) <= SUMMARY_BYTES + 300
    assert "verdict.json holds everything" in text
    assert before == SUMMARY_BYTES or all(f"bad-{n} " in text for n in range(9))


def test_a_comment_is_shorter_than_github_takes() -> None:
    text = verdict_markdown(verdict([check(f"task-{n}", "pass", 0.1) for n in range(3000)]))
    assert 0.9 * COMMENT_BYTES < len(text.encode()) <= COMMENT_BYTES


def test_the_outputs_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "outputs"
    write_outputs(verdict(MIXED), Path("a\nb=c/verdict.json"), path)
    assert path.read_text() == "outcome=fail\nverdict=a b=c/verdict.json\n"
