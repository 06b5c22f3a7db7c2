"""Energy that work takes, as codecarbon estimates it from the power of processor, memory and GPUs."""

from __future__ import annotations

import importlib.util
import logging

JOULES = 3.6e6
"""In a kilowatt-hour."""


def is_measurable() -> bool:
    """Whether codecarbon is installed."""
    return importlib.util.find_spec("codecarbon") is not None


class Energy:
    """Measures from when it is made until `stop()`."""

    def __init__(self) -> None:
        from codecarbon import OfflineEmissionsTracker

        logging.getLogger("codecarbon").setLevel(logging.ERROR)
        # The country is asked for, and bears on emissions alone, which are not read.
        self._tracker = OfflineEmissionsTracker(
            country_iso_code="USA",
            tracking_mode="process",
            save_to_file=False,
            allow_multiple_runs=True,
            log_level="error",
        )
        self._tracker.start()

    def stop(self) -> float | None:
        """Joules; None where codecarbon found nothing that it could measure."""
        self._tracker.stop()
        found = self._tracker.final_emissions_data
        return found.energy_consumed * JOULES if found and found.energy_consumed else None
