"""What somebody says who deletes a project: why, and what goes beside its stack; the text of an SSM parameter.

Where it has anything to go, the parameter stays until that is gone, so that whoever was interrupted, or somebody else, can finish it.
"""

import json
from typing import NamedTuple

PREDICTIONS, DATASETS, MODELS, AUDIT, REPOSITORY = "predictions", "datasets", "models", "audit", "repository"
# what a project's data bucket holds, by what people call it; whatever else lies there goes with the bucket alone
IN_DATA = {PREDICTIONS: ("predictions/", "quality/"), DATASETS: ("datasets/", "features/"), AUDIT: ("requests/",)}
CHOICES = (PREDICTIONS, MODELS, DATASETS, AUDIT)  # that a person keeps or not; the repository has an option of its own


class Deletion(NamedTuple):
    """A reason, and what goes beside the stack, in the words above; nothing where nobody has said so."""

    reason: str
    beside: tuple[str, ...] = ()

    def text(self) -> str:
        """As it is written down."""
        return json.dumps({"reason": self.reason, "beside": sorted(self.beside)})

    @property
    def whole_data_bucket(self) -> bool:
        """Whether nothing of the data bucket stays."""
        return set(IN_DATA) <= set(self.beside)


def read(text: str) -> Deletion:
    """What was written down; any other text is a reason and no more."""
    try:
        content = json.loads(text)
        beside = tuple(sorted(str(it) for it in content["beside"]))
        if set(beside) <= {*CHOICES, REPOSITORY}:
            return Deletion(str(content["reason"]), beside)
    except (ValueError, KeyError, TypeError):
        pass
    return Deletion(text)
