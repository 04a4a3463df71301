"""Which texts of a column may be named in reports, pages and mails: those of the segment, where enough rows have them.

Of any other column nobody has said what its texts are: they are numbered, or spoken of as "one of its values".
"""

from collections.abc import Sequence

from mlops.monitoring.quality import SMALLEST_CELL

SEGMENT = "brand"


def may_name(feature: str, rows: float) -> bool:
    """Whether a text of this column, which so many rows have, may be named."""
    return feature == SEGMENT and rows >= SMALLEST_CELL


def labels(feature: str, texts: Sequence[str]) -> list[str]:
    """Texts that enough rows have, as a page shows them."""
    return [text if feature == SEGMENT else f"value {place}" for place, text in enumerate(texts, 1)]
