"""Reports drawn from Results alone: the terminal, the progress of a run, the page."""
