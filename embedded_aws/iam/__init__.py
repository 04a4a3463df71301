"""IAM: condition keys that requests carry, and how policies' patterns and conditions compare."""
