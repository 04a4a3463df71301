"""From fills to supply: the ledger, index rows, labels, adherence measures."""
