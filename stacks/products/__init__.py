"""Service Catalog products: one ProductStack per file; ``history/`` holds every version that was published."""
