"""Acknowledged findings: each by its id and with its reason, at the construct that it is about."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def accept(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Acknowledge findings (finding id -> reason) on one construct; ``tests/infrastructure`` refuses those that nothing needs."""
    Validations.of(construct).acknowledge(*[Acknowledgment(id=key, reason=reason) for key, reason in findings.items()])
