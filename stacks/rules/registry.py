"""All rules over templates."""

from collections.abc import Callable, Iterator

from stacks.rules import authorization, catalog, data, definitions, deliveries, iam, network, separation, services
from stacks.rules.findings import Finding, Template

Rule = Callable[[Template], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    authorization.dependents,
    authorization.grants,
    authorization.job_grants,
    authorization.known_actions,
    authorization.known_keys,
    iam.boundary,
    iam.escalation,
    iam.no_long_keys,
    iam.pass_role,
    iam.public_principal,
    iam.whole_arns,
    iam.wide_open,
    separation.exact_names,
    separation.four_eyes,
    data.customer_key,
    data.kept_code,
    data.no_secret,
    data.only_its_key,
    data.private_bucket,
    data.rotating_key,
    data.tls_only,
    catalog.branches_only,
    catalog.launch_role,
    catalog.no_polling,
    catalog.studio_product,
    catalog.supported_runtime,
    deliveries.no_foreign_variables,
    definitions.embedded_definitions,
    definitions.script_mode,
    network.closed_network,
    network.way_to_s3,
    services.confused_deputy,
    services.service_keys,
)


def check(template: Template) -> list[Finding]:
    """Findings of one template, in the order of the rules."""
    return [finding for rule in RULES for finding in rule(template)]
