"""Where data sets come from: paths, S3, web addresses, catalogues."""
