"""Predictions become visible: the one place that writes them where people read them."""
