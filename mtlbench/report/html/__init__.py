"""The leaderboard as one self-contained page or a site: sections turn Results into plain cells, templates draw them."""

from mtlbench.report.html.material import Material, read_material
from mtlbench.report.html.page import render_page, render_sections, write_page, write_site

__all__ = ["Material", "read_material", "render_page", "render_sections", "write_page", "write_site"]
