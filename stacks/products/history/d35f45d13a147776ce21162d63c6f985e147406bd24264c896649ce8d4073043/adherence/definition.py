"""The features, defined once as ibis expressions; compiled to SQL for DuckDB (one machine) and for Spark (many).

``python -m adherence.definition`` writes the SQL to ``adherence/sql/``; jobs run that text, so that they need no ibis. Windows are
bounded (at most a year), so that a feature's distribution does not depend on how long the data go back. All sums are over whole numbers:
every engine, and every number of threads, gives the same bits.
"""

import sys
from pathlib import Path
from typing import Any

import ibis
from ibis import _

from adherence.features import NUMERIC, PAYERS

SQL = Path(__file__).with_name("sql")
DIALECTS = ("duckdb", "pyspark")
_YEAR = 365
_WINDOWS = (30, 90, 180, _YEAR)
_OTHER_WINDOW = 30  # days before the run-out in which a new product of the class counts as a switch

FILLS = ibis.table(
    {
        "fill": "int32",  # number of the fill; also its place in the order of (series, day)
        "series": "int32",
        "patient": "int32",
        "day": "int32",  # all days count from 1970-01-01
        "days_supply": "int32",
        "imputed": "boolean",
        "begin": "int32",  # first day on which its supply is used
        "end": "int32",  # first day on which it is not used any more: the run-out, or earlier where carried supply exceeds the cap
        "run_out": "int32",
        "late": "int32",  # days after the run-out before; null for a first fill
        "lapse": "int32",  # day on which the permissible gap ended without a refill; null where there was one
        "copay_month": "float64",
        "refills_remaining": "float64",
        "fill_number": "float64",
        "mail": "float64",
    },
    name="fills",
)
SERIES = ibis.table(
    {
        "series": "int32",
        "patient": "int32",
        "first_fill": "int32",
        "first_day": "int32",
        "kind": "int32",
        "drug": "int32",
    },
    name="series",
)  # kind: drug class, drug: ingredient, as numbers
ROWS = ibis.table(
    {
        "row": "int32",
        "series": "int32",
        "patient": "int32",
        "fill": "int32",
        "day": "int32",
        "known": "int32",
        "run_out": "int32",
    },
    name="rows",
)  # fill: the last one that was known; known: the last day whose records were available
LABS = ibis.table({"patient": "int32", "day": "int32", "value": "float64"}, name="labs")  # HbA1c in per cent
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
    joined = known_rows()
    for part in (own_fills(), habits(), other_drugs(), related_drugs(), hba1c(), stays()):
        named = part.rename(part_row="row")
        joined = joined.left_join(named, joined.row == named.part_row).drop("part_row")
    made = joined.mutate(
        **{
            f"pdc_{days}": joined[f"covered_{days}"]
            / ibis.greatest(1, ibis.least(days, joined.observed)).cast("float64")
            for days in _WINDOWS
        },
        late_mean_3=_mean(joined.sum_3, joined.count_3),
        late_mean_365=_mean(joined.sum_365, joined.count_365),
        late_share_365=joined.slow_365 / ibis.greatest(joined.fills_365, 1).cast("float64"),
        patient_late_mean=_mean(joined.patient_late, joined.patient_refills),
        related_started=joined.related_started.fill_null(False),
        related_before=joined.related_before.fill_null(False),
        recent_stay=joined.recent_stay.fill_null(0.0),
    )
    return made.select("row", **{name: made[name].cast("float64") for name in NUMERIC})


def own_fills() -> Any:
    """Sums over the fills of the row's own series in the last year."""
    fills = FILLS.join(SERIES.select("series", "first_day"), "series")
    pairs = ROWS.join(
        fills, [ROWS.series == fills.series, fills.fill <= ROWS.fill, fills.run_out > ROWS.known - _YEAR - 1]
    )
    late = pairs.late.clip(-60, 90)
    recent = pairs.day_right > pairs.known - _YEAR
    last = ibis.least(pairs.end, pairs.known)
    sums = {
        f"covered_{days}": ibis.greatest(
            0, last - ibis.greatest(pairs.begin, ibis.greatest(pairs.known - days, pairs.first_day))
        ).sum()
        for days in _WINDOWS
    }
    return pairs.group_by("row").aggregate(
        **sums,
        fills_180=(pairs.day_right > pairs.known - 180).sum(),
        fills_365=recent.sum(),
        sum_3=late.sum(where=pairs.fill - pairs.fill_right < 3),
        count_3=pairs.late.count(where=pairs.fill - pairs.fill_right < 3),
        sum_365=late.sum(where=recent),
        count_365=pairs.late.count(where=recent),
        slow_365=((pairs.late > 7).fill_null(False) & recent).sum(),
    )


def _mean(total: Any, count: Any) -> Any:
    return total / count.nullif(0).cast("float64")


def known_rows() -> Any:
    """What the last fill, its change against the one before, and the patient tell."""
    before = FILLS.select(
        before=FILLS.fill + 1, before_series="series", before_copay="copay_month", before_supply="days_supply"
    )
    joined = ROWS.join(FILLS.drop("series", "patient"), "fill").join(SERIES.drop("patient"), "series")
    joined = joined.join(PATIENTS, "patient")
    joined = joined.left_join(before, [joined.fill == before.before, joined.series == before.before_series])
    left = joined.run_out - joined.day
    names = ("copay_month", "refills_remaining", "mail", "female", "depression", "n_comorbidities", "n_chronic_meds")
    return joined.select(
        "row",
        *names,
        observed=joined.known - joined.first_day,
        days_left=left.clip(-_YEAR, _YEAR),
        days_since_fill=joined.day - joined.day_right,
        last_days_supply=joined.days_supply,
        days_supply_change=joined.days_supply - joined.before_supply,
        supply_imputed=joined.imputed,
        late_last=joined.late.clip(-60, 90),
        fill_number=joined.fill_number.clip(0, 24),
        first_fill=joined.fill == joined.first_fill,
        second_fill=joined.fill == joined.first_fill + 1,
        copay_change=((joined.copay_month + 1) / (joined.before_copay + 1)).clip(0.1, 10.0),
        reset_months=_civil(joined.run_out)[1] <= 2,
        age=_civil(joined.day)[0] - joined.birth_year,
        **{f"payer_{payer}": (joined.payer == payer).cast("float64") for payer in PAYERS},
    )


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


def habits() -> Any:
    """The patient's refills and lapses with all brands in the last year: one running window over fills, lapses and index dates."""
    filled = FILLS.select(
        "patient", "day", late=FILLS.late.clip(-60, 90), lapsed=ibis.literal(0, "int32"), row=ibis.null("int32")
    )
    lapsed = FILLS.filter(FILLS.lapse.notnull()).select(
        "patient", day="lapse", late=ibis.null("int32"), lapsed=ibis.literal(1, "int32"), row=ibis.null("int32")
    )
    asked = ROWS.select("patient", day="known", late=ibis.null("int32"), lapsed=ibis.literal(0, "int32"), row="row")
    events = ibis.union(ibis.union(filled, lapsed), asked)
    year = ibis.trailing_range_window(preceding=_YEAR - 1, group_by="patient", order_by="day")
    made = events.mutate(
        total=events.late.sum().over(year),
        refills=events.late.count().over(year),
        lapses=events.lapsed.sum().over(year),
    )
    made = made.filter(made.row.notnull())
    return made.select("row", patient_late=made.total, patient_refills=made.refills, patient_lapses=made.lapses)


def other_drugs() -> Any:
    """Other series of the patient that are active on the index date, and how many of the same class."""
    typed = ROWS.join(SERIES.select("series", "kind"), "series").select("row", "patient", "day", "kind")
    everything = ibis.window(group_by=[typed.patient, typed.day])
    same = ibis.window(group_by=[typed.patient, typed.day, typed.kind])
    return typed.select(
        "row",
        other_active=typed.row.count().over(everything) - 1,
        same_class_active=typed.row.count().over(same) - 1,
    )


def related_drugs() -> Any:
    """Other products of the same ingredient or class: first filled around the run-out (a switch may be under way), or before."""
    mine = ROWS.join(SERIES.select("series", "kind", "drug"), "series")
    other = SERIES.select(other="series", whose="patient", other_day="first_day", other_kind="kind", other_drug="drug")
    pairs = mine.join(
        other,
        [
            mine.patient == other.whose,
            mine.series != other.other,
            other.other_day <= mine.known,
            (mine.kind == other.other_kind) | (mine.drug == other.other_drug),
        ],
    )
    fresh = pairs.other_day >= pairs.run_out - _OTHER_WINDOW
    return pairs.group_by("row").aggregate(related_started=fresh.max(), related_before=(~fresh).max())


def hba1c() -> Any:
    """The newest HbA1c of the last year, its age in days, and the year's mean."""
    days = LABS.group_by("patient", "day").aggregate(value=_.value.max())
    pairs = ROWS.join(days.rename(lab_day="day"), "patient")
    pairs = pairs.filter((pairs.lab_day <= pairs.known) & (pairs.lab_day >= pairs.known - _YEAR))
    thousandths = (pairs.value * 1000).round().cast("int64")
    made = pairs.group_by("row", "day").aggregate(
        hba1c=pairs.value.argmax(pairs.lab_day),
        newest=pairs.lab_day.max(),
        total=thousandths.sum(),
        tests=pairs.value.count(),
    )
    mean = made.total / (made.tests * 1000).cast("float64")
    return made.select("row", "hba1c", hba1c_mean=mean, hba1c_age=made.day - made.newest)


def stays() -> Any:
    """Whether the patient was in hospital in the last 90 days."""
    pairs = ROWS.join(STAYS, "patient")
    pairs = pairs.filter((pairs.admit <= pairs.known) & (pairs.discharge > pairs.known - 90))
    return pairs.select("row").distinct().mutate(recent_stay=ibis.literal(1.0))


def sql(dialect: str) -> str:
    """The features as one statement of that dialect."""
    if dialect == "pyspark" and ibis.options.pyspark is None:
        ibis.options.pyspark = _SparkOptions()  # what loading the Spark backend would set; it needs pyspark only to run
    return str(ibis.to_sql(features(), dialect=dialect)) + "\n"


class _SparkOptions(ibis.config.Config):
    treat_nan_as_null: bool = False


def main() -> int:
    """Write the SQL of all dialects."""
    SQL.mkdir(exist_ok=True)
    for dialect in DIALECTS:
        (SQL / f"features.{dialect}.sql").write_text(sql(dialect))
    return 0


if __name__ == "__main__":
    sys.exit(main())
