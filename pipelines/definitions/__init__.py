"""The committed definitions (golden JSON)."""
