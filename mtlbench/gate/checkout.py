"""The git checkout that a folder lies in: its commit, and whether tracked files differ from it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """`changed` are the tracked files that differ from the commit, relative to the checkout's root."""

    commit: str
    changed: tuple[str, ...]


def find_checkout(folder: Path) -> Checkout | None:
    """The checkout around a folder that need not exist yet, itself not counted among the changes; None outside of git."""
    around = next(parent for parent in [folder.resolve(), *folder.resolve().parents] if parent.is_dir())
    commit, root = _git(around, "rev-parse", "HEAD"), _git(around, "rev-parse", "--show-toplevel")
    if commit is None or root is None:
        return None
    changed = (_git(around, "diff", "--name-only", "-z", "HEAD", "--", ":/") or "").rstrip("\0").split("\0")
    own = folder.resolve()
    return Checkout(commit, tuple(name for name in changed if name and not (Path(root) / name).is_relative_to(own)))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails, or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return None
    return done.stdout.rstrip("\n") if done.returncode == 0 else None
