"""Memory: the most held while a block of code runs, and what a network's weights take."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

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


def weight_bytes(network: Any) -> int:
    """Bytes of a network's weights as they lie in memory, quantised ones included; tied ones count once."""
    sizes = {}
    waiting: list[Any] = list(network.state_dict().values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):  # int8 weights, as Int8Linear packs them
            waiting += value
        elif hasattr(value, "__tensor_flatten__"):  # torchao's: made of plain tensors
            waiting += [getattr(value, name) for name in value.__tensor_flatten__()[0]]
        elif hasattr(value, "element_size"):
            sizes[value.data_ptr()] = value.numel() * value.element_size()
    return sum(sizes.values())
