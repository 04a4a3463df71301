"""A bootstrapped account as ``cdk bootstrap`` leaves it, and its objects on S3 as seen in process."""

from typing import Any

from ministack.core import responses
from ministack.services import iam, s3, ssm
from ministack.services.cloudformation import provisioners

from embedded_aws.endpoint import Endpoint

_BOOTSTRAP_VERSION = "30"
_TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
_EXECUTION = {  # as ``cdk bootstrap`` makes it without further options
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [_TRUST]},
    "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
}


class Bootstrap:
    """What has to be in an account before CDK's stacks can be deployed: assets bucket, version, the role that CloudFormation acts as."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def start(self, endpoint: Endpoint) -> None:  # noqa: ARG002 (every service gets it)
        """Make each where it is missing; in process, when the kept state has been read."""
        bucket = f"cdk-hnb659fds-assets-{self._account}-{self._region}"
        role = f"cdk-hnb659fds-cfn-exec-role-{self._account}-{self._region}"
        parameter = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": _BOOTSTRAP_VERSION}
        with responses.request_scope(self._account, self._region):
            if bucket not in s3._buckets:
                _make("AWS::S3::Bucket", "Assets", {"BucketName": bucket})
            if parameter["Name"] not in ssm._parameters:
                _make("AWS::SSM::Parameter", "Version", parameter)
            if role not in iam._roles:
                _make("AWS::IAM::Role", "CloudFormationExecutionRole", {"RoleName": role, **_EXECUTION})

    def close(self) -> None:
        """Nothing to stop."""


def _make(kind: str, logical_id: str, properties: dict[str, Any]) -> None:
    provisioners._RESOURCE_HANDLERS[kind]["create"](logical_id, properties, "CDKToolkit")


def read_object(bucket: str, key: str) -> bytes:
    """Content of an object, within a request.

    Raises:
        ValueError: there is none.
    """
    found = s3._get_object_data(bucket, key)
    if found is None:
        raise ValueError(f"s3://{bucket}/{key}: no such object")
    return bytes(found)


def read_object_of(bucket: str, key: str, account: str, region: str) -> bytes:
    """Content of an object of this account.

    Raises:
        ValueError: there is none.
    """
    with responses.request_scope(account, region):
        return read_object(bucket, key)
