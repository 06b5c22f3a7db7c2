"""Running: suite → plan → predictions on disk, through the cache."""

from mtlbench.runner.cache import Cache, cache_path
from mtlbench.runner.execute import execute
from mtlbench.runner.plan import Plan, plan

__all__ = ["Cache", "Plan", "cache_path", "execute", "plan"]
