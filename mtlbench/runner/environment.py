"""What a run ran on: versions of the libraries that bear on its outputs, and the hardware."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mtlbench.results.manifest import Hardware

LIBRARIES = ("torch", "transformers", "tokenizers", "sentencepiece", "peft", "torchao")


def library_versions() -> dict[str, str]:
    """Versions of what makes outputs, without importing any; libraries that are not installed are left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def own_version() -> str:
    """The version of mtlbench."""
    return version("mtlbench")


def hardware(device: str | None) -> Hardware:
    """Processor, cores, bytes of memory, and the accelerators where a run uses one."""
    accelerators = []
    if device is not None and device.startswith("cuda"):
        import torch

        accelerators = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Hardware(
        processor=_processor(),
        cores=cores(),
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        accelerators=accelerators,
    )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
