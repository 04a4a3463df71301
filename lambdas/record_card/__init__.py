"""The model card, kept with the version that was registered."""
