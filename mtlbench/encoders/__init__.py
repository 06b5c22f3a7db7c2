"""A shared encoder with one head for each task, as a transformers model: made, trained, saved and loaded like any other.

Importing this room imports torch; the rooms above it do so only where they load a model.
"""

from mtlbench.encoders.config import HeadConfig, MultitaskConfig
from mtlbench.encoders.heads import HEADS
from mtlbench.encoders.model import MultitaskEncoder, MultitaskOutput
from mtlbench.encoders.parsing import ParseScores
from mtlbench.encoders.words import first_tokens

__all__ = [
    "HEADS",
    "HeadConfig",
    "MultitaskConfig",
    "MultitaskEncoder",
    "MultitaskOutput",
    "ParseScores",
    "first_tokens",
]
