"""MiniStack: the one place that imports it, and every patch of it."""
