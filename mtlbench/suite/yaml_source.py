"""A YAML 1.2 file → a tree of plain values with their places, and every fault in it.

ruamel.yaml parses down to its nodes, which carry marks; the values are made here, by YAML 1.2's core schema (`1e-5` is
a number; `no`, `12:30` and `2020-01-01` are text), so that all duplicate keys can be told at once and no alias explodes.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from mtlbench.suite.faults import Faults, Place
from mtlbench.suite.tree import Entry, Mapping, Plain, Scalar, Sequence, Tree

MAX_BYTES = 512 * 1024
MAX_VALUES = 50_000
MAX_DEPTH = 50
MAX_DIGITS = 1000

_CONSTANTS: dict[str, Plain] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TAGS = re.compile(r"tag:yaml\.org,2002:(str|int|float|bool|null|timestamp|merge|map|seq)")

_PROBLEMS = (
    (r"found character '\\t'", "a tab cannot indent or separate here", "use spaces"),
    (r"found character '(?P<c>.)' that", "a value cannot start with “{c}”", "put it in quotes"),
    (r"mapping values are not allowed", "a colon is not allowed here", "put text that holds “: ” in quotes, or indent"),
    (r"expected <block end>, but found '<scalar>'", "text after the end of a value", "put the whole value in quotes"),
    (r"expected <block end>", "this line is not indented like those before it", "keys of one mapping share a column"),
    (r"unexpected end of stream", "a quote is opened and never closed", ""),
    (r"unknown escape character (?P<c>.*)", "unknown escape {c} in double quotes", "double the backslash or use '…'"),
    (r"found undefined alias (?P<c>.*)", "there is no anchor for the alias {c}", "an anchor is written `&name value`"),
    (r"found another document", "a suite file holds one YAML document; another begins here", ""),
    (r"expected the node content", "a value is missing here", ""),
    (r"could not find expected ':'", "a key without a colon", "write `key: value`"),
    (r"expected ',' or '(?P<c>.)'", "expected “,” or “{c}”", ""),
)


def read_yaml(path: Path, faults: Faults) -> Mapping | None:
    """The mapping in the file; None where it cannot be read at all, which is a fault."""
    text = _text(path, faults)
    if text is None:
        return None
    source = _Source(path, text, faults)
    try:
        node = _compose(text)
        tree = None if node is None else source.tree(node)
    except _Stop:
        return None
    except RecursionError:
        faults.add("values are nested too deeply", Place(path))
        return None
    except ReaderError as error:
        place = source.place(error.position, error.position + 1)
        faults.add(f"the character U+{error.character:04X} is not allowed in YAML", place)
        return None
    except MarkedYAMLError as error:
        _explain(error, source, faults)
        return None
    except (YAMLError, ValueError, LookupError, AttributeError, AssertionError) as error:
        faults.add(f"cannot be read as YAML: {(str(error) or type(error).__name__).splitlines()[0]}", Place(path))
        return None
    if tree is None or (isinstance(tree, Scalar) and tree.value is None):
        faults.add("the file is empty", Place(path), "`mtlbench init` writes a suite to start from")
    elif not isinstance(tree, Mapping):
        faults.add("a suite file must be a mapping: lines of `key: value`", tree.place)
    else:
        return tree
    return None


def _text(path: Path, faults: Faults) -> str | None:
    """The file's text with plain newlines, or None and a fault."""
    try:
        if path.is_dir():
            faults.add("is a folder, not a suite file", Place(path))
            return None
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        faults.add("no such file", Place(path))
        return None
    except (OSError, ValueError) as error:
        faults.add(f"cannot be read: {getattr(error, 'strerror', None) or error}", Place(path))
        return None
    if len(content) > MAX_BYTES:
        faults.add(f"is larger than {MAX_BYTES // 1024} KB, too large for a suite", Place(path), "is it a data file?")
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        faults.add("is not UTF-8 text", Place(path, line, column), "save the file as UTF-8")
        return None


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a reused anchor is legal YAML
        node: Node | None = yaml.compose(text)
    return node


def _explain(error: MarkedYAMLError, source: _Source, faults: Faults) -> None:
    problem = error.problem or error.context or "unknown error"
    mark = error.problem_mark or error.context_mark
    place = Place(source.path) if mark is None else source.place(mark.index, mark.index + 1)
    line = source.text.split("\n")[place.line - 1] if place.line else ""
    for pattern, message, hint in _PROBLEMS:
        if match := re.search(pattern, problem):
            hint = "put text that holds ${env:…} in quotes" if "${env:" in line else hint
            faults.add(message.format(**match.groupdict()), place, hint)
            return
    faults.add(f"cannot be read as YAML: {problem}", place)


class _Stop(Exception):
    """The rest of the file is not worth reading; the fault is already told."""


@dataclass(slots=True)
class _Source:
    """Turns the nodes of one text into a tree."""

    path: Path
    text: str
    faults: Faults
    values: int = 0
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, start: int, end: int) -> Place:
        start = min(start, len(self.text))
        line = bisect_right(self.starts, start)
        first_line = self.text[start:end].split("\n", 1)[0].rstrip()
        return Place(self.path, line, start - self.starts[line - 1] + 1, max(1, len(first_line)))

    def of(self, node: Node) -> Place:
        """A node's place; of a block of several lines, its first character's."""
        place = self.place(node.start_mark.index, node.end_mark.index)
        spread = not isinstance(node, ScalarNode) and node.end_mark.line != node.start_mark.line
        return replace(place, width=1) if spread else place

    def tree(self, node: Node, above: tuple[Node, ...] = ()) -> Tree:
        self.values += 1
        if self.values > MAX_VALUES:
            self.faults.add(f"holds more than {MAX_VALUES:,} values once its aliases are filled in", Place(self.path))
            raise _Stop
        if any(node is parent for parent in above):
            self.faults.add("an anchor that holds an alias of itself", self.of(node))
            raise _Stop
        if len(above) >= MAX_DEPTH:
            self.faults.add("values are nested too deeply", self.of(node))
            raise _Stop
        if not _TAGS.fullmatch(str(node.tag)):
            self.faults.add(f"the tag {_short(node.tag)} is not supported", self.of(node), "leave it out")
        if isinstance(node, ScalarNode):
            self.mend(node)
            raw = self.text[node.start_mark.index : node.end_mark.index]
            return Scalar(_value(node), self.of(node), raw)
        if isinstance(node, MappingNode):
            return self.mapping(node, (*above, node))
        return Sequence(tuple(self.tree(item, (*above, node)) for item in node.value), self.of(node))

    def mapping(self, node: MappingNode, above: tuple[Node, ...]) -> Mapping:
        own: dict[str, Entry] = {}
        inherited: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key_place = self.of(key_node)
            value = self.tree(value_node, above)
            if isinstance(key_node, ScalarNode):
                self.mend(key_node)
            if not isinstance(key_node, ScalarNode):
                self.faults.add("a key must be plain text", key_place)
            elif key_node.value == "<<" and key_node.style is None:
                for key, entry in self.inherited(value).items():
                    inherited.setdefault(key, entry)
            elif key_node.value in own:
                first = own[key_node.value].key.line
                self.faults.add(f"the key `{key_node.value}` stands twice", key_place, f"it is first on line {first}")
            else:
                own[key_node.value] = Entry(key_place, value)
        return Mapping({**{key: entry for key, entry in inherited.items() if key not in own}, **own}, self.of(node))

    def mend(self, node: ScalarNode) -> None:
        """Join the halves of characters that JSON's `\\ud83d\\ude00` writes apart; a half alone is a fault."""
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            node.value = node.value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if "\ufffd" in node.value:
                self.faults.add("half a character (a lone surrogate)", self.of(node))

    def inherited(self, value: Tree) -> dict[str, Entry]:
        """What `<<: *anchor` or `<<: [*a, *b]` brings in; the first of a list wins."""
        entries: dict[str, Entry] = {}
        for source in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(source, Mapping):
                entries = {**source.entries, **entries}
            else:
                self.faults.add("`<<:` takes an alias of a mapping, or a list of them", source.place)
        return entries


def _value(node: ScalarNode) -> Plain:
    """A scalar's value by YAML 1.2's core schema."""
    text: str = node.value
    if node.style is not None or node.tag == "tag:yaml.org,2002:str":
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text) if len(text) < MAX_DIGITS else text
    return float(text.replace(".", "", 1) if text[-1] in "fFnN" else text) if _FLOAT.fullmatch(text) else text


def _short(tag: object) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")
