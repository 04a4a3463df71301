"""Product *Batch inference only*."""

from stacks.products.base import Product


class InferenceOnly(Product):
    """Batch inference and monitoring of a model package group that lives elsewhere."""

    key, title = "inference-only", "Batch inference only"
    about = "Batch inference and monitoring of a model package group that lives elsewhere"
    trains = False
