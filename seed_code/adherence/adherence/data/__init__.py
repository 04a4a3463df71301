"""What comes in: tables, delimiters, fills, brand products, pitfalls."""
