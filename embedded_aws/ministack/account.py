"""A bootstrapped account as ``cdk bootstrap`` leaves it, and its objects on S3 as seen in process."""

from ministack.core import responses
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from embedded_aws.endpoint import Endpoint

_BOOTSTRAP_VERSION = "30"


class Bootstrap:
    """What has to be in an account before CDK's stacks can be deployed: the assets bucket and the version parameter."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def start(self, endpoint: Endpoint) -> None:  # noqa: ARG002 (every service gets it)
        """Make both where they are missing; in process, when the kept state has been read."""
        bucket = f"cdk-hnb659fds-assets-{self._account}-{self._region}"
        parameter = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": _BOOTSTRAP_VERSION}
        with responses.request_scope(self._account, self._region):
            if bucket in s3._buckets:
                return
            provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]["create"]("Assets", {"BucketName": bucket}, "CDKToolkit")
            provisioners._RESOURCE_HANDLERS["AWS::SSM::Parameter"]["create"]("Version", parameter, "CDKToolkit")

    def close(self) -> None:
        """Nothing to stop."""


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
