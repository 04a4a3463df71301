"""IAM: condition keys that requests carry."""
