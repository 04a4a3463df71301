"""Brands with their published 12-month persistence (brands.csv names each figure's source) and the solved intercepts."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from mlops.adherence.synthetic.chance import Floats, Ints

NEW_BRAND = "Glycentra"  # fictitious: appears in the drift scenario new-brand only


@dataclass(frozen=True)
class Catalog:
    """Arrays over brands; the last brand is the new one, which nobody takes unless a scenario introduces it."""

    table: pd.DataFrame
    alpha: Floats

    def column(self, name: str) -> Floats:
        """One numeric column."""
        return self.table[name].to_numpy(dtype=np.float64)

    @property
    def class_code(self) -> Ints:
        """Number of each brand's drug class."""
        return pd.factorize(self.table["drug_class"])[0].astype(np.int64)

    @property
    def new_brand(self) -> int:
        """Index of the new brand."""
        return len(self.table) - 1


@cache
def load(alpha: tuple[float, ...] | None = None) -> Catalog:
    """The catalogue; ``alpha`` overrides the solved intercepts (while solving them)."""
    here = files("mlops.adherence.synthetic")
    with here.joinpath("brands.csv").open() as source:
        table = pd.read_csv(source, dtype={"rxcui": str}, keep_default_na=False)
    new = table[table["brand"] == "Jardiance"].assign(brand=NEW_BRAND, ingredient="glycentra", rxcui="", weight=0)
    table = pd.concat([table, new], ignore_index=True)
    solved = json.loads(here.joinpath("alpha.json").read_text()) if alpha is None else {}
    values = [solved[name] for name in table["brand"][:-1]] if alpha is None else list(alpha)
    jardiance = int(table.index[table["brand"] == "Jardiance"][0])
    return Catalog(table, np.array([*values, values[jardiance]]))
