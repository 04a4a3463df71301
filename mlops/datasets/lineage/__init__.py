"""From a data set to the models, and back."""
