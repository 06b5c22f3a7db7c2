"""Everything about a suite that can be known before a model is loaded, every fault told at once."""

from mtlbench.checking.check import Checked, LoadedSuite, check_suite, load_suite

__all__ = ["Checked", "LoadedSuite", "check_suite", "load_suite"]
