"""The demo: the whole ML story on an embedded AWS of its own."""
