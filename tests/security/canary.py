"""Canaries: a different secret in every column of every table and in every setting, and how each is found again."""

import copy
import csv
import json
import random
import re
import string
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, str]
Table = list[Row]
SCHEMA: dict[str, Any] = json.loads(Path("seed_code/adherence/schema/tables.json").read_text())
RARE = 3  # rows with the rare level of a vocabulary
_NUMBERS = {"copay": "7351{}.4437", "quantity": "6123{}.0817", "value": "81263{}.3663"}
_OLDEST = {
    "enrol_end": 1970,
    "discharge_date": 1970,
}  # an end lies behind its beginning, which is in the fifties or sixties
_PLANTED, _DATED = 5, 9  # rows
# what breaks a rule and still has the form of its column: a day that is in no calendar, a number out of range, a level of no list
_BREAKING = {"date": "impossible", "integer": "huge", "number": "negative", "category": "text"}


@dataclass
class Canaries:
    """What was planted: (table, column) or a setting's name -> its secret."""

    seed: int
    planted: dict[str, str] = field(default_factory=dict)

    def text(self, where: str) -> str:
        """A text of twelve letters and digits that nothing else holds."""
        return self.planted.setdefault(where, "Q" + self._draw(where, string.ascii_letters + string.digits, 11))

    def number(self, where: str, pattern: str) -> str:
        """An unusual number."""
        return self.planted.setdefault(where, pattern.format(self._draw(where, "123456789", 2)))

    def day(self, where: str, oldest: int) -> str:
        """A day of twenty years in which nothing else happens."""
        drawn = random.Random(f"{self.seed}{where}")  # noqa: S311 (reproducible)
        day = f"{oldest + drawn.randrange(20)}-{drawn.randrange(1, 13):02}-{drawn.randrange(1, 29):02}"
        return self.planted.setdefault(where, day)

    def impossible(self, where: str) -> str:
        """What has the form of a date and is none."""
        digits = self._draw(where, "456789", 8)
        return self.planted.setdefault(where, f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")

    def huge(self, where: str) -> str:
        """An integer beyond every limit."""
        return self.planted.setdefault(where, self._draw(where, "123456789", 11))

    def negative(self, where: str) -> str:
        """A number below every limit."""
        return self.planted.setdefault(where, f"-{self._draw(where, '123456789', 8)}.25")

    def _draw(self, where: str, letters: str, length: int) -> str:
        return "".join(random.Random(f"{self.seed}{where}").choices(letters, k=length))  # noqa: S311 (reproducible)

    def found_in(self, text: str) -> list[str]:
        """Where those come from that sing in a text."""
        return [where for where, secret in self.planted.items() if _sings(secret, text)]


def _sings(secret: str, text: str) -> bool:
    """Texts and days as they are; a number also as programs round it, where it stands alone."""
    if not re.fullmatch(r"-?\d+(\.\d+)?", secret):
        return secret in text
    value = float(secret)
    forms = {secret.lstrip("-"), str(abs(int(value))), f"{abs(value):.6g}", f"{abs(value):,.0f}", f"{abs(value):,.2f}"}
    if not any(form in text for form in forms):
        return False
    return any(re.search(rf"(?<![0-9A-Za-z]){re.escape(form)}(?![0-9A-Za-z])", text) for form in forms)


def read(folder: Path) -> dict[str, Table]:
    """The tables of a folder, by name."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
    return found


def write(tables: dict[str, Table], folder: Path) -> Path:
    """As CSV files."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def planted(tables: dict[str, Table], canaries: Canaries) -> dict[str, Table]:
    """The tables with a canary in each column whose form allows one: a patient's id wherever it stands, texts, numbers, days, rare brands.

    Counts of one or two digits and enumerated levels have no room for a secret; ``spoilt`` has one for them.
    """
    somebody, secret = tables["patients"][0]["patient_id"], canaries.text("patient_id")
    for name, rows in tables.items():
        for row in rows:
            if row.get("patient_id") == somebody:
                row["patient_id"] = secret
        for column, rule in SCHEMA[name]["columns"].items():
            _plant(rows, name, column, rule, canaries)
        for row in rows:  # a column that no schema knows
            row["notes"] = canaries.text(f"{name}.notes")
    return tables


def _plant(rows: Table, name: str, column: str, rule: dict[str, Any], canaries: Canaries) -> None:
    where = f"{name}.{column}"
    if column == "patient_id" or rule["type"] in {"category", "integer"}:
        return
    if column not in rows[0]:
        for row in rows:
            row[column] = ""
    if rule["type"] == "date":
        rows[_DATED][column] = canaries.day(where, _OLDEST.get(column, 1950))
        return
    rare = rule.get("public") and column not in SCHEMA[name].get("key", ())
    chosen = rows[_PLANTED : _PLANTED + RARE] if rare else rows[_PLANTED : _PLANTED + 1]
    for row in chosen:
        row[column] = canaries.number(where, _NUMBERS[column]) if column in _NUMBERS else canaries.text(where)


def spoilt(tables: dict[str, Table], canaries: Canaries) -> dict[str, Table]:
    """Values that break their rule in every column with a rule, another canary in each: a text, and what has the column's form."""
    made = copy.deepcopy(tables)
    for name, rows in made.items():
        for number, (column, rule) in enumerate(SCHEMA[name]["columns"].items(), 20):
            if column in rows[0]:
                secret = canaries.text(f"bad {name}.{column}")
                formula = rule["type"] == "text" or column == "fill_id"
                rows[number % len(rows)][column] = f"={secret}" if formula else secret
                if rule["type"] in _BREAKING:
                    breaking = getattr(canaries, _BREAKING[rule["type"]])(f"breaking {name}.{column}")
                    rows[(number + 30) % len(rows)][column] = breaking
    return made


def drifted(tables: dict[str, Table]) -> dict[str, Table]:
    """The same people and canaries in a world where every copay is five times as high."""
    made = copy.deepcopy(tables)
    for number, row in enumerate(made["fills"]):
        if number != _PLANTED and row["copay"]:
            row["copay"] = f"{5 * float(row['copay']):.2f}"
    return made


def in_settings(text: str, canaries: Canaries) -> str:
    """A project.toml with a secret in every setting that takes any text, in a section that nobody knows, and in a comment."""
    for key, small in (("rounds", 100), ("bags", 2), ("bag_rounds", 30)):  # a small model
        text = re.sub(rf"(?m)^{key} = \d+", f"{key} = {small}", text)
    for key in ("name", "target", "salt"):
        text, count = re.subn(rf'(?m)^{key} = "[^"]*"', f'{key} = "{canaries.text(f"project.toml {key}")}"', text)
        assert count == 1, key
    unknown = f'\n[team]\ncontact = "{canaries.text("project.toml contact")}"\n'
    return f"{text}{unknown}# {canaries.text('project.toml comment')}\n"
