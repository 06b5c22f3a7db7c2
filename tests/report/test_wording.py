"""One way of writing each number; text of users without anything that moves a cursor or reorders a line."""

from __future__ import annotations

import pytest

from mtlbench.report import wording


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (wording.score(87.34), "87.3"),
        (wording.score(-0.01), "0.0"),
        (wording.score(-12.3), "−12.3"),
        (wording.score(None), "–"),
        (wording.interval(86.1, 88.44), "[86.1, 88.4]"),
        (wording.interval(None, 88.4), ""),
        (wording.scored(87.3, None, None), "87.3"),
        (wording.span(86.1, 88.4), "86.1–88.4"),
        (wording.span(-3.1, 4.2), "−3.1 to 4.2"),
        (wording.delta(1.23), "+1.2"),
        (wording.delta(0.04), "+0.04"),
        (wording.delta(0.0), "0.0"),
        (wording.delta(-0.001), "0.0"),
        (wording.delta_interval(0.04, 0.01, 0.07), "[+0.01, +0.07]"),
        (wording.p_value(0.0496), "0.0496"),
        (wording.p_value(0.4), "0.4"),
        (wording.p_value(0.0001), "<0.001"),
        (wording.p_value(1.0), "1"),
        (wording.share(1.0), "100%"),
        (wording.share(0.99999), "99.9%"),
        (wording.share(0.95), "95%"),
        (wording.share(0.125), "12.5%"),
        (wording.share(2 / 3), "66.7%"),
        (wording.share(1e-6), "<0.1%"),
        (wording.share(0), "0%"),
        (wording.rank(1, 1), "1"),
        (wording.rank(1, 2), "1–2"),
        (wording.rank(None, None), "–"),
        (wording.quantity(60_506_624), "60.5 M"),
        (wording.quantity(999_999), "1.0 M"),
        (wording.quantity(12), "12"),
        (wording.size(1_288_490_189), "1.2 GiB"),
        (wording.rate(4120.4), "4,120"),
        (wording.rate(0.4119), "0.412"),
        (wording.duration(0.0032), "3.2 ms"),
        (wording.duration(59.99), "1 min 00 s"),
        (wording.duration(3725), "1 h 02 min"),
        (wording.plural(1, "model"), "1 model"),
        (wording.plural(2, "entry", "entries"), "2 entries"),
    ],
)
def test_numbers(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]unclosed", "unclosed"),
        ("a\r\nb\tc", "a b c"),
        ("nul\x00 bell\x07", "nul bell"),
        ("\u202ereversed", "reversed"),
        ("lone \ud800 half", "lone half"),
        ("می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧"),
        ("[bold]{{ 7 }}</script>", "[bold]{{ 7 }}</script>"),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    assert wording.plain(text) == expected
