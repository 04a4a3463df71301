"""Commits that are wrong on purpose, each with the reason for which its delivery has to be red; and a feature as the README says."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """``file`` gets ``new`` for ``old`` (a new file where there is no ``old``); the log says ``reason``.

    ``tests`` are the file and the words that choose the tests which see it.
    """

    name: str
    file: str
    old: str
    new: str
    reason: str
    tests: tuple[str, str] = ("test_labels.py", "stop_without")
    after: Callable[[Path], None] | None = None

    def make(self, clone: Path) -> None:
        """In a clone of the repository."""
        path = clone / self.file
        text = path.read_text() if path.exists() else ""
        assert text.count(self.old) == 1 or not self.old, self.name
        path.write_text(text.replace(self.old, self.new) if self.old else text + self.new)
        if self.after is not None:
            self.after(clone)


def _compiled(clone: Path) -> None:
    """As whoever changes a feature does it."""
    subprocess.run([sys.executable, "-m", "adherence.features.definition"], cwd=clone, check=True)


def _worded(clone: Path) -> None:
    """A feature has its name and its words too."""
    for change in (
        Change("name", "adherence/features/features.py", '    "fills_180",\n', '    "fills_180",\n    "known_days",\n', ""),
        Change("words", "adherence/model/words.py", '("first_fill", "second_fill", ', '("first_fill", "second_fill", "known_days", ', ""),
    ):  # fmt: skip
        change.make(clone)
    _compiled(clone)


WRONG = (
    Change(
        "an inverted label",
        "adherence/supply/labels.py",
        '{"negative": stop & ~switch, ',
        '{"negative": ~stop, ',
        "At index 0 diff: np.int64(0) != 1",
    ),
    Change(
        "a leak from the future",
        "adherence/features/definition.py",
        "            other.other_day <= mine.known,\n",
        "",
        "test_leaks.py::test_later_records_change_nothing",
        ("test_leaks.py", "test_later_records and 300"),
        _compiled,
    ),
    Change(
        "a missing feature",
        "adherence/features/features.py",
        '    "hba1c_age",\n',
        "",
        "test_definition.py::test_features_of_a_hand_worked_series - KeyError: 'hba1c_age'",
        ("test_definition.py", "hand_worked"),
        _compiled,
    ),
    Change(
        "a feature that is not a number",
        "adherence/features/features.py",
        "/ np.maximum(sources.ledger.days_supply, 1) * 30",
        "/ np.where(sources.ledger.days_supply == 28, np.nan, sources.ledger.days_supply) * 30",
        "missing in rows of patients of whom everything is known: copay_month",
        ("test_definition.py", "everything_is_known"),
    ),
    Change(
        "another schema than the data's",
        "schema/tables.json",
        '"days_supply": {',
        '"supply_days": {',
        "fills.csv, header (row 1): column supply_days is missing (rule required column)",
    ),
    Change("a syntax error", "adherence/supply/labels.py", "", "\ndef broken(:\n", "invalid-syntax"),
    Change(
        "a slow test",
        "tests/test_patience.py",
        "",
        '"""Waits."""\n\nimport time\n\n\ndef test_patience() -> None:\n    """For long."""\n    time.sleep(600)\n',
        " s: make it faster, or mark it slow, which deliveries leave out (seconds_per_test in pytest.ini)",
        ("test_patience.py", "patience"),
    ),
    Change(
        "a broken contract",
        "adherence/quality/evaluate.py",
        '"auc_due": measured["due"]["auc"]',
        '"due_auc": measured["due"]["auc"]',
        "the pipelines read gates.auc_due, and the evaluation does not say it",
        ("test_model.py", "test_evaluation_report"),
    ),
)
RIGHT = Change(
    "a new feature",
    "adherence/features/definition.py",
    '        "first_fill": row.number == 1,\n',
    '        "first_fill": row.number == 1,\n        "known_days": (row.known - row.first_day).clip(0, _YEAR),\n',
    "tested: adherence, inference, run, train in ",
    (
        "test_definition.py test_leaks.py",
        "definition or (later_records and 300) or every_feature or everything_is_known",
    ),
    _worded,
)
