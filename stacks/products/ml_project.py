"""Product *ML project*."""

from stacks.products.base import Product


class MlProject(Product):
    """Training, batch inference, monitoring, registry and delivery of one model."""

    key, title = "ml-project", "ML project"
    about = "Training, batch inference, monitoring, registry and delivery of one model"
