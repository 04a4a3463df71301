"""CloudFormation types that MiniStack lacks, each made through its own service's API; properties checked for all types that we know."""
