"""Rules by the service authorization reference: what a statement names exists, and it allows something."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from embedded_aws.iam.reference import Action, carries, find, known_service, matching, meet
from stacks.rules.findings import Finding, Template, listed, statements, text
from stacks.rules.findings import resources as resources_of
from stacks.rules.iam import POLICIES, identity, is_boundary

_VARIABLE = re.compile(r"\$\{[^}]*\}")
# needed in some requests only (the reference does not say which): action -> what it names -> when
_SOMETIMES = {
    "sagemaker:AddTags": "a request with tags",
    "ec2:CreateTags": "a request with tags",
    "cloudformation:ListStacks": "a request without a stack's name",
    "lambda:PassCapacityProvider": "a function with a capacity provider",
}
# what the role of a job takes (SageMaker AI Developer Guide, "How to use SageMaker AI execution roles"), here with keys for all it writes
JOBS_TAKE = (
    "cloudwatch:PutMetricData",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
)
IN_A_NETWORK = (  # the same page: "Don't scope in the policy with any conditions or resource filters"
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def known_actions(template: Template) -> Iterator[Finding]:
    """Actions exist: a misspelt one silently allows (or denies) nothing."""
    for logical_id, _, statement in _policies(template):
        for action in map(text, listed(statement.get("Action")) + listed(statement.get("NotAction"))):
            service = action.partition(":")[0].lower()
            if action != "*" and not known_service(service):
                yield Finding("known-actions", logical_id, f"{action}: the bundled reference has no service {service}")
            elif not any(matching(action)):
                yield Finding("known-actions", logical_id, f"{action}: no such action")


def known_keys(template: Template) -> Iterator[Finding]:
    """Requests of the actions carry the keys of a condition: on another an Allow never holds, and a Deny never or always."""
    for logical_id, _, statement in _policies(template):
        actions = [it for name in listed(statement.get("Action")) for it in matching(text(name))]
        for key in (key for block in statement.get("Condition", {}).values() for key in block):
            without = [it.full for it in actions if not carries(it, key)]
            if without and (len(without) == len(actions) or statement.get("Effect") == "Allow"):
                yield Finding("known-keys", logical_id, f"{key}: no key of {', '.join(without[:3])}")


def grants(template: Template) -> Iterator[Finding]:
    """An Allow names resources of a type that its actions have: on others it allows nothing."""
    for logical_id, properties, statement in identity(template):
        if statement.get("Effect") != "Allow" or "Resource" not in statement or is_boundary(properties):
            continue
        named = [_VARIABLE.sub("*", text(it)) for it in listed(statement["Resource"])]
        for name in map(text, listed(statement.get("Action"))):
            for it in matching(name):
                if not _granted(it, named):
                    on = ", ".join(it.on) or "no resource type: write *"
                    words = f"{it.full} ({name}) works on {on}; not on {', '.join(named)[:120]}"
                    yield Finding("grants-nothing", logical_id, words)


def dependents(template: Template) -> Iterator[Finding]:
    """Who may do something may do what it takes besides (the reference's dependent actions)."""
    for logical_id, actions in _allowed(template).items():
        for action in actions.values():
            missing = [it for it in action.needs if it not in _SOMETIMES and find(it) and _full(it) not in actions]
            if missing:
                yield Finding("dependents", logical_id, f"{action.full} takes {', '.join(missing)} too")


def job_grants(template: Template) -> Iterator[Finding]:
    """A pipeline's role has what the jobs that it runs take: without one of these they fail, a few minutes after their start."""
    held, networked = _allowed(template), _networked(template)
    for logical_id, properties in resources_of(template, "AWS::SageMaker::Pipeline"):
        role = text(properties.get("RoleArn")).removeprefix("${").removesuffix(".Arn}")
        if role in template["Resources"]:
            missing = [it for it in JOBS_TAKE if it not in held.get(role, {})]
            missing += [it for it in IN_A_NETWORK if networked and it not in _everywhere(template, role)]
            if missing:
                yield Finding("job-grants", role, f"pipeline {logical_id} runs jobs, which take {', '.join(missing)}")


def _networked(template: Template) -> bool:
    """Whether jobs are put into subnets, by a definition in the template or by whoever renders it."""
    bodies = [it.get("PipelineDefinition", {}) for _, it in resources_of(template, "AWS::SageMaker::Pipeline")]
    rendered = any("Subnets" in it for _, it in resources_of(template, "Custom::ProjectCode"))
    return rendered or any("VpcConfig" in str(it.get("PipelineDefinitionBody", "")) for it in bodies)


def _everywhere(template: Template, role: str) -> set[str]:
    """What a role may do on * under no condition."""
    return {
        action.full
        for logical_id, _, it in identity(template)
        if logical_id == role and it.get("Effect") == "Allow" and "Condition" not in it
        if "*" in listed(it.get("Resource"))
        for name in listed(it.get("Action"))
        for action in matching(text(name))
    }


def _policies(template: Template) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    yield from identity(template)
    for kind, member in POLICIES.items():
        for logical_id, properties in resources_of(template, kind):
            yield from ((logical_id, properties, it) for it in statements(properties.get(member)))


def _granted(action: Action, named: list[str]) -> bool:
    if not action.on:
        return "*" in named
    return any(it == "*" or any(meet(it, arn) for arn in action.arns) for it in named)


def _full(action: str) -> str:
    found = find(action)
    return found.full if found else action


def _allowed(template: Template) -> dict[str, dict[str, Action]]:
    """Actions that each role or policy allows, by name."""
    found: dict[str, dict[str, Action]] = {}
    for logical_id, properties, statement in identity(template):
        if statement.get("Effect") == "Allow" and not is_boundary(properties):
            mine = found.setdefault(logical_id, {})
            mine |= {it.full: it for name in listed(statement.get("Action")) for it in matching(text(name))}
    return found
