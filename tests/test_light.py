"""Commands that load no model import no heavy library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import write_project

HEAVY = {
    "torch",
    "transformers",
    "datasets",
    "evaluate",
    "sklearn",
    "pandas",
    "scipy",
    "nltk",
    "rouge_score",
    "bert_score",
}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["validate", "suite.yaml"], ["list", "metrics"], ["list", "tasks"],
                  ["list", "engines"], ["schema"], ["schema", "results"], ["schema", "recipe"], ["schema", "verdict"],
                  ["gate", "--help"], ["plan", "--help"], ["train", "--help"], ["cache", "info"], ["compare", "--help"],
                  ["power", "--n", "1000", "--disagreement", "0.1"], ["init", "new", "--yes"], ["report", "--help"]],
)  # fmt: skip
def test_nothing_heavy_is_imported(arguments: list[str], tmp_path: Path, t5: Path) -> None:
    write_project(tmp_path, t5)
    code = (
        "import sys\nfrom mtlbench.cli.app import run_command\n"
        f"code = run_command({arguments!r})\n"
        f"print('heavy:', sorted({HEAVY!r} & set(sys.modules)))\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("heavy: []")
