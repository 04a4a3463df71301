"""The drift analyzer: Model Monitor's file formats, our own decision rule.

Runs alone in a Processing job (``python -m mlops.monitoring``) or as a library.
"""
