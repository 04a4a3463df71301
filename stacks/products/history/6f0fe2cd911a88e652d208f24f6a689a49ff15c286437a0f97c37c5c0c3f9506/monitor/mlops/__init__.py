"""The MLOps platform: library and command line."""
