"""CloudWatch: when an alarm changes its state."""
