"""A user's own class: `FILE.py:CLASS` names one in a file beside the suite, which is run to get it."""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
import traceback
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from mtlbench.registry import nearest

_FORM = re.compile(r"(?P<file>.+\.py):(?P<name>\w+)")


@dataclass(frozen=True, slots=True)
class UserClass:
    """A class with where it came from. `file` is as the suite writes it; `digest` is of the file's text."""

    cls: type
    file: str
    digest: str

    def what(self, error: BaseException) -> str:
        """An error that the class raised, with the line of the user's file."""
        return _what(error, Path(sys.modules[self.cls.__module__].__file__ or self.file))


def is_user_class(name: str) -> bool:
    """Whether a name has the form `FILE.py:CLASS`."""
    return _FORM.fullmatch(name) is not None


def user_class(name: str, folder: Path, noun: str, base: type, home: str) -> UserClass:
    """The class that `FILE.py:CLASS` names, FILE being relative to `folder`.

    `noun` is what it shall be and `base`, which is imported from `home`, what such a class extends. Raises ValueError
    where there is no such file or class, or it is another thing.
    """
    parts = _FORM.fullmatch(name)
    if parts is None:
        raise ValueError(f"“{name}” is not of the form FILE.py:CLASS")
    file, wanted = parts["file"], parts["name"]
    try:
        source = (folder / file).read_bytes()
    except OSError as error:
        raise ValueError(f"the {noun}'s file {file} cannot be read: {error.strerror}") from error
    digest = sha256(source).hexdigest()[:12]
    module = _load((folder / file).resolve(), file, digest)
    cls = getattr(module, wanted, None)
    if cls is None:
        own = [key for key, value in vars(module).items() if isinstance(value, type) and value is not base]
        near = nearest(wanted, own)
        raise ValueError(f"{file} has no class {wanted}" + (f": did you mean {near}?" if near else ""))
    if not (isinstance(cls, type) and base in cls.__mro__ and cls is not base):
        raise ValueError(f"{wanted} in {file} is no {noun}: it must extend {home}.{base.__name__}")
    return UserClass(cls, file, digest)


@functools.lru_cache(maxsize=64)
def _load(path: Path, shown: str, digest: str) -> ModuleType:
    """The file as a module of its own, loaded anew when it has changed."""
    name = f"mtlbench_user_{sha256(str(path).encode()).hexdigest()[:8]}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(f"{shown} cannot be loaded: {_what(error, path)}") from error
    return module


def _what(error: BaseException, path: Path) -> str:
    """An error of the user's code, with the line of the user's file that it came from."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {message}" + (f" (line {line})" if line else "")
