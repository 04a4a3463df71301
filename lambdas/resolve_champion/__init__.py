"""The version that a new one must not be worse than."""
