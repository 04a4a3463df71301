"""What versions of the clinical model are compared by stays what it is, whatever else of the seed code moves."""

from dataclasses import asdict

from adherence import settings
from adherence.features.features import definition_hash
from adherence.supply.definition import label_hash


def test_the_hash_of_the_features_stays() -> None:
    """A new value means that models trained so far are not comparable any more: set it where that is meant."""
    assert definition_hash() == "ce92e93c76df7f17f94eb5e2a53a04fcd4113f099b4c762abe41c35ed86e0d2a"


def test_the_hash_of_the_label_stays() -> None:
    """The same of the label, on every Python that jobs have."""
    assert label_hash(asdict(settings.load())) == "fe062b49404ca313e001c4638d4709b495b58d6938bc1f07054b19c9afec63e3"
