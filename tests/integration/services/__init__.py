"""What AWS's services can and refuse, through unmodified boto3."""
