"""Region, bootstrap, and how much an account may use of what the jobs take."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from mlops.bundled.audit import audit_bucket
from mlops.errors import RefusedInput
from mlops.platform.checkup.account import Account
from mlops.platform.checkup.checks import Check, ok, unchecked, wrong

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = (
    6  # what CDK's DefaultStackSynthesizer writes into the assembly's manifest (requiresBootstrapStackVersion)
)
_IMAGES, _TRAINING = "ImageAccounts", "training"
_KINDS = {"Training": "training", "Processing": "processing", "Transform": "transform"}
_USED = ("athena", "codebuild", "codecommit", "codepipeline", "glue", "sagemaker", "servicecatalog")
_QUOTAS, _CONSOLE = "service-quotas", "in Service Quotas, AWS services, Amazon SageMaker"


def region(account: Account) -> Iterator[Check]:
    """The jobs' image and the services are there, and the platform is in no other region of the account: its names have no region."""
    here = account.aws.region
    known = {name for it in account.products.values() for name in it.get("Mappings", {}).get(_IMAGES, {})}
    if here in known:
        yield ok("image", f"the jobs' image is in {here}")
    else:
        yield wrong("image", f"{here} has no image for the jobs", f"choose one of {', '.join(sorted(known))}")
    missing = [it for it in _USED if here not in _regions(it)]
    if missing:
        yield wrong("services", f"{', '.join(missing)}: not in {here}", "choose another region: AWS_REGION=...")
    else:
        yield ok("services", f"{', '.join(_USED)} are in {here}")
    yield _only_one(account)


@cache
def _regions(service: str) -> frozenset[str]:
    """Where botocore's own data say that a service is: no call."""
    return frozenset(
        it
        for partition in _session().get_available_partitions()
        for it in _session().get_available_regions(service, partition)
    )


@cache
def _session() -> Any:
    from botocore.session import Session

    return Session()


def ensure_region(name: str) -> None:
    """There is a region of that name.

    Raises:
        RefusedInput: AWS has none.
    """
    if name not in _regions("ec2"):
        raise RefusedInput(f"region {name}: AWS has none of that name; set AWS_REGION")


def _only_one(account: Account) -> Check:
    bucket = audit_bucket(account.aws.account)
    if bucket not in account.buckets:
        return ok("one region", "the platform is in no other region")
    place = account.client("s3").get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    if place == account.aws.region:
        return ok("one region", f"the platform's buckets are in {place}")
    found = f"the platform is in {place}; roles and buckets are called the same everywhere"
    return wrong("one region", found, f"export AWS_REGION={place}, or take another account")


def bootstrap(account: Account) -> Iterator[Check]:
    """CDK's bootstrap stack: its version, and its bucket for assets."""
    ssm, where = account.client("ssm"), f"aws://{account.aws.account}/{account.aws.region}"
    run = f"npx cdk bootstrap {where}"
    try:
        version = str(ssm.get_parameter(Name=BOOTSTRAP)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        yield wrong("bootstrap", f"{where} is not bootstrapped: no parameter {BOOTSTRAP}", run)
        return
    bucket = f"cdk-hnb659fds-assets-{account.aws.account}-{account.aws.region}"
    if not version.isdigit() or int(version) < BOOTSTRAP_VERSION:
        yield wrong("bootstrap", f"version {version}; the assembly needs {BOOTSTRAP_VERSION}", run)
    elif bucket not in account.buckets:
        yield wrong("bootstrap", f"bucket {bucket} is gone", f"delete stack CDKToolkit, then {run}")
    else:
        yield ok("bootstrap", f"version {version}, {bucket}")


def roles_left(account: Account) -> Iterator[Check]:
    """A project takes so many roles; the account has a limit."""
    summary = account.client("iam").get_account_summary()["SummaryMap"]
    wanted = max(
        sum(it["Type"] == "AWS::IAM::Role" for it in template["Resources"].values())
        for template in account.products.values()
    )
    used, limit = int(summary.get("Roles", 0)), int(summary.get("RolesQuota", 0))
    found = f"{used} of {limit} roles are used, a project takes {wanted}"
    if not limit:
        yield unchecked("roles' quota", "IAM's summary has no RolesQuota")
    elif used + wanted > limit:
        yield wrong("roles' quota", found, "raise 'Roles per account' in Service Quotas, AWS services, IAM (us-east-1)")
    else:
        yield ok("roles' quota", found)


def quotas(account: Account) -> Iterator[Check]:
    """Instances that a step of the shipped definitions takes, by type and kind of job (Service Quotas)."""
    from mlops.aws import listed

    client = account.client(_QUOTAS)
    found = {
        it["QuotaName"]: float(it["Value"])
        for it in listed(client, "list_service_quotas", "Quotas", ServiceCode="sagemaker")
    }
    for (instance, kind), count in sorted(instances().items()):
        name = f"{instance} for {kind} job usage"
        if name not in found:
            yield unchecked("quota", f"Service Quotas has no '{name}'", f"look for it {_CONSOLE}")
        elif found[name] < count:
            told = f"{name}: {found[name]:g}, one step takes {count}"
            yield wrong("quota", told, f"raise '{name}' to {count} or more {_CONSOLE}")
        else:
            yield ok("quota", f"{name}: {found[name]:g}")


def instances() -> Mapping[tuple[str, str], int]:
    """(instance type, kind of job) -> the most instances that one step of the shipped definitions takes."""
    found: Counter[tuple[str, str]] = Counter()
    folder = files("pipelines.definitions")
    for name in (f"{kind}{engine}.json" for kind in ("training", "inference") for engine in ("", "-sagemaker")):
        content = json.loads(folder.joinpath(name).read_bytes())
        given = {it["Name"]: it.get("DefaultValue") for it in content["Parameters"]}
        for step in _steps(content["Steps"]):
            for cluster in _clusters(step.get("Arguments", {})) if step["Type"] in _KINDS else ():
                kind = (str(_value(cluster["InstanceType"], given)), _KINDS[step["Type"]])
                found[kind] = max(found[kind], int(_value(cluster.get("InstanceCount", 1), given)))
    return found


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(step.get("Arguments", {}).get(branch, ()))


def _clusters(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if "InstanceType" in value:
            yield value
        for item in value.values():
            yield from _clusters(item)
    elif isinstance(value, list):
        for item in value:
            yield from _clusters(item)


def _value(value: Any, given: Mapping[str, Any]) -> Any:
    return given[value["Get"].removeprefix("Parameters.")] if isinstance(value, Mapping) else value
