"""Training that was killed goes on from its last saved state and ends with the weights of training that was not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtlbench.training import train
from mtlbench.training.events import Event, Stepped
from tests.training import tiny
from tests.training.test_trainer import same, told

JOINT = {"tasks": ["mood", "stars"], "sampling": {"strategy": "loss"}, "balancing": {"strategy": "uncertainty"}}
STAGES = {
    "stages": [{"tasks": ["mood"]}, {"tasks": ["thing"], "rehearsal": 0.25}],
    "ewc": {"strength": 10.0, "sample": 8},
}
UNFROZEN = {"tasks": ["mood"], "unfreeze_every": 1.0, "epochs": 3, "balancing": {"strategy": "dwa"}}


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    ("model", "config", "killed"),
    [(JOINT, tiny.BERT, (7,)), (STAGES, tiny.T5, (5, 15)), (STAGES, tiny.BERT, (31,)), (UNFROZEN, tiny.BERT, (13,))],
    ids=["joint", "sequential", "second-stage", "unfreezing"],
)
def test_killed_and_resumed_is_as_unbroken(
    suite: Path, model: dict[str, Any], config: Any, killed: tuple[int, ...]
) -> None:
    settings = {"save_every": 4, "examples": 160}
    whole = tiny.recipe(suite, {"m": model}, config, training=settings, output="whole")
    unbroken = train(whole, device="cpu")["m"]
    broken = tiny.recipe(suite, {"m": model}, config, training=settings, output="broken")
    for step in killed:
        met = 0

        def kill(event: Event, last: int = step) -> None:
            nonlocal met
            met += isinstance(event, Stepped)
            if met == last:
                raise Killed

        with pytest.raises(Killed):
            train(broken, device="cpu", listen=kill)
        assert (broken.output / "m.partial").is_dir()
        assert not (broken.output / "m").exists()
    resumed = train(broken, device="cpu")["m"]
    assert same(unbroken, resumed)
    ours, theirs = told(unbroken), told(resumed)
    for key in ("losses", "tasks", "steps", "stages", "fingerprint"):
        assert ours[key] == theirs[key], key
    assert not list(broken.output.glob("*.partial"))


@pytest.mark.parametrize("stopping", [None, {"every": 4, "patience": 9}], ids=["to-the-end", "best"])
def test_killed_when_all_steps_are_made(
    suite: Path, monkeypatch: pytest.MonkeyPatch, stopping: dict[str, int] | None
) -> None:
    from mtlbench.training import provenance

    def kill(*given: object) -> None:
        raise Killed

    model = {"tasks": ["mood"], "early_stopping": stopping}
    unbroken = train(tiny.recipe(suite, {"m": model}, tiny.BERT, output="whole"), device="cpu")["m"]
    broken = tiny.recipe(suite, {"m": model}, tiny.BERT, output="broken")
    with monkeypatch.context() as patched:
        patched.setattr(provenance, "write", kill)
        with pytest.raises(Killed):
            train(broken, device="cpu")
    resumed = train(broken, device="cpu")["m"]
    assert same(unbroken, resumed)
    assert told(unbroken)["losses"] == told(resumed)["losses"]
    assert told(unbroken)["steps"] == told(resumed)["steps"]
