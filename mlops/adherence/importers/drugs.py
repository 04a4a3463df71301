"""Which glucose-lowering product a drug's name means, by the shipped dictionary of brands."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_BRACKET = re.compile(r"\[([^\[\]]+)\]\s*$")


@dataclass(frozen=True)
class Drug:
    """A product as the fills name it."""

    brand: str
    ingredient: str
    drug_class: str
    atc: str = ""
    route: str = ""
    default_days_supply: str = ""
    rxcui: str = ""


@cache
def dictionary() -> dict[str, Drug]:
    """Brand in lower case -> drug."""
    with files("mlops.adherence.synthetic").joinpath("brands.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {row["brand"].lower(): _drug(row) for row in rows}


def _drug(row: dict[str, str]) -> Drug:
    names = ("brand", "ingredient", "drug_class", "atc", "route", "rxcui")
    return Drug(**{name: row[name] for name in names}, default_days_supply=row["short_supply"])


@cache
def _ingredients() -> dict[str, Drug]:
    found: dict[str, Drug] = {}
    for drug in dictionary().values():
        found.setdefault(drug.ingredient.lower(), drug)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


@lru_cache(10_000)  # vocabularies have millions of names, a source uses few
def identify(text: str) -> Drug | None:
    """The drug that a description names; None where it is no glucose-lowering drug that we know.

    The brand is the trailing ``[Brand]``, else a brand that the text begins with, else ``generic <ingredient>``.
    """
    known, lower = dictionary(), text.lower()
    bracket = _BRACKET.search(text)
    if bracket and bracket.group(1).lower() in known:
        return known[bracket.group(1).lower()]
    contained = [drug for name, drug in _ingredients().items() if re.search(rf"\b{re.escape(name)}\b", lower)]
    if bracket:
        return _compound(bracket.group(1), contained) if contained else None
    starting = _longest(drug for name, drug in known.items() if re.match(rf"{re.escape(name)}\b", lower))
    if starting is not None:
        return starting
    return _compound("", contained) if contained else None


def _longest(found: Iterable[Drug]) -> Drug | None:
    return max(found, key=lambda drug: len(drug.brand), default=None)


def _compound(brand: str, parts: list[Drug]) -> Drug:
    """A product of one or several ingredients; the class of a combination is that of its newer part."""
    ingredient = " / ".join(sorted({part.ingredient for part in parts}))
    main = next((part for part in parts if part.ingredient != "metformin"), parts[0])
    alone = parts[0] if len(parts) == 1 else None
    return Drug(
        brand or f"generic {ingredient}",
        ingredient,
        main.drug_class,
        alone.atc if alone else "",
        main.route,
        main.default_days_supply,
        alone.rxcui if alone else "",
    )
