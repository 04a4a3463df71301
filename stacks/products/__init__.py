"""Service Catalog products: one template for every row of the table of products; ``history/`` holds every version that was published."""
