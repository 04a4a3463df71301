"""Tables of the demo's report: how its numbers are written."""

from collections.abc import Sequence

from mlops.pages import page
from mlops.pages.page import Html

Cell = str | float | int | None


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, left: bool = False) -> Html:
    """A table; numbers with three decimals, counts with separators, None as a dash; ``left`` aligns text columns left."""
    numbers = () if left else range(1, len(columns))
    return page.table(columns, [[_shown(cell) for cell in row] for row in rows], numbers=numbers)


def _shown(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else value
