"""`mtlbench schema`: the JSON Schemas, for editors and for readers of results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter


def schema(
    what: Literal["suite", "recipe", "results", "record", "verdict"] = "suite",
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Print the JSON Schema of suite files, of recipes, of results.json, of published records or of verdict.json.

    Parameters
    ----------
    what
        suite, recipe, results, record or verdict.
    output
        Write it to this file; an editor finds it by `# yaml-language-server: $schema=FILE` in a suite's first line.
    """
    from mtlbench.results.files import write_text

    found = {"suite": _suite, "recipe": _recipe, "results": _results, "record": _record, "verdict": _verdict}[what]()
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        print(text, end="")
    else:
        write_text(output, text)
    return 0


def _suite() -> dict[str, Any]:
    from mtlbench.suite.schema import suite_schema

    return suite_schema()


def _recipe() -> dict[str, Any]:
    from mtlbench.suite.schema import recipe_schema

    return recipe_schema()


def _results() -> dict[str, Any]:
    from mtlbench.results import Results

    return Results.model_json_schema()


def _record() -> dict[str, Any]:
    from mtlbench.results.record import Record

    return Record.model_json_schema()


def _verdict() -> dict[str, Any]:
    from mtlbench.gate.verdict import Verdict

    return Verdict.model_json_schema()
