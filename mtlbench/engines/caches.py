"""Keys and values that were read once and are gone on from several times."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def taken(cache: Any, take: Callable[[Tensor], Tensor]) -> Any:
    """A cache of what `take` makes of each layer's keys and values; what is read after it leaves the first as it is."""
    made = copy(cache)
    made.layers = [copy(layer) for layer in cache.layers]
    for layer in made.layers:
        layer.keys, layer.values = take(layer.keys), take(layer.values)
    return made
