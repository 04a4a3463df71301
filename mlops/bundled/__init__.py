"""What functions and jobs carry with them, shipped under this very name; the standard library and boto3 only."""
