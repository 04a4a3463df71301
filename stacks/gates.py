"""What every synth has to pass: the validator bundled with CDK, cdk-nag's AwsSolutions and HIPAA.Security, and our own rules."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks

from mlops.projects.products import titles
from stacks.products import history
from stacks.rules import stateful
from stacks.rules.plugin import OwnRules


def add_gates(app: App, earlier: stateful.Earlier | None = None, *, one_region: bool = False) -> None:
    """A finding that is not acknowledged, by its id and with a reason, fails the synth.

    ``earlier`` is what the synth must not replace; ``one_region`` declares that deployments refuse a second region of an account.
    """
    own = OwnRules(app, earlier, one_region=one_region)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), HIPAASecurityChecks(app), own)


def earlier() -> stateful.Earlier:
    """What this repository says of earlier syntheses and publications."""
    published = {key: history.templates(key) for key in titles()}
    return stateful.Earlier(stateful.known(), published, stateful.waivers())
