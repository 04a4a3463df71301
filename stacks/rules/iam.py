"""Rules on roles and policies: boundary, wildcards, PassRole, glued ARNs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stacks.rules.findings import Finding, Properties, Template, listed, resources, statements, text

POLICIES = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
}
_ARN = re.compile(r"^arn:[^:]+:[a-z0-9-]*:[^:]*:[^:]*:.+$", re.DOTALL)


def public_principal(template: Template) -> Iterator[Finding]:
    """Nobody outside the account: no Allow for everybody."""
    for kind, member in POLICIES.items():
        for logical_id, properties in resources(template, kind):
            for statement in statements(properties.get(member)):
                principal = statement.get("Principal")
                everybody = principal == "*" or (isinstance(principal, Mapping) and "*" in listed(principal.get("AWS")))
                if statement.get("Effect") == "Allow" and everybody:
                    yield Finding("public-principal", logical_id, "allows everybody: name the principal")


def boundary(template: Template) -> Iterator[Finding]:
    """Every role carries a permissions boundary."""
    for logical_id, properties in resources(template, "AWS::IAM::Role", "AWS::IAM::User"):
        if not properties.get("PermissionsBoundary"):
            yield Finding("boundary", logical_id, "has no PermissionsBoundary")


def wide_open(template: Template) -> Iterator[Finding]:
    """No ``*`` action, no service-wide action outside a boundary, no administrator policy, no NotAction with Allow."""
    for logical_id, properties, statement in identity(template):
        actions = [text(action) for action in listed(statement.get("Action"))]
        if statement.get("Effect") != "Allow":
            continue
        if "NotAction" in statement or "NotResource" in statement:
            yield Finding("wide-open", logical_id, "allows everything but a list: list what is allowed")
        wide = [
            action for action in actions if action == "*" or (action.endswith(":*") and not is_boundary(properties))
        ]
        if wide:
            yield Finding("wide-open", logical_id, f"allows {', '.join(wide)}: list the actions")
    for logical_id, properties in resources(template, "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policy in properties.get("ManagedPolicyArns", []):
            if text(policy).endswith(("FullAccess", "AdministratorAccess", "PowerUserAccess")):
                yield Finding(
                    "wide-open", logical_id, f"has {text(policy).rsplit('/', 1)[-1]}: write a policy of its own"
                )


def pass_role(template: Template) -> Iterator[Finding]:
    """Roles are passed only to named services, and only ours."""
    for logical_id, properties, statement in identity(template):
        actions = [text(action).lower() for action in listed(statement.get("Action"))]
        if (
            statement.get("Effect") != "Allow"
            or not {"iam:passrole", "iam:*", "*"} & set(actions)
            or is_boundary(properties)
        ):
            continue
        if any(text(resource) in {"*", "arn:aws:iam::*:role/*"} for resource in listed(statement.get("Resource"))):
            yield Finding("pass-role", logical_id, "passes any role: name the roles")
        if "iam:PassedToService" not in str(statement.get("Condition", "")):
            yield Finding("pass-role", logical_id, "passes roles to any service: add iam:PassedToService")


def escalation(template: Template) -> Iterator[Finding]:
    """Who makes roles can make them only inside the boundary."""
    making = {"iam:createrole", "iam:putrolepolicy", "iam:attachrolepolicy"}
    for logical_id, _, statement in identity(template):
        actions = {text(action).lower() for action in listed(statement.get("Action"))}
        limited = "iam:PermissionsBoundary" in str(statement.get("Condition", ""))
        if statement.get("Effect") == "Allow" and making & actions and not limited:
            yield Finding("escalation", logical_id, "makes roles without a boundary: add iam:PermissionsBoundary")


def no_long_keys(template: Template) -> Iterator[Finding]:
    """No access keys: people and services assume roles."""
    for logical_id, _ in resources(template, "AWS::IAM::AccessKey"):
        yield Finding("no-long-keys", logical_id, "is a long-lived secret: assume a role instead")


def whole_arns(template: Template) -> Iterator[Finding]:
    """Resources are whole ARNs: a glued one that lacks a part matches nothing."""
    for logical_id, _, statement in identity(template):
        for resource in listed(statement.get("Resource")):
            shown = text(resource)
            if shown.startswith("arn:") and not _ARN.match(re.sub(r"\$\{[^}]*\}", "x", shown)):
                yield Finding("whole-arns", logical_id, f"{shown}: not a whole ARN")
            elif not shown.startswith(("arn:", "${")) and shown != "*":
                yield Finding("whole-arns", logical_id, f"{shown}: not an ARN")


def identity(template: Template) -> Iterator[tuple[str, Properties, Mapping[str, Any]]]:
    """(logical id, properties, statement) of every identity policy."""
    for logical_id, properties in resources(template, "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policy in properties.get("Policies", []):
            for statement in statements(policy.get("PolicyDocument")):
                yield logical_id, properties, statement
    for logical_id, properties in resources(
        template, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"
    ):
        for statement in statements(properties.get("PolicyDocument")):
            yield logical_id, properties, statement


def is_boundary(properties: Properties) -> bool:
    return text(properties.get("ManagedPolicyName", "")).endswith("-boundary")
