"""The one error that users of the seed code see."""


class RefusedInput(Exception):
    """The data break a rule; the message names file, row, column and rule (no identifiers)."""
