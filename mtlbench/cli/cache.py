"""`mtlbench cache`: look at the cache of outputs and of converted checkpoints, or empty it."""

from __future__ import annotations


def info() -> int:
    """Tell where the cache lies, how many outputs and converted checkpoints it holds and how large they are."""
    from mtlbench.engines.ctranslate2.conversion import conversions
    from mtlbench.runner.cache import cache_info, cache_path

    (outputs, size), (converted, weights) = cache_info(cache_path()), conversions(cache_path())
    also = f"; {converted:,} converted checkpoints, {weights / 1e6:.1f} MB" if converted else ""
    print(f"{cache_path()}: {outputs:,} outputs, {size / 1e6:.1f} MB{also}")
    return 0


def clear() -> int:
    """Forget all cached outputs and converted checkpoints."""
    from mtlbench.engines.ctranslate2.conversion import forget
    from mtlbench.runner.cache import cache_path, clear_cache

    outputs, converted = clear_cache(cache_path()), forget(cache_path())
    also = f", {converted:,} converted checkpoints" if converted else ""
    print(f"{outputs:,} outputs{also} forgotten")
    return 0
