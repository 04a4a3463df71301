"""Whether two versions were measured on the same outcomes: those of the test rows that both have."""

import hashlib
from pathlib import Path

import pandas as pd

from adherence.features.dataset import KEYS

FILE = "rows.parquet"


def read(folder: Path) -> pd.DataFrame | None:
    """Keys and outcomes of the test rows in a folder; None where there are none."""
    path = folder / FILE
    return pd.read_parquet(path, columns=[*KEYS, "y"]) if path.is_file() else None


def digest(rows: pd.DataFrame) -> str:
    """Of which rows they are and of their outcomes, in any order."""
    lines = rows[[*KEYS, "y"]].astype(str).agg("\x1f".join, axis=1).sort_values()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def base_rate(rows: pd.DataFrame | None) -> float | None:
    """Share of the rows with an event; None where no rows are known."""
    return None if rows is None or rows.empty else float(rows["y"].mean())


def difference(rows: pd.DataFrame, others: pd.DataFrame, smallest: int) -> str:
    """Why the rows' outcomes are not those of the others; empty where they have rows in common, all with the same outcome."""
    both = rows[[*KEYS, "y"]].merge(others, on=KEYS, suffixes=("", "_other"))
    if both.empty:
        return f"none of its {len(others):,} test rows is among these {len(rows):,}"
    changed = int((both["y"] != both["y_other"]).sum())
    if not changed:
        return ""
    shown, common = (f"{count:,}" if count >= smallest else f"fewer than {smallest}" for count in (changed, len(both)))
    return f"{shown} of the {common} test rows in common have another outcome"
