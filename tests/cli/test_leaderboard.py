"""`mtlbench leaderboard`: from runs to records to a site, by the command line."""

from __future__ import annotations

import json
import time
from pathlib import Path

import mtlbench as api
from mtlbench.results.repository import read_record, write_record
from tests.board.worlds import a_run
from tests.projects import mtlbench


def test_runs_become_records_and_records_a_site(tmp_path: Path) -> None:
    a_run(tmp_path / "here", {"good": range(2)})
    a_run(tmp_path / "there", {"poor": range(40)})
    done = mtlbench("leaderboard", "here/results", "there/results", "--export", "results", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line.split("/")[:3] for line in done.stdout.splitlines()] == [
        ["results", "moods", n] for n in ("good", "poor")
    ]
    done = mtlbench("leaderboard", "results", "--output", "site", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "moods: 2 of 2 models ranked, 0 shown apart\n\nleaderboard  site/index.html\n"
    page = (tmp_path / "site/index.html").read_text()
    assert "intervals alone" not in page
    assert "Weigh the tasks yourself" in page
    assert "Every revision of a model" not in page


def test_what_cannot_be_done_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, told in [
        (["empty", "-o", "site"], "there is nothing to rank: no model of any run has a score"),
        (["-o", "site"], "there is nothing to rank"),
        (["nowhere", "-o", "site"], "there is no nowhere"),
        (["empty"], "there is nothing to write"),
    ]:
        done = mtlbench("leaderboard", *arguments, cwd=tmp_path)
        assert done.returncode == 2, arguments
        assert told in done.stderr
    assert not (tmp_path / "site").exists()


def test_fifty_runs_take_seconds(tmp_path: Path) -> None:
    """50 models of 2 revisions: 100 records, 1,225 pairs."""
    run = a_run(tmp_path / "run", {"model": range(5)})
    (path,) = mtlbench("leaderboard", run.path, "--export", "one", cwd=tmp_path).stdout.split()
    record = read_record(tmp_path / path)
    for number in range(50):
        for month, fingerprint in ((10, f"old {number}"), (11, f"new {number}")):
            told = json.loads(record.model_dump_json().replace('"model":"model"', f'"model":"m{number}"'))
            told["model"] |= {"name": f"m{number}", "fingerprint": fingerprint}
            told["run"] |= {"id": f"run{number}-{month}", "created": f"2026-{month}-01T00:00:00+00:00"}
            write_record(tmp_path / "results", type(record).model_validate(told))
    began = time.perf_counter()
    (board,) = api.publish([tmp_path / "results"], tmp_path / "site")
    assert time.perf_counter() - began < 15
    assert (len(board.results.models), len(board.entries)) == (50, 100)
    assert (tmp_path / "site/index.html").stat().st_size < 3_000_000
