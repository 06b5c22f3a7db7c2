"""`mtlbench cache`: look at the cache of outputs, or empty it."""

from __future__ import annotations


def info() -> int:
    """Tell where the cache lies, how many outputs it holds and how large it is."""
    from mtlbench.runner.cache import cache_info, cache_path

    count, size = cache_info(cache_path())
    print(f"{cache_path()}: {count:,} outputs, {size / 1e6:.1f} MB")
    return 0


def clear() -> int:
    """Forget all cached outputs."""
    from mtlbench.runner.cache import cache_path, clear_cache

    print(f"{clear_cache(cache_path()):,} outputs forgotten")
    return 0
