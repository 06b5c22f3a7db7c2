"""Pydantic's errors in plain words: “`weight` must be at least 0, not -2”."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from mtlbench.registry import nearest
from mtlbench.suite.declarations import Declaration
from mtlbench.suite.faults import KeyPath
from mtlbench.suite.shape import Shape

AnyShape = Shape[Declaration]

NAME_RULE = "letters, digits and . _ + - only, beginning with a letter or digit, at most 100"

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a mapping (`key: value`)",
    "model_type": "a mapping (`key: value`)",
    "list_type": "a list",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "less than {lt:g}",
}

_SHORT_FORMS = {
    "labels": "a list of words, or a mapping of words to values",
    "trained_on": "a list of tasks, or a mapping of tasks to weights",
    "metrics": "a metric's name, or a name with its options",
}


def words(shape: AnyShape, path: KeyPath, errors: Sequence[ErrorDetails], value: Any) -> tuple[str, str]:
    """Message and hint for what is wrong with `value`; several errors are the ways in which a choice failed."""
    first = errors[0]
    if first["type"] in _SENTENCES:
        return _SENTENCES[first["type"]](shape, path, first, value)
    wanted = [_WANTED[error["type"]].format(**error.get("ctx", {})) for error in errors if error["type"] in _WANTED]
    if not wanted:
        return f"{subject(shape, path)}: {first['msg']}", ""
    if first["type"] in ("dict_type", "model_type"):
        wanted = [_SHORT_FORMS.get(part, wanted[0]) for part in path[-2:] if isinstance(part, str)][-1:]
    hint = ""
    if first["type"] == "int_type" and isinstance(value, float) and value.is_integer():
        hint = f"write {value:.0f}"
    elif isinstance(value, str) and "${env:" in value:
        hint = "`${env:…}` always gives text"
    return f"{subject(shape, path)} must be {_either(wanted)}, not {shown(value)}", hint


def subject(shape: AnyShape, path: KeyPath) -> str:
    """How a message calls the value at a key path."""
    match path:
        case ():
            return f"the {shape.noun}"
        case ("tasks" | "models" as group, name):
            return f"{group[:-1]} `{name}`"
        case (*_, parent, int(index)):
            return f"item {index + 1} of `{parent}`"
        case (*above, parent, key) if shape.is_free((*above, parent)):
            return f"`{parent}.{key}`"
    return f"`{path[-1]}`"


def shown(value: object) -> str:
    """A value as a message quotes it."""
    if isinstance(value, str):
        return f"text “{value if len(value) <= 40 else value[:39] + '…'}”"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = "empty" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """“: did you mean `x`?”, or nothing."""
    suggestion = nearest(name, known)
    return f": did you mean `{suggestion}`?" if suggestion else ""


def _either(wanted: list[str]) -> str:
    unique = list(dict.fromkeys(wanted))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} or {unique[-1]}"


def _missing(shape: AnyShape, path: KeyPath, error: ErrorDetails, value: Any) -> tuple[str, str]:
    hint = "write `version: 1`" if path == ("version",) else ""
    return f"{subject(shape, path[:-1])} lacks `{path[-1]}`", hint


def _unknown_key(shape: AnyShape, path: KeyPath, error: ErrorDetails, value: Any) -> tuple[str, str]:
    key, known = str(path[-1]), shape.keys_at(path[:-1])
    suggestion = did_you_mean(key, known)
    if suggestion:
        return f"unknown key `{key}`{suggestion}", ""
    where = shape.homes_of(key)
    if where:
        return f"unknown key `{key}`", f"`{key}` belongs to {' or '.join(_home(name) for name in where)}"
    return f"unknown key `{key}`", f"known here: {', '.join(known)}" if known else ""


def _home(name: str) -> str:
    return name if " " in name else f"`{name}:`"


def _literal(shape: AnyShape, path: KeyPath, error: ErrorDetails, value: Any) -> tuple[str, str]:
    expected = str(error["ctx"]["expected"])
    choices = re.findall(r"'([^']*)'", expected)
    suggestion = did_you_mean(str(value), choices)
    wanted = f"one of {', '.join(choices)}" if choices else expected
    return f"{subject(shape, path)} must be {wanted}, not {shown(value)}{suggestion}", ""


def _name(shape: AnyShape, path: KeyPath, error: ErrorDetails, value: Any) -> tuple[str, str]:
    is_key = error["loc"][-1] == "[key]"
    return f"“{path[-1] if is_key else value}” cannot be a name here", NAME_RULE


def _too_short(shape: AnyShape, path: KeyPath, error: ErrorDetails, value: Any) -> tuple[str, str]:
    least, actual = error["ctx"]["min_length"], error["ctx"].get("actual_length", 0)
    if not actual:
        return f"{subject(shape, path)} must not be empty", ""
    return f"{subject(shape, path)} must have at least {least} entries, not {actual}", ""


def _value(shape: AnyShape, path: KeyPath, error: ErrorDetails, value: Any) -> tuple[str, str]:
    return str(error["ctx"]["error"]), ""


_SENTENCES: dict[str, Callable[[AnyShape, KeyPath, Any, Any], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _literal,
    "string_pattern_mismatch": _name,
    "string_too_short": _too_short,
    "too_short": _too_short,
    "value_error": _value,
}
