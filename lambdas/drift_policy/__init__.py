"""What an alarm on a batch leads to."""
