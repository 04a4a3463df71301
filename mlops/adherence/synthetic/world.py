"""A simulated world, and the CSV extracts that a data owner would deliver from it on some day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from mlops.adherence.synthetic import catalog
from mlops.adherence.synthetic.catalog import Catalog
from mlops.adherence.synthetic.chance import Chance, Floats, Ints
from mlops.adherence.synthetic.dispensing import Change, Fills, dispense
from mlops.adherence.synthetic.drift import Drift
from mlops.adherence.synthetic.patients import PAYERS, REGIONS, Patients, make_patients

_FAR = 10**6
_TEST_INTERVAL = 110  # days between HbA1c tests, on average


@dataclass(frozen=True)
class World:
    """Patients and all their fills; days count from ``start``."""

    seed: int
    start: date
    end: date
    drift: Drift | None
    catalog: Catalog
    patients: Patients
    fills: Fills

    def extract(self, as_of: date, folder: Path, history_start: date | None = None) -> dict[str, int]:
        """Write what was known on ``as_of`` as CSV tables (adherence data format); returns rows per table."""
        first = 0 if history_start is None else max(0, (history_start - self.start).days)
        tables = Tables(self, (as_of - self.start).days, first).all()
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            options = pyarrow.csv.WriteOptions(quoting_style="needed")
            pyarrow.csv.write_csv(table, folder / f"{name}.csv", options)
        return {name: table.num_rows for name, table in tables.items()}


def simulate(
    patients: int, seed: int, start: date = date(2021, 1, 1), end: date = date(2025, 6, 30), drift: Drift | None = None
) -> World:
    """Simulate ``patients`` diabetic patients; the same arguments give the same bytes.

    Before ``drift.start`` the world is identical to the one without drift.
    """
    brands, chance, last_day = catalog.load(), Chance(seed), (end - start).days
    people = make_patients(chance, patients, last_day, start.year)
    fills = dispense(chance, brands, people, last_day, _change(drift, start, brands))
    return World(seed, start, end, drift, brands, people, fills)


def _change(drift: Drift | None, start: date, brands: Catalog) -> Change:
    if drift is None:
        return Change()
    names = list(brands.table["brand"])
    return Change(
        day=(drift.start - start).days,
        copay_factor=1 + 2 * drift.strength_of("copay-reset"),
        switch_logit=4.5 * drift.strength_of("formulary-switch"),
        switched_brands=tuple(names.index(name) for name in ("Januvia", "Jardiance")),
        new_brand_share=drift.strength_of("new-brand"),
    )


class Tables:
    """The tables of one extract: nothing later than ``last`` is in them."""

    def __init__(self, world: World, last: int, first: int) -> None:
        self._world, self._last, self._first = world, last, first
        self._chance = Chance(world.seed)
        self._ids = np.arange(len(world.patients), dtype=np.int64)
        known = (world.patients.enrol_start <= last) & (world.patients.enrol_end >= first)
        self._known = known & ~self._left_for_age_shift()

    def all(self) -> dict[str, pa.Table]:
        """Table name -> table."""
        makers: Mapping[str, Callable[[], pa.Table]] = {
            "patients": self._patients,
            "fills": self._fills,
            "enrolment": self._enrolment,
            "labs": self._labs,
            "stays": self._stays,
            "brands": self._brands,
        }
        return {name: make() for name, make in makers.items()}

    def _drift(self, scenario: str) -> float:
        drift = self._world.drift
        if drift is None or self._last < (drift.start - self._world.start).days:
            return 0.0
        return drift.strength_of(scenario)

    def _left_for_age_shift(self) -> np.ndarray:
        age = self._world.start.year + self._last / 365.25 - self._world.patients.birth_year
        leaving = self._chance.uniform("age-shift", self._ids) < 0.8 * self._drift("age-shift")
        return np.asarray(leaving & (age < 66))

    def _patient_ids(self, patient: Ints) -> np.ndarray:
        return np.char.add("P", np.char.zfill(patient.astype(str), 7))

    def _dates(self, days: Ints, unknown: np.ndarray | None = None) -> pa.Array:
        origin = np.datetime64(self._world.start, "D")
        return pa.array((origin + days.astype("timedelta64[D]")).astype("datetime64[D]"), mask=unknown)

    def _patients(self) -> pa.Table:
        it, ids = self._world.patients, self._ids[self._known]
        region = np.array(REGIONS)[self._chance.choice("region", ids, np.ones(len(REGIONS)))]
        sex = np.where(self._chance.uniform("sex-unknown", ids) < 0.004, "U", np.where(it.female[ids] > 0, "F", "M"))
        return pa.table(
            {
                "patient_id": self._patient_ids(ids),
                "birth_year": it.birth_year[ids],
                "sex": sex,
                "payer": np.array(PAYERS)[it.payer[ids]],
                "region": region,
                "depression": it.depression[ids].astype(np.int64),
                "n_comorbidities": it.comorbidities[ids],
                "n_chronic_meds": it.chronic_meds[ids],
                "death_date": pa.nulls(len(ids), pa.date32()),
            }
        )

    def _enrolment(self) -> pa.Table:
        it, ids = self._world.patients, self._ids[self._known]
        begin = np.maximum(it.enrol_start[ids], 0)
        return pa.table(
            {
                "patient_id": self._patient_ids(ids),
                "enrol_start": self._dates(begin),
                "enrol_end": self._dates(np.minimum(it.enrol_end[ids], self._last)),
            }
        )

    def _fills(self) -> pa.Table:
        frame = self._recorded_fills()
        brand = frame["brand_index"].to_numpy()
        names = self._world.catalog.table
        columns = {
            "fill_id": np.char.add("F", np.char.zfill(np.arange(len(frame)).astype(str), 9)),
            "patient_id": self._patient_ids(frame["patient"].to_numpy()),
            "fill_date": self._dates(frame["day"].to_numpy()),
            "brand": names["brand"].to_numpy(dtype=object)[brand],
            "ingredient": names["ingredient"].to_numpy(dtype=object)[brand],
            "drug_class": names["drug_class"].to_numpy(dtype=object)[brand],
            "days_supply": pa.array(frame["days_supply"].to_numpy(), mask=frame["no_supply"].to_numpy()),
            "copay": pa.array(np.round(frame["copay"].to_numpy(), 2), mask=frame["no_copay"].to_numpy()),
            "refills_remaining": frame["refills_remaining"].to_numpy(),
            "fill_number": frame["number"].to_numpy(),
            "channel": np.where(frame["mail"].to_numpy() > 0, "mail", "retail"),
            "status": np.where(frame["reversed"].to_numpy(), "reversed", "paid"),
        }
        return pa.table(columns)

    def _recorded_fills(self) -> pd.DataFrame:
        """Fills as a pharmacy system records them: some on two lines, some reversed, some without days supply."""
        it, people = self._world.fills, self._world.patients
        seen = (it.day >= self._first) & (it.day <= self._last) & (it.day <= people.enrol_end[it.patient])
        seen &= self._known[it.patient]
        names = ("patient", "day", "days_supply", "copay", "number", "refills_remaining", "mail", "line")
        frame = pd.DataFrame({name: getattr(it, name)[seen] for name in names} | {"brand_index": it.brand[seen]})
        subject = frame["patient"].to_numpy() * 12 + frame["line"].to_numpy()
        step = frame["number"].to_numpy()
        insulin = np.char.find(self._world.catalog.table["drug_class"].to_numpy(dtype=str), "insulin") >= 0
        frame["no_supply"] = insulin[frame["brand_index"]] & (self._chance.uniform("no-supply", subject, step) < 0.015)
        frame["no_copay"] = self._chance.uniform("no-copay", subject, step) < self._missing_copay(
            frame["day"].to_numpy()
        )
        frame["reversed"] = False
        split = (frame["days_supply"] >= 84) & (self._chance.uniform("split", subject, step) < 0.01)
        reversal = self._chance.uniform("reversal", subject, step) < 0.008
        parts = [frame, frame[split].assign(days_supply=28, copay=0.0), frame[reversal].assign(reversed=True)]
        parts[0].loc[split, "days_supply"] -= 28
        return pd.concat(parts).sort_values(
            ["day", "patient", "brand_index", "reversed", "days_supply"], kind="stable", ignore_index=True
        )

    def _missing_copay(self, day: Ints) -> Floats:
        drift = self._world.drift
        begins = (drift.start - self._world.start).days if drift else _FAR
        return np.asarray(0.002 + self._drift("missing-column") * (day >= begins), dtype=np.float64)

    def _labs(self) -> pa.Table:
        patient, day, value = self._tests()
        mmol = (self._drift("unit-change") > 0) & (day >= self._drift_day())
        mmol &= self._chance.uniform("unit", patient, day) < self._drift("unit-change")
        shown = np.where(mmol, np.round((value - 2.15) * 10.929), value)  # IFCC master equation
        return pa.table(
            {
                "patient_id": self._patient_ids(patient),
                "lab_date": self._dates(day),
                "loinc": np.full(len(patient), "4548-4", dtype=object),
                "value": shown,
                "unit": np.where(mmol, "mmol/mol", "%"),
            }
        )

    def _drift_day(self) -> int:
        return (self._world.drift.start - self._world.start).days if self._world.drift else _FAR

    def _tests(self) -> tuple[Ints, Ints, Floats]:
        """HbA1c tests: (patient, day, per cent)."""
        count = int(np.ceil((self._world.end - self._world.start).days / _TEST_INTERVAL)) + 1
        patient, number = np.repeat(self._ids, count), np.tile(np.arange(count), len(self._ids))
        jitter = self._chance.uniform("test-day", patient, number)
        day = np.floor((number - 1 + jitter + self._chance.uniform("test-phase", patient)) * _TEST_INTERVAL).astype(
            np.int64
        )
        it = self._world.patients
        seen = self._known[patient] & (day >= np.maximum(it.enrol_start[patient], self._first))
        seen &= (day <= np.minimum(it.enrol_end[patient], self._last)) & (
            self._chance.uniform("tested", patient, number) < 0.75
        )
        patient, day, number = patient[seen], day[seen], number[seen]
        value = np.round(np.clip(it.hba1c[patient] + 0.35 * self._chance.normal("test", patient, number), 4.5, 15.0), 1)
        order = np.lexsort((patient, day))
        return patient[order], day[order], value[order]

    def _stays(self) -> pa.Table:
        it = self._world.patients
        patient, number = np.nonzero(
            (it.stay_start >= self._first) & (it.stay_start <= self._last) & self._known[:, None]
        )
        begin, end = it.stay_start[patient, number], it.stay_end[patient, number]
        order = np.lexsort((patient, begin))
        patient, begin, end = patient[order], begin[order], end[order]
        return pa.table(
            {
                "patient_id": self._patient_ids(patient),
                "admit_date": self._dates(begin),
                "discharge_date": self._dates(end, end > self._last),
            }
        )

    def _brands(self) -> pa.Table:
        table = self._world.catalog.table
        shown = table if self._drift("new-brand") > 0 else table.iloc[:-1]
        names = ["brand", "ingredient", "drug_class", "atc", "route"]
        columns = {name: shown[name].to_numpy(dtype=object) for name in names}
        columns["default_days_supply"] = shown["short_supply"].to_numpy()
        columns["rxcui"] = shown["rxcui"].to_numpy(dtype=object)
        return pa.table(columns)
