"""Deletes what projects that are gone have left."""
