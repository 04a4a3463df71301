"""The registry of data sets: versions, signed records about them, reviews."""
