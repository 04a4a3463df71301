"""The features, defined once as ibis expressions; compiled to SQL for DuckDB (one machine) and for Spark (many).

``python -m adherence.features.definition`` writes the SQL to ``adherence/features/sql/``; jobs run that text, so that they need no
ibis. Its tables hold what was on record as of each row's day (``asof.py``). Windows are bounded, so that a feature does not depend on
how long the data go back. All sums are over whole numbers: every engine, and every number of threads, gives the same bits.
"""

import sys
from pathlib import Path
from typing import Any

import ibis

from adherence.features.features import GENERATED, NUMERIC, PAYERS

SQL = Path(__file__).with_name("sql")
DIALECTS = ("duckdb", "pyspark")
_YEAR = 365
_WINDOWS = (30, 90, 180, _YEAR)
_PRIOR = 3  # refills on time that every patient is credited with: few refills tell little about the patient's habits
_OTHER_WINDOW = 30  # days before the run-out in which a new product of the class counts as a switch

SERIES = ibis.table(
    {"series": "int32", "patient": "int32", "first_day": "int32", "kind": "int32", "drug": "int32"}, name="series"
)  # kind: drug class, drug: ingredient, as numbers; all days count from 1970-01-01
ROWS = ibis.table(
    {
        "row": "int32",
        "series": "int32",
        "patient": "int32",
        "kind": "int32",
        "drug": "int32",
        "day": "int32",
        "known": "int32",  # the last day whose records were available
        "first_day": "int32",  # of the series
        "number": "int32",  # of the series' last fill, from 1
        "run_out": "int32",
        # the last fill, and the one before (null for a first fill)
        "fill_day": "int32",
        "days_supply": "int32",
        "imputed": "boolean",
        "late": "int32",  # days after the run-out before
        "copay_month": "float64",
        "refills_remaining": "float64",
        "fill_number": "float64",
        "mail": "float64",
        "before_supply": "int32",
        "before_copay": "float64",
        # sums over windows that end on ``known``: days or the last three fills; days late of a refill are cut to -60..90
        **{f"covered_{days}": "int32" for days in _WINDOWS},
        **{f"fills_{days}": "int32" for days in (180, _YEAR)},
        **{f"{sum_}_{window}": "int32" for window in (3, _YEAR) for sum_ in ("late", "refills")},
        "slow_365": "int32",  # refills more than a week late
        **{f"patient_{sum_}_{window}": "int32" for window in (_YEAR, 730) for sum_ in ("late", "refills")},
        "patient_slow_730": "int32",
        **{f"patient_lapses_{window}": "int32" for window in (_YEAR, 730)},  # gaps that became longer than permissible
        # other series that are active on ``day``
        "others": "int32",
        "class_others": "int32",
        "others_overdue": "int32",  # the most days that one is without supply
        # HbA1c in the last year: the newest (per cent), its day, days with a test, and their sum in thousandths
        "hba1c": "float64",
        "hba1c_day": "int32",
        "hba1c_tests": "int32",
        "hba1c_total": "int64",
    },
    name="rows",
)
STAYS = ibis.table({"patient": "int32", "admit": "int32", "discharge": "int32"}, name="stays")
PATIENTS = ibis.table(
    {
        "patient": "int32",
        "birth_year": "int32",
        "female": "float64",
        "depression": "float64",
        "n_comorbidities": "float64",
        "n_chronic_meds": "float64",
        "payer": "string",  # null where unknown
    },
    name="patients",
)


def features() -> Any:
    """One row per index row, in any order: ``row`` and the columns NUMERIC."""
    joined = ROWS.join(people(), "patient")
    for part in (related_drugs(), stays()):
        named = part.rename(part_row="row")
        joined = _but(joined.left_join(named, joined.row == named.part_row), "part_row")
    made = joined.mutate(
        **supply(joined),
        **refills(joined),
        **costs(joined),
        other_active=joined.others,
        same_class_active=joined.class_others,
        other_overdue=joined.others_overdue,
        related_started=joined.related_started.fill_null(False),
        related_before=joined.related_before.fill_null(False),
        recent_stay=joined.recent_stay.fill_null(False),
        hba1c_mean=joined.hba1c_total / (joined.hba1c_tests.nullif(0) * 1000).cast("float64"),
        hba1c_age=joined.day - joined.hba1c_day,
        age=_civil(joined.day)[0] - joined.birth_year,
    )
    return made.select("row", **{name: made[name].cast("float64") for name in NUMERIC})


def _but(table: Any, *names: str) -> Any:
    """The other columns, by name: ``drop`` compiles to EXCLUDE, whose order depends on the interpreter's hash seed."""
    return table.select(*(name for name in table.columns if name not in names))


def _mean(total: Any, count: Any) -> Any:
    return total / count.nullif(0).cast("float64")


def people() -> Any:
    """Patients, the payer as one column each."""
    payers = {f"payer_{payer}": (PATIENTS.payer == payer).cast("float64") for payer in PAYERS}
    return _but(PATIENTS.mutate(**payers), "payer")


def supply(row: Any) -> dict[str, Any]:
    """What is left, what the last fill gave, and the share of covered days since the first fill or in a window."""
    observed = row.known - row.first_day
    shares = {
        f"pdc_{days}": row[f"covered_{days}"] / ibis.greatest(1, ibis.least(days, observed)).cast("float64")
        for days in _WINDOWS
    }
    return shares | {
        "days_left": (row.run_out - row.day).clip(-_YEAR, _YEAR),
        "days_since_fill": row.day - row.fill_day,
        "last_days_supply": row.days_supply,
        "days_supply_change": row.days_supply - row.before_supply,
        "supply_imputed": row.imputed,
    }


def refills(row: Any) -> dict[str, Any]:
    """How late refills come: of the brand, and of all the patient's brands."""
    return {
        "fill_number": row.fill_number.clip(0, 24),
        "first_fill": row.number == 1,
        "second_fill": row.number == 2,
        "late_last": row.late.clip(-60, 90),
        "late_mean_3": _mean(row.late_3, row.refills_3),
        "late_mean_365": _mean(row.late_365, row.refills_365),
        "late_share_365": row.slow_365 / ibis.greatest(row.fills_365, 1).cast("float64"),
        "patient_late_mean": _mean(row.patient_late_365, row.patient_refills_365),
        "patient_late_mean_730": _mean(row.patient_late_730, row.patient_refills_730),
        "patient_refills": row.patient_refills_365,
        "patient_lapses": row.patient_lapses_365,
        "patient_refills_730": row.patient_refills_730,
        "patient_late_share_730": row.patient_slow_730 / (row.patient_refills_730 + _PRIOR).cast("float64"),
        "patient_lapses_730": row.patient_lapses_730,
    }


def costs(row: Any) -> dict[str, Any]:
    """The copay's change, and whether the next refill meets a new year's deductible."""
    return {
        "copay_change": ((row.copay_month + 1) / (row.before_copay + 1)).clip(0.1, 10.0),
        "reset_months": _civil(row.run_out)[1] <= 2,
    }


def _civil(day: Any) -> tuple[Any, Any]:
    """(year, month) of a day number by whole-number arithmetic (Hinnant 2013), which all engines share."""
    shifted = day + 719468
    era = shifted // 146097
    of_era = shifted - era * 146097
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march = (5 * of_year + 2) // 153
    month = ibis.ifelse(march < 10, march + 3, march - 9)
    return year_of_era + era * 400 + ibis.ifelse(month <= 2, 1, 0), month


def related_drugs() -> Any:
    """Other products of the same ingredient or class: first filled around the run-out (perhaps a switch), or in the year before."""
    other = SERIES.select(other="series", whose="patient", other_day="first_day", other_kind="kind", other_drug="drug")
    mine = ROWS.select("row", "patient", "series", "known", "run_out", "kind", "drug")
    pairs = mine.join(
        other,
        [
            mine.patient == other.whose,
            mine.series != other.other,
            other.other_day <= mine.known,
            other.other_day > mine.known - _YEAR,
            (mine.kind == other.other_kind) | (mine.drug == other.other_drug),
        ],
    )
    fresh = pairs.other_day >= pairs.run_out - _OTHER_WINDOW
    return pairs.group_by("row").aggregate(related_started=fresh.max(), related_before=(~fresh).max())


def stays() -> Any:
    """Whether the patient was in hospital in the last 90 days."""
    pairs = ROWS.select("row", "patient", "known").join(STAYS, "patient")
    pairs = pairs.filter((pairs.admit <= pairs.known) & (pairs.discharge > pairs.known - 90))
    return pairs.select("row").distinct().mutate(recent_stay=ibis.literal(True))


def sql(dialect: str) -> str:
    """The features as one statement of that dialect."""
    if dialect == "pyspark" and ibis.options.pyspark is None:
        ibis.options.pyspark = _SparkOptions()  # what loading the Spark backend would set; it needs pyspark only to run
    return str(ibis.to_sql(features(), dialect=dialect)) + "\n"


class _SparkOptions(ibis.config.Config):  # type: ignore[misc]  # ibis has no types
    treat_nan_as_null: bool = False


def main() -> int:
    """Write the SQL of all dialects."""
    SQL.mkdir(exist_ok=True)
    for dialect in DIALECTS:
        (SQL / f"features.{dialect}.sql").write_text(GENERATED + sql(dialect))
    return 0


if __name__ == "__main__":
    sys.exit(main())
