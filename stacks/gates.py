"""What every synth has to pass: the validator bundled with CDK, cdk-nag's AwsSolutions and HIPAA.Security, and our own rules."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks

from mlops.projects.products import titles
from stacks.products import history
from stacks.rules import stateful
from stacks.rules.plugin import OwnRules


def add_gates(app: App, earlier: stateful.Earlier | None = None) -> None:
    """A finding that is not acknowledged, by its id and with a reason, fails the synth; ``earlier`` is what it must not replace."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), HIPAASecurityChecks(app), OwnRules(app, earlier))


def earlier() -> stateful.Earlier:
    """What this repository says of earlier syntheses and publications."""
    published = {key: history.templates(key) for key in titles()}
    return stateful.Earlier(stateful.known(), published, stateful.waivers())
