"""Objects and their keys, through unmodified boto3."""
