"""A project's code and pipeline definitions, unpacked into its bucket."""
