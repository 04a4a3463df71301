"""Programs that stand for what a container image brings itself; each runs as a script inside the job, never as this package."""
