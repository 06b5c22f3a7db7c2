"""From rows to text pairs, by the formats in `suites/quickstart.yaml`: training and benchmark cannot drift apart."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

SUITE = Path(__file__).resolve().parents[2] / "suites" / "quickstart.yaml"
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Example:
    row: Row
    source: str
    references: tuple[str, ...]  # the first is the training target


@cache
def suite() -> dict:
    return YAML(typ="safe").load(SUITE.read_text(encoding="utf-8"))


def load_examples(task: str, split: str) -> list[Example]:
    spec = suite()["tasks"][task]
    path = SUITE.parent / spec["data"]["path"] / f"{split}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [_example(spec, row) for row in rows]


def _example(spec: dict, row: Row) -> Example:
    """Words and their tags are each one text, with spaces between; other lists are several references."""
    told = {**row, spec["words"]: " ".join(row[spec["words"]])} if "words" in spec else row
    found = row[spec["reference"]]
    several = found if isinstance(found, list) else [found]
    references = (" ".join(several),) if "words" in spec else tuple(map(str, several))
    return Example(row, spec["input"].format(**told), references)
