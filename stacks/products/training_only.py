"""Product *Training only*."""

from stacks.products.base import Product


class TrainingOnly(Product):
    """Training, registry and delivery; another project or account does the inference."""

    key, title = "training-only", "Training only"
    about = "Training, registry and delivery; another project or account does the inference"
    infers = False
