"""A baseline read back from statistics.json and constraints.json, ours or Model Monitor's, with every value checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlops.errors import RefusedInput
from mlops.monitoring.limits import Limits, limits_of
from mlops.monitoring.sketch import Floats

VERSION = 0.0
TYPES = ("Integral", "Fractional", "Boolean", "String", "Unknown")


class _Damaged(ValueError):
    """What is wrong, in words of our own."""


@dataclass(frozen=True)
class Numbers:
    """Statistics of a numeric feature."""

    mean: float
    std: float
    levels: list[Floats]


@dataclass(frozen=True)
class Feature:
    """What the baseline knows of a feature and demands of it."""

    name: str
    type: str
    completeness: float
    non_negative: bool
    domain: frozenset[str] | None
    limits: Limits
    present: int
    numbers: Numbers | None
    categories: dict[str, int] | None


@dataclass(frozen=True)
class Baseline:
    """All features, and how many rows they were computed from."""

    rows: int
    features: dict[str, Feature]
    units: int | None = None

    @property
    def domains(self) -> dict[str, frozenset[str]]:
        """The texts whose counts a comparison needs, by feature."""
        features = self.features.values()
        return {item.name: (item.domain or frozenset()) | frozenset(item.categories or ()) for item in features}


def load(statistics: Path, constraints: Path) -> Baseline:
    """Read both files.

    Raises:
        RefusedInput: one is missing, damaged, of another version, or they do not belong together.
    """
    known, demanded = _read(statistics), _read(constraints)
    wanted, given = ({item["name"] for item in part["features"]} for part in (demanded, known))
    if wanted != given:
        odd = ", ".join(sorted(wanted ^ given)[:3])
        raise RefusedInput(
            f"{statistics.name} and {constraints.name} have different features ({odd}): they are of different baselines"
        )
    try:
        rows, units = int(known["dataset"]["item_count"]), known["dataset"].get("unit_count")
        config = demanded.get("monitoring_config", {})
        found = {item["name"]: item for item in known["features"]}
        features = {item["name"]: _feature(item, found[item["name"]], config) for item in demanded["features"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = str(error) if isinstance(error, _Damaged) else type(error).__name__  # another's text may quote a value
        raise RefusedInput(f"the baseline ({statistics.name}, {constraints.name}) is damaged: {reason}") from error
    return Baseline(rows, features, None if units is None else int(units))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise RefusedInput(f"baseline file {path} is missing: 'mlops monitor baseline' makes one") from None
    except (ValueError, OSError) as error:
        raise RefusedInput(f"baseline file {path.name} is damaged ({type(error).__name__})") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(item, dict) and "name" in item for item in features):
        raise RefusedInput(f"baseline file {path.name} is damaged: it has no list of features with names")
    if content.get("version", VERSION) != VERSION:
        raise RefusedInput(
            f"baseline file {path.name} has version {content['version']}; this analyzer reads {VERSION}: make it anew"
        )
    return dict(content)


def _feature(demanded: Mapping[str, Any], known: Mapping[str, Any], config: Mapping[str, Any]) -> Feature:
    name, kind = str(demanded["name"]), str(demanded["inferred_type"])
    if kind not in TYPES:
        raise _Damaged(f"feature {name} has an unknown type")
    numeric, text = known.get("numerical_statistics"), known.get("string_statistics")
    common = (numeric or text or {"common": {"num_present": 0}})["common"]
    domains = demanded.get("string_constraints", {}).get("domains")
    return Feature(
        name=name,
        type=kind,
        completeness=float(demanded.get("completeness", 0.0)),
        non_negative=bool(demanded.get("num_constraints", {}).get("is_non_negative", False)),
        domain=None if domains is None else frozenset(map(str, domains)),
        limits=limits_of(config, demanded.get("monitoringConfigOverrides", {}), name),
        present=int(common["num_present"]),
        numbers=_numbers(numeric, int(common["num_present"])) if numeric else None,
        categories=_categories(text) if text else None,
    )


def _numbers(content: Mapping[str, Any], present: int) -> Numbers:
    levels = [np.asarray(level, dtype=np.float64) for level in content["distribution"]["kll"]["sketch"]["data"]]
    weight = sum(len(level) << number for number, level in enumerate(levels))
    if weight != present or not all(np.isfinite(level).all() for level in levels):
        raise _Damaged(f"a sketch stands for {weight} of {present} values")
    return Numbers(float(content["mean"]), float(content["std_dev"]), levels)


def _categories(content: Mapping[str, Any]) -> dict[str, int] | None:
    buckets = content.get("distribution", {}).get("categorical", {}).get("buckets")
    return None if buckets is None else {str(bucket["value"]): int(bucket["count"]) for bucket in buckets}
