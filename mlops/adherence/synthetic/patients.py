"""Who the patients are: profile, enrolment, hidden frailty, hospital stays, HbA1c tests."""

from dataclasses import dataclass

import numpy as np

from mlops.adherence.synthetic.chance import Chance, Floats, Ints

PAYERS = ("commercial", "medicare", "medicaid", "cash")
_PAYER_WEIGHTS = np.array([0.46, 0.33, 0.16, 0.05])
REGIONS = ("CA", "FL", "IL", "MN", "NY", "OH", "TX", "WA")
STAYS = 3  # at most, per patient
_LEAD, _MEAN_ENROLMENT, _SHORTEST = 1500, 1500.0, 240  # days


@dataclass(frozen=True)
class Patients:
    """Arrays over patients; days count from the world's first day and may be negative."""

    birth_year: Ints
    female: Floats
    payer: Ints
    depression: Floats
    comorbidities: Ints
    chronic_meds: Ints
    frailty: Floats  # u ~ N(0, 1), hidden
    hba1c: Floats
    copay_level: Floats
    deductible: Floats  # 1: the plan has one, and copays are higher until it is met
    enrol_start: Ints
    enrol_end: Ints
    stay_start: Ints  # (patients, STAYS), sorted and disjoint; no stay: far in the future
    stay_end: Ints

    def __len__(self) -> int:
        return len(self.birth_year)


def make_patients(chance: Chance, count: int, last_day: int, first_year: int = 2021) -> Patients:
    """Patients in a steady state: entries are spread evenly over the years before and within the period."""
    # whoever left before the first day is drawn again from a later address, until all are seen
    subject = np.arange(count, dtype=np.int64)
    start, end = _enrolment(chance, subject, last_day)
    while (gone := end < 60).any():
        subject = np.where(gone, subject + 1_000_003, subject)
        start, end = _enrolment(chance, subject, last_day)
    ids = np.arange(count, dtype=np.int64)
    age = np.clip(np.round(58 + 13 * chance.normal("age", ids)), 18, 92)  # at the beginning of enrolment
    payer = chance.choice("payer", ids, _PAYER_WEIGHTS)
    payer = np.where((age >= 65) & (payer == 0), 1, np.where((age < 63) & (payer == 1), 0, payer))
    comorbidities = np.floor(4 * chance.uniform("comorbidity", ids) ** 1.6 + (age > 65)).astype(np.int64)
    stay_start, stay_end = _stays(chance, ids, last_day)
    return Patients(
        birth_year=(first_year + np.floor(start / 365.25) - age).astype(np.int64),
        female=(chance.uniform("sex", ids) < 0.48).astype(np.float64),
        payer=payer,
        depression=(chance.uniform("depression", ids) < 0.2).astype(np.float64),
        comorbidities=comorbidities,
        chronic_meds=(comorbidities + np.floor(5 * chance.uniform("meds", ids))).astype(np.int64),
        frailty=chance.normal("frailty", ids),
        hba1c=np.clip(7.7 + 1.2 * chance.normal("hba1c", ids), 5.2, 13.5),
        deductible=((chance.uniform("deductible", ids) < 0.4) & (payer < 2)).astype(np.float64),
        copay_level=np.exp(0.45 * chance.normal("copay", ids)),
        enrol_start=start,
        enrol_end=end,
        stay_start=stay_start,
        stay_end=stay_end,
    )


def _enrolment(chance: Chance, subject: Ints, last_day: int) -> tuple[Ints, Ints]:
    start = np.floor(-_LEAD + (last_day + _LEAD - 30) * chance.uniform("enrol-start", subject))
    length = _SHORTEST + chance.exponential("enrol-length", subject, _MEAN_ENROLMENT)
    return start.astype(np.int64), np.floor(start + length).astype(np.int64)


def _stays(chance: Chance, ids: Ints, last_day: int) -> tuple[Ints, Ints]:
    subject = ids[:, None] * STAYS + np.arange(STAYS)
    happens = chance.uniform("stay", subject) < 0.12
    first = np.floor(-_LEAD + (last_day + _LEAD) * chance.uniform("stay-day", subject))
    length = 1 + np.floor(chance.exponential("stay-length", subject, 5.0))
    never = 10**6
    begin = np.where(happens, first, never).astype(np.int64)
    end = np.where(happens, first + length, never).astype(np.int64)
    return _disjoint(np.sort(begin, axis=1), np.take_along_axis(end, np.argsort(begin, axis=1, kind="stable"), axis=1))


def _disjoint(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Sorted stays, each beginning after the one before has ended."""
    for number in range(1, STAYS):
        begin[:, number] = np.maximum(begin[:, number], end[:, :number].max(axis=1) * (begin[:, number] < 10**6))
        end[:, number] = np.maximum(end[:, number], begin[:, number] + 1)
    return begin, end
