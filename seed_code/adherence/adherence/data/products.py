"""Which product a fill is of: by brand, or else by its RxNorm or NDC code and the dictionary of brands."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Texts = npt.NDArray[np.object_]


def complete(fills: pd.DataFrame, dictionary: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Fills with brand, ingredient and drug_class filled in where codes and dictionary tell them; and what was filled in, counted.

    A code that the dictionary does not know (or that stands for several brands) is a product of its own, named by the code.
    """
    counts: dict[str, int] = {}
    columns: dict[str, Texts] = {
        name: fills[name].to_numpy(dtype=object) for name in ("brand", "ingredient", "drug_class")
    }
    for code in ("rxcui", "ndc"):
        if code in fills:
            columns["brand"], found = _by_code(columns["brand"], fills[code].to_numpy(dtype=object), code, dictionary)
            counts[f"fills.csv: brand taken from {code}"] = found
    for name in ("ingredient", "drug_class"):
        known = dict(zip(dictionary["brand"], dictionary[name], strict=True))
        columns[name], found = _by_brand(columns[name], columns["brand"], known)
        counts[f"fills.csv: {name} taken from the dictionary of brands"] = found
    if "ndc" in fills:
        ndc = fills["ndc"].to_numpy(dtype=object)
        position, unique = pd.factorize(ndc)
        odd = np.array([bool(value) and not (len(value) == 11 and value.isdigit()) for value in unique], dtype=bool)
        counts["fills.csv: ndc is not 11 digits (a leading zero may be lost)"] = (
            int(odd[position].sum()) if len(ndc) else 0
        )
    return fills.assign(
        **{name: pd.Series(values, index=fills.index, dtype=object) for name, values in columns.items()}
    ), counts


def _by_code(brand: Texts, code: Texts, kind: str, dictionary: pd.DataFrame) -> tuple[Texts, int]:
    wanted = np.nonzero((brand == "") & (code != ""))[0]
    if len(wanted) == 0:
        return brand, 0
    names: Mapping[str, str] = {}
    if kind in dictionary:
        single = dictionary[(dictionary[kind] != "") & ~dictionary[kind].duplicated(keep=False)]
        names = dict(zip(single[kind], single["brand"], strict=True))
    result = brand.copy()
    result[wanted] = [names.get(value, f"{kind} {value}") for value in code[wanted]]
    return result, len(wanted)


def _by_brand(values: Texts, brand: Texts, known: Mapping[Any, Any]) -> tuple[Texts, int]:
    wanted = np.nonzero(values == "")[0]
    if len(wanted) == 0:
        return values, 0
    result = values.copy()
    result[wanted] = [known.get(name, "") for name in brand[wanted]]
    return result, int((result[wanted] != "").sum())
