"""The dispensing process: at every run-out a patient refills, stops, or switches within the class.

All therapies advance together, one run-out a round, so that the loop is over rounds and never over patients.
"""

from dataclasses import dataclass, replace

import numpy as np

from mlops.adherence.synthetic.catalog import Catalog
from mlops.adherence.synthetic.chance import Chance, Floats, Ints
from mlops.adherence.synthetic.patients import Patients

SHORTEST_BREAK = 34  # days from a stop to a new start: longer than the permissible gap, so that a stop is one
_CARRY = 180
LINES = 12  # therapies a patient can have in all, restarts and switches included
_REFILLS = 6  # fills a prescription
LATE_MOST = 27  # days late: nobody refills so late that it would be a stop
LATE_SD = 4.5
_FAR = 10**6


@dataclass(frozen=True)
class Therapies:
    """One row per therapy: a brand taken from ``start`` on; ``line`` numbers a patient's therapies."""

    patient: Ints
    brand: Ints
    line: Ints
    start: Ints
    fills_before: Ints  # earlier fills of the brand (restarts)

    @property
    def subject(self) -> Ints:
        """Address of the therapy's random numbers."""
        return self.patient * LINES + self.line

    def take(self, chosen: np.ndarray) -> "Therapies":
        """The chosen rows."""
        return Therapies(
            *(getattr(self, name)[chosen] for name in ("patient", "brand", "line", "start", "fills_before"))
        )


@dataclass(frozen=True)
class Fills:
    """One row per dispensing, with the truth about the decision at its run-out."""

    patient: Ints
    brand: Ints
    line: Ints
    day: Ints
    days_supply: Ints
    copay: Floats
    number: Ints
    refills_remaining: Ints
    mail: Floats
    run_out: Ints
    p_stop: Floats
    p_switch: Floats
    last_late: Floats  # days that this fill was late
    decision: Ints  # at the run-out: 0 refill, 1 stop, 2 switch


@dataclass(frozen=True)
class Change:
    """What a drift scenario changes in the process from ``day`` on."""

    day: int = _FAR
    copay_factor: float = 1.0
    switch_logit: float = 0.0
    switched_brands: tuple[int, ...] = ()
    new_brand_share: float = 0.0


def dispense(chance: Chance, catalog: Catalog, patients: Patients, last_day: int, change: Change) -> Fills:
    """All fills from before the first day to ``last_day``."""
    rounds: list[Fills] = []
    active = _State.begin(_initial(chance, catalog, patients, change), patients)
    while len(active.therapies.patient):
        fills, active = active.round(chance, catalog, patients, change)
        rounds.append(fills)
        alive = active.next_fill <= np.minimum(last_day, patients.enrol_end[active.therapies.patient])
        active = active.take(alive)
    return Fills(*(np.concatenate([getattr(item, name) for item in rounds]) for name in Fills.__dataclass_fields__))


def _initial(chance: Chance, catalog: Catalog, patients: Patients, change: Change) -> Therapies:
    """One to three therapies of different classes, the first soon after enrolment."""
    ids = np.arange(len(patients), dtype=np.int64)
    count = 1 + chance.choice("therapies", ids, np.array([0.45, 0.38, 0.17]))
    patient, line = np.repeat(ids, 3), np.tile(np.arange(3), len(ids))
    subject = patient * LINES + line
    mean = np.where(line == 0, 120.0, 420.0)
    start = patients.enrol_start[patient] + np.floor(mean * -np.log(chance.uniform("begin", subject))).astype(np.int64)
    brand = chance.choice("brand", subject, catalog.column("weight"))
    classes = catalog.class_code[brand].reshape(-1, 3)
    fresh = np.ones_like(classes, dtype=bool)
    fresh[:, 1] = classes[:, 1] != classes[:, 0]
    fresh[:, 2] = (classes[:, 2] != classes[:, 0]) & (classes[:, 2] != classes[:, 1])
    kept = (line < count[patient]) & fresh.ravel()
    # a new brand takes the place of others from its day on; nobody gets it beside another brand of its class
    same = classes == catalog.class_code[catalog.new_brand]
    beside = (same.sum(axis=1, keepdims=True) - same > 0).ravel()
    late = (start >= change.day) & (chance.uniform("new-brand", subject) < 0.5 * change.new_brand_share) & ~beside
    brand = np.where(late, catalog.new_brand, brand)
    return Therapies(patient, brand, line, start, np.zeros_like(patient)).take(kept)


@dataclass(frozen=True)
class _State:
    therapies: Therapies
    step: Ints  # fills of this therapy so far
    next_fill: Ints
    run_out: Ints
    last_late: Floats

    @staticmethod
    def begin(therapies: Therapies, patients: Patients) -> "_State":
        zero = np.zeros_like(therapies.patient)
        start = np.maximum(therapies.start, patients.enrol_start[therapies.patient])
        return _State(therapies, zero, start, start, zero.astype(np.float64))

    def take(self, chosen: np.ndarray) -> "_State":
        parts = (getattr(self, name)[chosen] for name in ("step", "next_fill", "run_out", "last_late"))
        return _State(self.therapies.take(chosen), *parts)

    def join(self, other: "_State") -> "_State":
        both = Therapies(
            *(
                np.concatenate([getattr(self.therapies, name), getattr(other.therapies, name)])
                for name in Therapies.__dataclass_fields__
            )
        )
        parts = (
            np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("step", "next_fill", "run_out", "last_late")
        )
        return _State(both, *parts)

    def round(self, chance: Chance, catalog: Catalog, patients: Patients, change: Change) -> tuple[Fills, "_State"]:
        """Dispense once for every therapy, then decide at the run-out."""
        fills = self._fill(chance, catalog, patients, change)
        going = self._refill(chance, patients, fills).take(fills.decision == 0)
        return fills, going.join(_after(chance, catalog, patients, fills, change))

    def _fill(self, chance: Chance, catalog: Catalog, patients: Patients, change: Change) -> Fills:
        it, day = self.therapies, self.next_fill
        supply = _days_supply(chance, catalog, it, self.step)
        mail = (chance.uniform("mail", it.patient) < 0.22).astype(np.float64) * (self.step > 0)
        number = it.fills_before + self.step + 1
        copay = _copay(chance, catalog, patients, it, day, change) * np.where(supply > 60, 2.4, 1.0)
        carried = np.clip(self.run_out, day, day + _CARRY)
        run_out = _run_out(patients, it.patient, carried, supply)
        refills = (_REFILLS - 1) - (number - 1) % _REFILLS
        logit = _stop_logit(catalog, patients, it, copay / np.where(supply > 60, 2.4, 1.0), number)
        logit += supply_effects(refills, self.last_late) - 0.3 * (supply > 60) - 0.3 * mail
        p_stop = 1 / (1 + np.exp(-logit))
        forced = np.isin(it.brand, change.switched_brands) & (run_out >= change.day)
        p_switch = 1 / (1 + np.exp(4.3 - change.switch_logit * forced)) * (1 - p_stop)
        draw = chance.uniform("decision", it.subject, self.step)
        decision = np.where(draw < p_stop, 1, np.where(draw < p_stop + p_switch, 2, 0))
        return Fills(
            it.patient,
            it.brand,
            it.line,
            day,
            supply,
            np.round(copay, 2),
            number,
            refills,
            mail,
            run_out,
            p_stop,
            p_switch,
            self.last_late,
            decision,
        )

    def _refill(self, chance: Chance, patients: Patients, fills: Fills) -> "_State":
        """Lateness follows the frailty; nobody refills so late that it would be a stop (30 days)."""
        mean = lateness_mean(patients.frailty[fills.patient])
        noise = LATE_SD * chance.normal("late", self.therapies.subject, self.step)
        late = np.clip(np.round(mean + noise), -7, LATE_MOST)
        soonest = fills.day + np.maximum(1, np.round(0.7 * fills.days_supply)).astype(np.int64)
        next_fill = np.maximum(fills.run_out + late.astype(np.int64), soonest)
        return replace(
            self, step=self.step + 1, next_fill=next_fill, run_out=fills.run_out, last_late=np.maximum(late, 0.0)
        )


def _days_supply(chance: Chance, catalog: Catalog, it: Therapies, step: Ints) -> Ints:
    """A habit of the therapy (one month or three), now and then changed with the dose."""
    long_habit = chance.uniform("supply", it.subject) < 0.36
    changed = (chance.uniform("dose-change", it.subject) < 0.15) & (step > 3)
    long_supply = long_habit ^ changed
    return np.where(
        long_supply & (step > 0), catalog.column("long_supply")[it.brand], catalog.column("short_supply")[it.brand]
    ).astype(np.int64)


def _copay(  # noqa: PLR0917
    chance: Chance, catalog: Catalog, patients: Patients, it: Therapies, day: Ints, change: Change
) -> Floats:
    """Monthly copay in dollars; higher in January and February, until a deductible is met."""
    factor = np.array([1.0, 0.85, 0.15, 2.2])[patients.payer[it.patient]]
    season = np.where((day % 365.25 < 59) & (patients.deductible[it.patient] > 0), 1.7, 1.0)
    noise = np.exp(0.12 * chance.normal("copay-noise", it.subject, day))
    drifted = np.where(day >= change.day, change.copay_factor, 1.0)
    level = catalog.column("base_copay")[it.brand] * factor * patients.copay_level[it.patient]
    charged: Floats = np.maximum(level * season * noise * drifted, 0.0)
    return charged


def _stop_logit(  # noqa: PLR0917
    catalog: Catalog, patients: Patients, it: Therapies, copay: Floats, number: Ints, first_year: int = 2021
) -> Floats:
    """Log-odds of stopping at a run-out (adherence literature's directions; sizes chosen, brand intercepts solved)."""
    who, brand = it.patient, it.brand
    gi = catalog.column("gi_effect")[brand]
    price = 0.28 + 0.18 * (catalog.column("base_copay")[brand] > 30)
    age = first_year + it.start / 365.25 - patients.birth_year[who]
    logit: Floats = (
        catalog.alpha[brand]
        + early_effects(catalog, brand, number)
        + price * np.log((copay + 2) / 20)
        + 0.25 * patients.female[who] * (gi > 0.5)
        - 0.014 * (age - 60)
        + 0.32 * patients.depression[who]
        + 0.05 * patients.comorbidities[who]
        + 0.14 * (patients.hba1c[who] - 7.7)
        + 0.22 * (patients.payer[who] == 2)
        + 0.75 * patients.frailty[who]
    )
    return logit


def lateness_mean(frailty: Floats) -> Floats:
    """Mean days from run-out to refill."""
    return np.asarray(2.0 + 3.5 * frailty)


def early_effects(catalog: Catalog, brand: Ints, number: Ints) -> Floats:
    """Log-odds of stopping after the first and the second fill."""
    gi = catalog.column("gi_effect")[brand]
    return np.asarray(0.75 * (number == 1) + 0.35 * (number == 2) + gi * (number <= 2))


def supply_effects(refills: Ints, late: Floats) -> Floats:
    """Log-odds of stopping where no refill remains, and after a late fill."""
    return np.asarray(0.55 * (refills == 0) + 0.035 * late)


def _run_out(patients: Patients, who: Ints, first: Ints, supply: Ints) -> Ints:
    """End of a supply that begins on ``first``: the patient's own supply is not used while in hospital."""
    end = first + supply
    for number in range(patients.stay_start.shape[1]):  # stays are sorted and disjoint
        admit, discharge = patients.stay_start[who, number], patients.stay_end[who, number]
        end = end + np.where((admit < end) & (discharge > first), discharge - np.maximum(admit, first), 0)
    return end


def _after(chance: Chance, catalog: Catalog, patients: Patients, fills: Fills, change: Change) -> _State:
    """Therapies that follow a stop (the same brand again, or another class) or a switch (another brand of the class)."""
    ended = (fills.decision > 0) & (fills.line + 3 < LINES)
    subject = (fills.patient * LINES + fills.line)[ended]
    switched, u = fills.decision[ended] == 2, chance.uniform("after", subject)
    again, other = ~switched & (u < 0.28), ~switched & (u >= 0.28) & (u < 0.72)
    wait = SHORTEST_BREAK + np.floor(chance.exponential("break", subject, 130.0)).astype(np.int64)
    quick = np.floor(-5 + 20 * chance.uniform("switch-day", subject)).astype(np.int64)
    brand = fills.brand[ended]
    following = np.where(
        again,
        brand,
        np.where(
            switched,
            _sibling(chance, catalog, brand, subject),
            chance.choice("next-brand", subject, catalog.column("weight")),
        ),
    )
    start = fills.run_out[ended] + np.where(switched, quick, wait)
    fresh = (start >= change.day) & ~again & (chance.uniform("next-new", subject) < 0.5 * change.new_brand_share)
    following = np.where(fresh, catalog.new_brand, following)
    before = np.where(again, fills.number[ended], 0)
    therapies = Therapies(fills.patient[ended], following, fills.line[ended] + 3, start, before)
    return _State.begin(therapies.take(switched | again | other), patients)


def _sibling(chance: Chance, catalog: Catalog, brand: Ints, subject: Ints) -> Ints:
    """Another brand of the same class (by weight), or the same where there is none."""
    classes, weight = catalog.class_code, catalog.column("weight")
    result = brand.copy()
    for one in np.unique(brand):
        rows = brand == one
        fitting = np.where((classes == classes[one]) & (np.arange(len(classes)) != one), weight, 0.0)
        if fitting.sum() > 0:
            result[rows] = chance.choice("sibling", subject[rows], fitting)
    return result
