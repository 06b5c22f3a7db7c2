"""The section of counterfactuals: worst first, sentences that claim no more than the numbers, hostile text escaped."""

from __future__ import annotations

from mtlbench.report.html.page import render_page
from mtlbench.report.notes import Notes
from mtlbench.report.section import Section, Table, Told
from mtlbench.report.sections import counterfactual
from mtlbench.results.schema import ChangeExample, ChangeRow, Results
from tests.report.boards import board


def row(name: str, value: float | None, significant: bool | None, metric: str = "excess_flip_rate") -> ChangeRow:
    low, high = (None, None) if value is None else (value - 2, value + 2)
    return ChangeRow(
        model="m", task="t", name=name, metric=metric, direction="", n=500, changed=400, value=value, ci_low=low,
        ci_high=high, p_value=0.01, p_adjusted=0.02, significant=significant, reason=None if low else "no rows",
    )  # fmt: skip


def view(rows: list[ChangeRow], examples: list[ChangeExample] | None = None) -> tuple[Section, Results]:
    results = board(["m"], ["t"]).model_copy(update={"counterfactual": rows, "changes": examples or []})
    section = counterfactual.view(results, Notes())
    assert section is not None
    return section, results


def told(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Told)]


def test_worst_first_and_a_sentence_for_each_finding() -> None:
    section, _ = view([row("age", 3.0, False), row("gender", 8.0, True), row("names", None, None)])
    (sentence,) = told(section)
    assert (
        sentence == "m on t: swapping gender flips 8.0 points more of the answers than its placebo does [+6.0, +10.0]."
    )
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert [line.names[2] for line in table.lines] == ["gender", "age", "names"]


def test_nothing_found_is_not_called_fair() -> None:
    section, _ = view([row("age", 1.0, False), row("gender", -0.5, False)])
    (sentence,) = told(section)
    assert "No swap is shown to change" in sentence
    assert "beyond 3 points are not compatible" in sentence


def test_examples_stand_side_by_side_and_are_escaped() -> None:
    example = ChangeExample(
        model="m", task="t", name="gender", direction="", id="1", input="<script>he</script>", variant="<b>she</b>",
        output="<i>yes</i>", variant_output="no\x1b[31m", flipped=True,
    )  # fmt: skip
    _, results = view([row("gender", 8.0, True)], [example])
    page = render_page(results)
    assert "&lt;script&gt;he&lt;/script&gt;" in page
    assert "<script>he" not in page
    assert "\x1b" not in page


def test_without_rows_there_is_no_section() -> None:
    assert counterfactual.view(board(["m"], ["t"]), Notes()) is None
