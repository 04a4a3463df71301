"""IAM roles and policies as plain statements: every role has the permissions boundary, every service trust the source account."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws, Fn, Stack, aws_iam
from constructs import Construct

from stacks.names import BOUNDARY, arn, text
from stacks.secure.gates import accept

Statement = dict[str, Any]

# what a role's life takes beside its creation and its policies, which need the boundary
ROLE_VERBS = (
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)
BOUNDARY_ID = "Boundary"  # of the construct, in the stack that makes it
_INLINE = {
    "HIPAA.Security-IAMNoInlinePolicy": "the policy belongs to this one role and goes with it; permissions.lock lists every statement"
}


def allow(actions: Sequence[str], *resources: str, when: Mapping[str, Any] | None = None, sid: str = "") -> Statement:
    """An Allow statement; resources are texts of ``Fn::Sub`` or tokens."""
    return _statement("Allow", actions, resources, when, sid)


def deny(actions: Sequence[str], *resources: str, when: Mapping[str, Any] | None = None, sid: str = "") -> Statement:
    """A Deny statement."""
    return _statement("Deny", actions, resources, when, sid)


def through_codecommit(key_arn: str) -> Statement:
    """Whoever reads or writes a repository with a customer's key uses the key, through CodeCommit (its user guide, "Encryption")."""
    verbs = (
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    )
    through = {"StringEquals": {"kms:ViaService": "codecommit.${AWS::Region}.amazonaws.com"}}
    return allow([f"kms:{verb}" for verb in verbs], key_arn, when=through)


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document; texts with ``${...}`` become Fn::Sub."""
    return {"Version": "2012-10-17", "Statement": [_substituted(item) for item in statements]}


def service_role(
    scope: Construct,
    id_: str,
    *,
    name: str,
    service: str,
    statements: Sequence[Statement],
    accepted: Mapping[str, str] | None = None,
    boundary: str = "",
) -> aws_iam.CfnRole:
    """A role for an AWS service, which may assume it for resources of this account only."""
    trust = _trust({"Service": f"{service}.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
    return role(scope, id_, name=name, trust=[trust], statements=statements, accepted=accepted, boundary=boundary)


def personal_trust() -> list[Statement]:
    """People of this account may assume the role, each under his own name only: what the session does is then his.

    The session's name must be the IAM user's, the source identity of a federated session, or its tag ``mlops-person`` (an attribute
    of IAM Identity Center). The account's root has no name; on AWS it can assume no role, so its statement serves embedded use.
    """
    root = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
    names = {"Users": "aws:username", "Federated": "aws:SourceIdentity", "Tagged": "aws:PrincipalTag/mlops-person"}
    people = {sid: {"StringEquals": {"sts:RoleSessionName": f"${{!{name}}}"}} for sid, name in names.items()}
    people["Root"] = {"ArnEquals": {"aws:PrincipalArn": root}}
    trusts = {sid: _trust({"AWS": Fn.sub(root)}, when) for sid, when in people.items()}
    # a session with a source identity keeps it, which is an action of its own: its requests name no session
    kept = {"Null": {"aws:SourceIdentity": "false"}}
    trusts["KeptIdentity"] = {**_trust({"AWS": Fn.sub(root)}, kept), "Action": "sts:SetSourceIdentity"}
    return [{"Sid": sid, **trust} for sid, trust in trusts.items()]


def role(
    scope: Construct,
    id_: str,
    *,
    name: str,
    trust: Sequence[Statement],
    statements: Sequence[Statement],
    accepted: Mapping[str, str] | None = None,
    boundary: str = "",
) -> aws_iam.CfnRole:
    """A role with one inline policy; ``accepted`` acknowledges findings (id -> reason)."""
    made = aws_iam.CfnRole(
        scope,
        id_,
        role_name=text(name),
        assume_role_policy_document=document(trust),
        permissions_boundary=boundary_arn(boundary),
        policies=[aws_iam.CfnRole.PolicyProperty(policy_name="permissions", policy_document=document(statements))],
    )
    accept(made, {**_INLINE, **(accepted or {})})
    limit = Stack.of(scope).node.try_find_child(BOUNDARY_ID)
    if limit is not None:  # its name alone makes no order
        made.add_resource_dependency(limit)
    return made


def managed_policy(
    scope: Construct, id_: str, *, name: str, statements: Sequence[Statement], accepted: Mapping[str, str]
) -> aws_iam.CfnManagedPolicy:
    """A customer-managed policy."""
    made = aws_iam.CfnManagedPolicy(scope, id_, managed_policy_name=name, policy_document=document(statements))
    accept(made, accepted)
    return made


def boundary_arn(own: str = "") -> str:
    """ARN of the platform's permissions boundary, or of the company's own."""
    if own.startswith("arn:"):
        return own
    return Fn.sub(arn("iam", f"policy/{own or BOUNDARY}", region=""))


def _trust(principal: Mapping[str, str], when: Mapping[str, Any] | None) -> Statement:
    statement: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": dict(principal)}
    return {**statement, "Condition": dict(when)} if when else statement


def _statement(
    effect: str, actions: Sequence[str], resources: Sequence[str], when: Mapping[str, Any] | None, sid: str
) -> Statement:
    statement: Statement = {"Sid": sid} if sid else {}
    statement |= {"Effect": effect, "Action": sorted(actions), "Resource": list(resources)}
    return {**statement, "Condition": dict(when)} if when else statement


def _substituted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _substituted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    return text(value) if isinstance(value, str) else value
