"""Whether a training may run, and who has started it."""
