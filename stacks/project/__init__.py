"""What the constructs of a project share: its parameters and their context."""
