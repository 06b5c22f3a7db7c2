"""The most memory held while a block of code runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


class PeakMemory:
    """Bytes at the highest point between `start()` and `read()`: of the GPU on CUDA, else resident memory."""

    def __init__(self, device: str | None) -> None:
        self._cuda = device is not None and device.startswith("cuda")
        self._usable = self._cuda or _reset_resident()
        if self._cuda:
            import torch

            torch.cuda.reset_peak_memory_stats()

    def read(self) -> int | None:
        """Bytes, or None where the system does not tell."""
        if self._cuda:
            import torch

            return int(torch.cuda.max_memory_allocated())
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text()) if self._usable else None
        return int(found[1]) * 1024 if found else None


def _reset_resident() -> bool:
    """Make the kernel forget the process's high-water mark (man 5 proc); False where it cannot."""
    if sys.platform != "linux":
        return False
    try:
        RESET.write_text("5")
    except OSError:
        return False
    return STATUS.is_file()
