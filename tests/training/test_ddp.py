"""Two processes under torchrun, by gloo on the CPU, train as one does on the same batches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mtlbench.training import train
from tests.training import tiny
from tests.training.test_trainer import told, weights

MODELS = {
    "t5": {
        "stages": [{"tasks": ["mood"]}, {"tasks": ["thing"], "rehearsal": 0.5}],
        "backbone": {"config": {**tiny.T5, "dropout_rate": 0.0}, "tokenizer": 160},
    },
    "bert": {
        "tasks": ["mood", "stars"],
        "heads": {task: {"dropout": 0.0} for task in ("mood", "stars")},
        "backbone": {
            "config": {**tiny.BERT, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
            "tokenizer": 160,
        },
    },
}
SETTINGS = {"batch_size": 8, "examples": 48, "learning_rate": 1e-3, "save_every": 2, "group_by_length": False}

PROCESS = """
import sys
from pathlib import Path
from mtlbench.training import train
from tests.training import test_ddp, tiny
train(tiny.recipe(Path(sys.argv[1]), test_ddp.MODELS, training=test_ddp.SETTINGS, output="two"), device="cpu", listen=print)
"""


def test_two_processes_train_as_one(suite: Path) -> None:
    one = train(tiny.recipe(suite, MODELS, training=SETTINGS, output="one"), device="cpu")
    script = suite.parent / "process.py"
    script.write_text(PROCESS)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    done = subprocess.run(
        [*command, "--standalone", str(script), str(suite)],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("FamilyStarted") == 1
    for name, folder in one.items():
        other = folder.parents[1] / "two" / name
        mine, theirs = weights(folder), weights(other)
        for key in mine:
            assert float((mine[key] - theirs[key]).abs().max()) < 2e-4, (name, key)
        assert told(folder)["tasks"] == told(other)["tasks"]
        assert not list(other.parent.glob("*.partial"))
