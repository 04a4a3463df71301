"""One check of an account: what was found, and what to do."""

from dataclasses import dataclass

OK, WRONG, UNCHECKED = "ok", "WRONG", "not checked"


@dataclass(frozen=True)
class Check:
    """``state`` is one of the three; ``remedy`` is a command or a step, empty where nothing is to be done."""

    name: str
    state: str
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Check:
    """As it should be."""
    return Check(name, OK, found)


def wrong(name: str, found: str, remedy: str) -> Check:
    """Not as it should be."""
    return Check(name, WRONG, found, remedy)


def unchecked(name: str, found: str, remedy: str = "") -> Check:
    """Nothing is known of it: what asks does not answer here."""
    return Check(name, UNCHECKED, found, remedy)
