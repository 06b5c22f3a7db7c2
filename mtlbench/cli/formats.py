"""`mtlbench report --format`: what each format is made of, and where it goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    from mtlbench.gate.verdict import Verdict
    from mtlbench.results import RunFolder

Format = Literal["page", "markdown", "latex", "csv", "parquet", "hf", "comment", "junit", "github"]


def write_format(name: Format, folder: RunFolder, output: Path | None, suite: Path | None) -> None:
    """Write the run, or the verdict on it, in a format other than the page; raises InputError."""
    if suite is not None and name != "github":
        raise InputError("--suite goes with --format github")
    if name == "github":
        _github(folder, suite)
    elif name in _TEXTS:
        _text(_TEXTS[name](folder), output)
    elif output is None:
        raise InputError(f"--format {name} writes several files", "name a folder for them: --output FOLDER")
    else:
        for path in _FOLDERS[name](folder, output):
            print(path)


def _text(text: str, output: Path | None) -> None:
    from mtlbench.results.files import write_text

    if output is None:
        print(text, end="")
    else:
        write_text(output, text)


def _markdown(folder: RunFolder) -> str:
    from mtlbench.report.markdown import run_markdown

    return run_markdown(folder.read_results())


def _latex(folder: RunFolder) -> str:
    from mtlbench.report.latex import latex_table

    return latex_table(folder.read_results())


def _comment(folder: RunFolder) -> str:
    from mtlbench.report.markdown import verdict_markdown

    return verdict_markdown(_verdict(folder))


def _junit(folder: RunFolder) -> str:
    from mtlbench.report.junit import junit_xml

    return junit_xml(_verdict(folder))


def _csv(folder: RunFolder, output: Path) -> list[Path]:
    from mtlbench.report.exports import write_csv

    return write_csv(folder.read_results(), output)


def _parquet(folder: RunFolder, output: Path) -> list[Path]:
    from mtlbench.report.exports import write_parquet

    return write_parquet(folder.read_results(), output)


def _hub(folder: RunFolder, output: Path) -> list[Path]:
    """What of the run the Hub cannot be told stands on standard error."""
    from mtlbench.report.huggingface import write_hub_results
    from mtlbench.scoring.score import run_suite

    data = {name: task.data for name, task in run_suite(folder).tasks.items()}
    done = write_hub_results(folder.read_results(), data, output)
    for line in done.left_out:
        print(f"left out: {line}", file=sys.stderr)
    return done.files


_TEXTS: Mapping[str, Callable[[RunFolder], str]] = {
    "markdown": _markdown,
    "latex": _latex,
    "comment": _comment,
    "junit": _junit,
}
_FOLDERS: Mapping[str, Callable[[RunFolder, Path], list[Path]]] = {"csv": _csv, "parquet": _parquet, "hf": _hub}


def _github(folder: RunFolder, suite: Path | None) -> None:
    """Annotations on standard output; the summary and the outputs where GitHub's variables say."""
    from mtlbench.report.github import workflow_commands, write_outputs, write_summary
    from mtlbench.suite.draft import read_suite

    verdict = _verdict(folder)
    find = None if suite is None else read_suite(suite).place
    print("\n".join(workflow_commands(verdict, find, Path(os.environ.get("GITHUB_WORKSPACE", ".")))))
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        write_summary(verdict, Path(summary))
    if outputs := os.environ.get("GITHUB_OUTPUT"):
        write_outputs(verdict, folder.verdict_path, Path(outputs))


def _verdict(folder: RunFolder) -> Verdict:
    from mtlbench.gate.verdict import Verdict
    from mtlbench.results.folder import read_json

    if not folder.verdict_path.is_file():
        raise InputError(f"the gate has said nothing of {folder.path}", "`mtlbench gate RUN` writes its verdict")
    return read_json(folder.verdict_path, Verdict)
