"""The model version that a batch uses."""
