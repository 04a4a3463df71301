"""What needs programs and environments of others: ``make test-foreign`` (``make test`` leaves it out)."""
