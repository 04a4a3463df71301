"""Decisions about model versions: the deployed version, digests and the audit trail."""
