"""The leaderboard as one self-contained page: sections turn Results into plain cells, templates draw them."""

from mtlbench.report.html.page import render_page, write_page

__all__ = ["render_page", "write_page"]
