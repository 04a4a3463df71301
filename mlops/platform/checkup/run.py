"""Every check of an account in order, each on its own: one that cannot be made says so, and the others go on."""

from collections.abc import Callable, Iterator, Sequence

from mlops.aws import NO_ACCESS, Aws, failed_call
from mlops.platform.assembly import Assembly
from mlops.platform.checkup import deployed, region
from mlops.platform.checkup.account import Account
from mlops.platform.checkup.checks import WRONG, Check, ok, unchecked, wrong

READS = (  # every action that is called
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcEndpoints",
    "iam:GetAccountSummary",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "logs:DescribeLogGroups",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "servicecatalog:DescribePortfolio",
    "servicecatalog:ListPrincipalsForPortfolio",
    "servicecatalog:ListProvisioningArtifacts",
    "servicequotas:ListServiceQuotas",
    "ssm:GetParameter",
    "sts:GetCallerIdentity",
)
_SIGN_IN = "'aws configure sso' or export AWS_PROFILE, then 'aws sts get-caller-identity'"
_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
}
_UNSERVED = {"UnknownOperationException", "UnknownService", "InvalidAction", "InternalFailure", "NotImplemented"}
_FORBIDDEN = "403"  # of a refusal that says no more
_UNSERVED_STATUS = {404, 405, 501}
_CHECKS: Sequence[tuple[str, Callable[[Account], Iterator[Check]]]] = (
    ("region", region.region),
    ("bootstrap", region.bootstrap),
    ("quotas", region.quotas),
    ("roles' quota", region.roles_left),
    ("stacks", deployed.stacks),
    ("boundary", deployed.boundaries),
    ("roles", deployed.roles),
    ("key", deployed.key),
    ("log groups", deployed.log_groups),
    ("network", deployed.network),
    ("catalog", deployed.catalog),
)


def checkup(aws: Aws, assembly: Assembly) -> Iterator[Check]:
    """Every check; the first one that fails for want of credentials is the last.

    Raises:
        RefusedInput: AWS has no region of that name.
    """
    region.ensure_region(aws.region)
    who = _credentials(aws)
    yield who
    if who.state == WRONG:
        return
    account = Account(aws, assembly)
    for name, check in _CHECKS:
        yield from _guarded(name, check, account)


def _credentials(aws: Aws) -> Check:
    from botocore.exceptions import ClientError, NoCredentialsError, ProfileNotFound, TokenRetrievalError

    try:
        return ok("credentials", f"{aws.identity} in account {aws.account}, region {aws.region}")
    except (NoCredentialsError, ProfileNotFound, TokenRetrievalError) as error:
        return wrong("credentials", str(error), _SIGN_IN)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _EXPIRED | NO_ACCESS:
            raise
        return wrong("credentials", error.response["Error"]["Message"], _SIGN_IN)


def _guarded(name: str, check: Callable[[Account], Iterator[Check]], account: Account) -> Iterator[Check]:
    from botocore.exceptions import ClientError, EndpointConnectionError
    from botocore.parsers import ResponseParserError

    try:
        yield from check(account)
    except ClientError as error:
        code, (action, _) = error.response["Error"]["Code"], failed_call(error)
        if code in {*NO_ACCESS, _FORBIDDEN}:
            yield wrong(
                name, f"not checked: you may not {action}", f"ask for {action}, or for all of docs/first-hour.md"
            )
        elif code in _UNSERVED or error.response["ResponseMetadata"]["HTTPStatusCode"] in _UNSERVED_STATUS:
            yield unchecked(name, f"{action} does not answer here")
        else:
            raise
    except (EndpointConnectionError, ResponseParserError) as error:
        yield unchecked(name, f"does not answer: {error}")
