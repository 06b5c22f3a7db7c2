"""From a path in a suite to the one file it means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mtlbench.registry import nearest
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError


def locate(data: Data, base: Path, suffixes: Sequence[str]) -> tuple[Path, str]:
    """The file of rows, and its name for people: the path as the suite writes it, or, of an absolute one, the end."""
    written = Path(data.path or "")
    shown = written.name if written.is_absolute() else written.as_posix()
    path = base / written
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError as error:
        raise InputError(f"{shown} is no usable path: {error.strerror}") from None
    if is_folder:
        file = _in_folder(path, shown, data.split, suffixes)
        return file, f"{shown}/{file.name}"
    if not is_file:
        raise InputError(f"there is no file {shown}", hint=_near(path, written))
    if data.split is not None:
        raise InputError(f"`split:` goes with a folder or a Hub dataset; {shown} is a file")
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{shown} has no ending that says its format", hint=f"formats are {', '.join(suffixes)}")
    return path, shown


def _in_folder(folder: Path, shown: str, split: str | None, suffixes: Sequence[str]) -> Path:
    """The folder's file of a split. The split is compared with the names there, so it cannot lead out of the folder."""
    try:
        files = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in suffixes and entry.is_file())
    except OSError as error:
        raise InputError(f"the folder {shown} cannot be read: {error.strerror}") from None
    names = ", ".join(file.name for file in files)
    if not files:
        raise InputError(f"the folder {shown} holds no data files", hint=f"formats are {', '.join(suffixes)}")
    found = files if split is None else [file for file in files if file.stem == split]
    if len(found) == 1:
        return found[0]
    if split is None:
        raise InputError(f"the folder {shown} holds several files", hint=f"`split:` says which: {names}")
    if found:
        there = ", ".join(file.name for file in found)
        raise InputError(f"the folder {shown} holds the split “{split}” more than once: {there}")
    near = nearest(split, [file.stem for file in files])
    hint = f"did you mean “{near}”? it holds {names}" if near else f"it holds {names}"
    raise InputError(f"the folder {shown} holds no split “{split}”", hint=hint)


def _near(path: Path, written: Path) -> str:
    """What the user may have meant: the nearest name in the file's folder, or that the folder is missing too."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return "its folder is not there either"
    near = nearest(path.name, names)
    if near is None:
        return ""
    return f"did you mean {near if written.is_absolute() else (written.parent / near).as_posix()}?"
