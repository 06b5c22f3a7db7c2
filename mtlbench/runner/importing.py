"""The libraries of all networks, imported apart from the first one's loading."""

from __future__ import annotations

from mtlbench.engines.clock import CLOCK


def import_libraries() -> None:
    """Seconds count for the phase `import`; next to none but for the first time in a process."""
    with CLOCK.timed("import"):
        import transformers.generation
        import transformers.modeling_utils  # noqa: F401
