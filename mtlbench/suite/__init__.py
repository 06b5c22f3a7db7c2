"""Suite files: what they may say, how they are read, and how their faults are told."""
