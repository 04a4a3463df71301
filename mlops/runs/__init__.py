"""Runs of a project: trainings, batches and their scores."""
