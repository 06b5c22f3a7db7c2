"""Which device and number type a run uses, told without importing torch where there is no accelerator."""

from __future__ import annotations

import sys
from pathlib import Path

from mtlbench.suite.faults import InputError


def choose_device(wanted: str) -> str:
    """`auto` is CUDA where there is one, else the CPU; raises InputError for a device this machine lacks."""
    if wanted not in ("auto", "cpu"):
        return _existing(wanted)
    return "cuda" if wanted == "auto" and _has_cuda() else "cpu"


def choose_dtype(wanted: str, device: str) -> str:
    """`auto` is bfloat16 on CUDA, else float32."""
    if wanted != "auto":
        return wanted
    return "bfloat16" if device.startswith("cuda") else "float32"


def _has_cuda() -> bool:
    if sys.platform == "linux" and not any(Path("/dev").glob("nvidia*")) and not Path("/dev/dxg").exists():
        return False  # no driver: spare the seconds that importing torch takes
    import torch

    return torch.cuda.is_available()


def _existing(name: str) -> str:
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"this machine has no device “{name}”", "leave --device out, or say cpu or cuda") from error
    return name
