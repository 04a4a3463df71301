"""One file per capability; each construct takes what it needs as keyword arguments."""
