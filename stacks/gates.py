"""What every synth has to pass: the validator bundled with CDK, cdk-nag's AwsSolutions and HIPAA.Security, and our own rules."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks

from stacks.rules.plugin import OwnRules


def add_gates(app: App) -> None:
    """A finding that is not acknowledged, by its id and with a reason, fails the synth."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), HIPAASecurityChecks(app), OwnRules(app))
