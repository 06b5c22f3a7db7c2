"""The gate's verdict as JUnit XML, which CI systems show beside their tests: a case for each score and limit."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from mtlbench.gate.verdict import CheckRow, Verdict
from mtlbench.report.gate import checked, headline
from mtlbench.report.wording import plain

if TYPE_CHECKING:
    from junitparser import TestCase

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def junit_xml(verdict: Verdict) -> str:
    """A fail is a failure, inconclusive is skipped, and no verdict is one case with an error."""
    from junitparser import Error, JUnitXml, TestCase, TestSuite

    suite = TestSuite(_legal(f"mtlbench gate: {verdict.suite}"))
    suite.add_property("run", _legal(verdict.run))
    suite.add_property("verdict", verdict.outcome or "none")
    for check in verdict.checks:
        suite.add_testcase(_case(check, verdict))
    if verdict.outcome is None:
        case = TestCase("verdict", _legal(verdict.suite))
        case.result = [Error(_legal("; ".join(verdict.reasons) or headline(verdict)), "no verdict")]
        suite.add_testcase(case)
    document = JUnitXml()
    document.add_testsuite(suite)
    written = io.BytesIO()
    document.write(written)
    return written.getvalue().decode() + "\n"


def _case(check: CheckRow, verdict: Verdict) -> TestCase:
    from junitparser import Failure, Skipped, TestCase

    case = TestCase(_legal(checked(check)), _legal(f"{verdict.suite}.{verdict.model}"))
    said = {"fail": Failure, "inconclusive": Skipped}.get(check.outcome)
    if said is not None:
        case.result = [said(_legal(check.reason), check.kind)]
    case.system_out = _legal(check.reason)
    return case


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", plain(text))
