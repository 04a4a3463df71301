"""One region an account: names of roles, and of buckets with data, are the account's, so a second region would take the first one's."""

from mlops.aws import Aws
from mlops.bundled.audit import audit_bucket
from mlops.errors import RefusedInput
from mlops.projects.names import DATA_SCIENTIST

TAG = "mlops:region"  # on the personas' roles: where the platform is


def require_region(aws: Aws) -> None:
    """Where the platform is not in this region yet, it is, or was, in no other one.

    Raises:
        RefusedInput: names the region.
    """
    where = _of_roles(aws) or _of_data(aws)
    if where and where != aws.region:
        raise RefusedInput(
            f"{aws.region}: the platform of account {aws.account} is in {where}, with its roles and buckets: "
            "one region an account; deploy there, or to another account"
        )


def _of_roles(aws: Aws) -> str:
    """What the data scientist's role says; empty where there is none."""
    iam = aws.client("iam")
    try:
        tags = iam.get_role(RoleName=DATA_SCIENTIST)["Role"].get("Tags", [])
    except iam.exceptions.NoSuchEntityException:
        return ""
    return next((it["Value"] for it in tags if it["Key"] == TAG), "another region, or a role of that name is not ours")


def _of_data(aws: Aws) -> str:
    """Where the audit bucket is, which stays when the platform is destroyed; empty where there is none."""
    from botocore.exceptions import ClientError

    try:
        found = aws.client("s3").get_bucket_location(Bucket=audit_bucket(aws.account))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return ""
        raise
    return found.get("LocationConstraint") or "us-east-1"
