"""Task kinds: row → references, output → prediction, and a kind's default metrics. Each is found by name."""

from mtlbench.registry import Registry
from mtlbench.tasks.base import KIND_KEYS, BadReference, TaskKind

TASKS: Registry[TaskKind] = Registry("task kind", "mtlbench.tasks", "mtlbench.tasks")

__all__ = ["KIND_KEYS", "TASKS", "BadReference", "TaskKind"]
