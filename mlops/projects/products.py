"""The products: every kind of project that the catalog offers, a row each.

A new product is its row here, with the versions in cdk.json where they are not the defaults; ``make assembly`` does the rest.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """What is offered: ``key`` is the template's name on the command line, ``title`` and ``about`` are what the catalog shows."""

    key: str
    title: str
    about: str
    trains: bool = True
    infers: bool = True


DEFAULT = "ml-project"  # of the command line
PRODUCTS: tuple[Product, ...] = (
    Product(DEFAULT, "ML project", "Training, batch inference, monitoring, registry and delivery of one model"),
    Product(
        "training-only",
        "Training only",
        "Training, registry and delivery; another project or account does the inference",
        infers=False,
    ),
    Product(
        "inference-only",
        "Batch inference only",
        "Batch inference and monitoring of a model package group that lives elsewhere",
        trains=False,
    ),
)


def titles() -> dict[str, str]:
    """Key -> the product's name in Service Catalog, in the table's order."""
    return {product.key: product.title for product in PRODUCTS}
