"""AWS Lambda: what it refuses of a function's configuration. MiniStack runs the functions."""
