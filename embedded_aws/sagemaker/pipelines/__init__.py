"""Executes SageMaker pipeline definitions (schema 2020-12-01), anybody's, unmodified."""
