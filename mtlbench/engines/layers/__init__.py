"""Layers that stand in for a network's own."""
