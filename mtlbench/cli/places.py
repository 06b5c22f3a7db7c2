"""The options that say where models run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtlbench.cli.options import split_names
from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    from mtlbench.runner.executors import Executor


def executor_at(
    name: str | None, device: str, devices: str | None, workers: int | None, address: str | None
) -> Executor:
    """The executor that the options ask for; raises InputError where they do not go together."""
    from mtlbench.registry import UnknownName
    from mtlbench.runner.executors import EXECUTORS, Places

    name = name or ("devices" if devices is not None else "local")
    try:
        executor = EXECUTORS.get(name)
    except UnknownName as error:
        hint = f"did you mean {error.suggestion}?" if error.suggestion else f"there are {', '.join(error.known)}"
        raise InputError(str(error), hint) from None
    said = {
        "device": device != "auto",
        "devices": devices is not None,
        "workers": workers is not None,
        "address": address is not None,
    }
    for option in (key for key, is_said in said.items() if is_said and key not in executor.takes):
        takes = ", ".join(f"--{key}" for key in sorted(executor.takes))
        raise InputError(f"--{option} does not go with the executor “{name}”", f"it takes {takes}")
    return executor.at(Places(device, tuple(split_names(devices) or ()), workers, address))
