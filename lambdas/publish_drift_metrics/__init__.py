"""A batch's reports as metrics, and in short for the drift policy."""
