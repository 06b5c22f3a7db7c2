"""Templates: places, escapes, and nothing that evaluates."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.data import RowError, Template, TemplateError


@pytest.mark.parametrize(
    ("template", "row", "filled"),
    [
        ("sst2 sentence: {sentence}", {"sentence": "a fine film"}, "sst2 sentence: a fine film"),
        ("{a}{b}{a}", {"a": "x", "b": "y"}, "xyx"),
        ("{#1 String} / {größe}", {"#1 String": "x", "größe": "y"}, "x / y"),
        ("{{{a}}} {{a}}", {"a": "x"}, "{x} {a}"),
        ("{a}", {"a": "{b} {{"}, "{b} {{"),
        ("{a} {b} {c} {d}", {"a": 3, "b": 2.50, "c": True, "d": -0.0}, "3 2.5 true -0.0"),
        ("", {}, ""),
    ],
)
def test_fill(template, row, filled):
    assert Template.parse(template).fill(row) == filled


def test_columns_come_with_their_offsets():
    assert Template.parse("x {a} {{ {bc}{a}").columns == (("a", 3), ("bc", 10), ("a", 14))


@pytest.mark.parametrize(
    ("template", "offset", "message"),
    [
        ("x {a.b}", 4, "“.” cannot stand in a place"),
        ("{a[0]}", 2, "“[” cannot stand"),
        ("{a!r}", 2, "“!” cannot stand"),
        ("{a:>10}", 2, "“:” cannot stand"),
        ('{"a": 1}', 4, "“:” cannot stand"),
        ("{a.__class__}", 2, "“.” cannot stand"),
        ("a {} b", 2, "a place without a column name"),
        ("a {b", 2, "never closed"),
        ("{a{b}}", 0, "never closed"),
        ("a } b", 2, "closes nothing"),
        ("{a}}", 3, "closes nothing"),
    ],
)
def test_a_wrong_template_is_refused_at_its_offset(template, offset, message):
    with pytest.raises(TemplateError) as raised:
        Template.parse(template)
    assert message in raised.value.message
    assert raised.value.offset == offset
    assert raised.value.hint


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "the row has no column “a”"),
        ({"a": None}, "“a” is null here"),
        ({"a": ["x"]}, "“a” is a list here"),
        ({"a": {"b": 1}}, "“a” is neither text nor a number"),
        ({"a": float("nan")}, "“a” is neither text nor a number"),
    ],
)
def test_a_row_without_text_for_a_place(row, message):
    with pytest.raises(RowError, match=message) as raised:
        Template.parse("x {a}").fill(row)
    assert raised.value.column == "a"


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text):
    template = Template.parse(text.replace("{", "{{").replace("}", "}}"))
    assert template.columns == ()
    assert template.fill({}) == text


@given(st.lists(st.tuples(st.text("ab{} "), st.sampled_from(["x", "y z"])), max_size=5), st.text("{}x"))
def test_values_stand_between_the_literals(parts, value):
    template = "".join(literal.replace("{", "{{").replace("}", "}}") + f"{{{name}}}" for literal, name in parts)
    filled = Template.parse(template).fill({"x": value, "y z": value})
    assert filled == "".join(literal + value for literal, _ in parts)


class Trap:
    """Tells on any look into it."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return type(self)
        raise AssertionError(name)

    def __getitem__(self, key: object) -> Any:
        raise AssertionError(key)

    def __format__(self, spec: str) -> str:
        raise AssertionError(spec)


@given(st.text("{}a.[]!:0_", max_size=12))
def test_nothing_is_looked_up_within_a_value(text):
    try:
        template = Template.parse(text)
    except TemplateError as error:
        refused = error
    else:
        refused = None
    if refused:
        assert 0 <= refused.offset < len(text)
        return
    row = {name: Trap() for name, _ in template.columns}
    if row:
        with pytest.raises(RowError):
            template.fill(row)
    else:
        template.fill(row)
