"""What looks like a secret."""

import re

_NAMES = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential)", re.IGNORECASE)
_VALUES = re.compile(
    r"(AKIA|ASIA)[0-9A-Z]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|gh[pousr]_[A-Za-z0-9]{36}"
    r"|xox[baprs]-[A-Za-z0-9-]{10,}"
)


def looks_secret(name: str, value: str) -> bool:
    """By its form, or because a name that promises a secret has a literal value."""
    return bool(_VALUES.search(value)) or (
        bool(_NAMES.search(name)) and bool(value) and not value.startswith("{{resolve:")
    )
