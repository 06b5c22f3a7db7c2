"""Executors: where the models of a run do their work. Each is one class in one file, found by name."""

from __future__ import annotations

from mtlbench.registry import Registry
from mtlbench.runner.executors.base import Answered, Ended, Executor, Places, Said, Turn

EXECUTORS: Registry[Executor] = Registry("executor", "mtlbench.runner.executors", "mtlbench.executors")

__all__ = ["EXECUTORS", "Answered", "Ended", "Executor", "Places", "Said", "Turn"]
