"""A checkpoint that brings code of its own: run only where the suite and the command line both say so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.projects import mtlbench, write_project

CONFIGURATION = """\
from pathlib import Path
from transformers import T5Config

Path("{ran}").touch()

class OwnConfig(T5Config):
    model_type = "own_t5"
"""
MODELING = """\
from transformers import T5ForConditionalGeneration
from .configuration_own import OwnConfig

class OwnT5(T5ForConditionalGeneration):
    config_class = OwnConfig
"""


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    folder = shutil.copytree(t5, tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    own = {"AutoConfig": "configuration_own.OwnConfig", "AutoModelForSeq2SeqLM": "modeling_own.OwnT5"}
    config |= {"model_type": "own_t5", "architectures": ["OwnT5"], "auto_map": own}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "configuration_own.py").write_text(CONFIGURATION.format(ran=tmp_path / "ran"))
    (folder / "modeling_own.py").write_text(MODELING)
    write_project(tmp_path, folder, rows=5)
    return tmp_path


@pytest.mark.parametrize(
    ("key", "flag", "told"),
    [
        (False, [], "would run code of its own (`auto_map` in its config.json), which is refused"),
        (False, ["--trust-remote-code"], "would run code of its own"),
        (True, [], "model `single-mood` would run code that comes with its checkpoint"),
        (True, ["--trust-remote-code"], ""),
    ],
)
def test_code_runs_where_suite_and_command_agree(project: Path, key: bool, flag: list[str], told: str) -> None:
    if key:
        suite = (project / "suite.yaml").read_text()
        (project / "suite.yaml").write_text(suite.replace("single-mood: {", "single-mood: {trust_remote_code: true, "))
    done = mtlbench("run", "suite.yaml", "--models", "single-mood", "--tasks", "mood", *flag, cwd=project)
    assert done.returncode == (2 if told else 0), done.stderr
    assert told in done.stderr
    assert (project / "ran").exists() is not bool(told)
    assert "Traceback" not in done.stderr
