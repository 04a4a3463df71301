"""The wing of the use case: synthetic patients, claims importers, simulation, demo; imported by the command line alone."""
