"""A task asked in other words: for each of its `templates` a task `<task>@<template>`, the same but for its input."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.suite.declarations import Task

MARK = "@"
"""Between a task's name and a template's, neither of which may hold it."""


def rewordings(name: str, task: Task) -> dict[str, Task]:
    """The task under each of its templates, by name. They count for nothing but the comparison of templates."""
    none = {"templates": {}, "weight": 0.0, "counterfactual": {}, "robustness": [], "pairs": None}
    return {
        f"{name}{MARK}{template}": task.model_copy(update={"input": text, **none})
        for template, text in task.templates.items()
    }


def with_rewordings(tasks: Mapping[str, Task]) -> dict[str, Task]:
    """Each task, followed by its rewordings."""
    return {key: each for name, task in tasks.items() for key, each in {name: task, **rewordings(name, task)}.items()}


def is_rewording(name: str) -> bool:
    """Whether a task of that name was made from a template of another."""
    return MARK in name
