"""Leaderboards of many runs: of several machines and times, ranked together where they can be and shown apart elsewhere."""

from mtlbench.board.entry import export_records
from mtlbench.board.site import publish

__all__ = ["export_records", "publish"]
