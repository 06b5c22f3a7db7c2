"""Writes a small file and loads it, or tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtlbench.data import Dataset, load_data
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError

Load = Callable[..., Dataset]
Told = Callable[..., list[tuple[int | None, int | None, str]]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a file of this content, with these options of `data:`."""

    def loaded(name: str, content: str | bytes, **options: Any) -> Dataset:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return load_data(Data(path=name, **options), tmp_path)

    return loaded


@pytest.fixture
def told(load: Load) -> Told:
    """The faults of a file: line, column and message of each."""

    def faults(name: str, content: str | bytes, **options: Any) -> list[tuple[int | None, int | None, str]]:
        with pytest.raises(InputError) as raised:
            load(name, content, **options)
        places = [fault.place for fault in raised.value.faults]
        assert all(place is None or place.file.name == name for place in places)
        messages = [f"{fault.message} {fault.hint}".strip() for fault in raised.value.faults]
        spots = [(place.line, place.column) if place else (None, None) for place in places]
        return [(*spot, message) for spot, message in zip(spots, messages, strict=True)]

    return faults
