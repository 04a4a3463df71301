"""Features as of a date: their definition, their SQL, rows, folds."""
