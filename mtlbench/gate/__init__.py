"""The gate: a run × a stored baseline → a verdict (`gate.gate`), and storing a baseline (`update.update_baseline`)."""
