"""Where models run, as the command line says it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mtlbench.cli.app import INTERRUPTED, WRONG_INPUT, run_command
from tests.cli.test_run import cached_outputs
from tests.projects import command, the_run, write_project


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--executor", "rya"], ("there is no executor “rya”", "did you mean ray?")),
        (["--workers", "2"], ("--workers does not go with the executor “local”", "it takes --device")),
        (["--executor", "ray", "--devices", "0"], ("--devices does not go with the executor “ray”",)),
        (["--devices", "cpu", "--device", "cpu"], ("--device does not go with the executor “devices”",)),
        (["--executor", "devices"], ("there is no device", "--devices 0,1")),
        (["--devices", "0,99"], ("this machine has no GPU", "cpu,cpu makes two processes without GPUs")),
        (["--devices", "cpu,0"], ("outputs of different kinds of devices differ",)),
        (["--executor", "ray"], ("Ray is not installed", "pip install 'mtlbench[ray]'")),
    ],
)
def test_places_that_cannot_be(
    options: list[str],
    told: tuple[str, ...],
    tmp_path: Path,
    t5: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("mtlbench.runner.executors.ray.importlib.util.find_spec", lambda name: None)
    assert run_command(["run", str(write_project(tmp_path, t5, rows=3)), *options]) == WRONG_INPUT
    err = " ".join(capsys.readouterr().err.split())
    assert all(each in err for each in told), err
    assert "Traceback" not in err


SLOW = """
import time
from mtlbench.engines import Engine, Output

class Slow(Engine):
    kinds = ("mine",)

    @classmethod
    def load(cls, identity, model, options, notify):
        return cls()

    def run(self, requests):
        for request in requests:
            yield [(request.number, Output(request.text))]
            time.sleep(0.3)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_run(number: signal.Signals, tmp_path: Path, t5: Path, own_cache: Path) -> None:
    """Ctrl-C reaches all processes of the terminal, the workers too; a kill the run's own alone."""
    suite = write_project(tmp_path, t5, rows=300)
    (tmp_path / "slow.py").write_text(SLOW)
    own = f"models:\n  own: {{checkpoint: {t5}, kind: mine, engine: slow.py:Slow}}\n"
    suite.write_text(suite.read_text().replace("models:\n", own))
    run = command("run", "suite.yaml", "--models", "own", "--devices", "cpu,cpu")
    process = subprocess.Popen(run, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not cached_outputs(own_cache) and process.poll() is None:
        time.sleep(0.02)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.kill()
    _, err = process.communicate(timeout=60)  # which waits for the workers, since they hold its end of the pipe
    assert process.returncode == (INTERRUPTED if number == signal.SIGINT else -number), err
    assert "Traceback" not in err
    status = json.loads((the_run(tmp_path) / "manifest.json").read_text())["status"]
    assert status == ("interrupted" if number == signal.SIGINT else "running")
    assert cached_outputs(own_cache)
