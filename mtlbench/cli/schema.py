"""`mtlbench schema`: the JSON Schemas, for editors and for readers of results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter


def schema(
    what: Literal["suite", "recipe", "results"] = "suite",
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Print the JSON Schema of suite files, of recipes or of results.json.

    Parameters
    ----------
    what
        suite, recipe or results.
    output
        Write it to this file; an editor finds it by `# yaml-language-server: $schema=FILE` in a suite's first line.
    """
    from mtlbench.results.files import write_text

    found = {"suite": _suite, "recipe": _recipe, "results": _results}[what]()
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
