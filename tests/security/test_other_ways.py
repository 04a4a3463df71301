"""What the command line never does, done through the API: other encryption than the buckets' own, names that are the platform's."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.errors import RefusedInput
from mlops.projects.names import RESERVED, Project
from tests.integration.desk import Desk, desk
from tests.security.policies import ACCOUNT, ASSEMBLY, Request, Statement, allowed, boundary, bucket_policies

__all__ = ["desk"]  # pytest's fixture
pytestmark = [pytest.mark.timeout(600)]
PROJECT = "ways"
ANYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
KIND = "s3:x-amz-server-side-encryption"
NAMED = f"{KIND}-aws-kms-key-id"
FOREIGN = "arn:aws:kms:us-east-1:999999999999:key/abc"
THEIRS = "k" * 32  # 256 bits
# how an upload asks for another encryption than its bucket's
OTHERWISE: Mapping[str, Mapping[str, Any]] = {
    "S3's own keys": {"ServerSideEncryption": "AES256"},
    "AWS's own key": {"ServerSideEncryption": "aws:kms"},
    "a foreign key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": FOREIGN},
    "twice encrypted with AWS's own key": {"ServerSideEncryption": "aws:kms:dsse"},
    "a key of the caller's own": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": THEIRS},
}
CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "S3's own keys": {KIND: "AES256"},
    "S3's own keys, and the bucket's": {KIND: "AES256", NAMED: "own"},
    "AWS's own key": {KIND: "aws:kms"},
    "a foreign key": {KIND: "aws:kms", NAMED: FOREIGN},
    "a foreign key alone": {NAMED: FOREIGN},
    "a key of the caller's own": {f"{KIND}-customer-algorithm": "AES256"},
}


@pytest.fixture(scope="module")
def project(desk: Desk) -> str:
    """A project."""
    desk.done("project", "create", PROJECT)
    return PROJECT


@pytest.mark.parametrize("how", OTHERWISE)
def test_nobody_writes_patients_rows_under_another_key(desk: Desk, project: str, how: str) -> None:
    """Neither in one request nor in parts; in the project's bucket and in that of all data sets."""
    account = desk.aws.account
    s3 = desk.aws.assume("mlops-data-scientist", "ann").client("s3")
    for bucket in (f"mlops-{project}-data-{account}", f"mlops-datasets-{account}"):
        place = {"Bucket": bucket, "Key": "datasets/x/rows.csv"}
        given = dict(OTHERWISE[how])
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(**place, Body=b"rows", IfNoneMatch="*", **given)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.create_multipart_upload(**place, **given)


def test_what_names_no_key_or_the_buckets_own_is_written_under_it(desk: Desk, project: str) -> None:
    """Not too strict: programs that name the key go on, and so does whoever names none."""
    s3 = desk.aws.assume("mlops-data-scientist", "ann").client("s3")
    bucket = f"mlops-{project}-data-{desk.aws.account}"
    plain = s3.put_object(Bucket=bucket, Key="datasets/y/plain.csv", Body=b"rows", IfNoneMatch="*")
    own = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": plain["SSEKMSKeyId"]}
    named = s3.put_object(Bucket=bucket, Key="datasets/y/named.csv", Body=b"rows", IfNoneMatch="*", **own)
    assert plain["ServerSideEncryption"] == named["ServerSideEncryption"] == "aws:kms"
    assert plain["SSEKMSKeyId"] == named["SSEKMSKeyId"]


@pytest.mark.parametrize("how", CONTEXTS)
def test_every_bucket_that_holds_data_says_so(how: str) -> None:
    """In the templates, for whoever has every right; the access logs' bucket alone is S3's own (S3 delivers to no other)."""
    found = {}
    for path in sorted(ASSEMBLY.glob("*.template.json")):
        found |= bucket_policies(json.loads(path.read_text()))
    assert len(found) >= 7
    for name, policy in found.items():
        place = f"arn:aws:s3:::{name}/datasets/x"
        context = {**CONTEXTS[how], "aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
        request = Request("s3:PutObject", place, context)
        denials = [it for it in policy if it.get("Sid") in {"OnlyKms", "OnlyItsKey", "NoOtherKey", "NoKeyOfTheCallers"}]
        assert allowed(request, [ANYTHING, *denials], boundary()) is (name == f"mlops-logs-{ACCOUNT}"), name
        plain = Request("s3:PutObject", place, {"aws:SecureTransport": "true"})
        assert allowed(plain, [ANYTHING, *denials], boundary()), name


@pytest.mark.parametrize("name", RESERVED)
def test_no_project_takes_a_name_of_the_platforms(desk: Desk, project: str, name: str) -> None:
    """Through Service Catalog, by every product that makes a project: the record says why, and no role is made or changed hands."""
    engineer = desk.aws.assume("mlops-ml-engineer", "carol").client("servicecatalog")
    before = _roles(desk)
    products = {it["Name"] for it in engineer.search_products()["ProductViewSummaries"]}
    assert len(products) >= 3
    for number, product in enumerate(sorted(products)):
        said = _provisioned(engineer, product, f"odd-{number}", name)
        assert "the platform's own delivery has it; choose another one" in said, product
    assert _roles(desk) == before
    assert f"mlops-{project}-deploy" in before


def test_every_template_keeps_these_names() -> None:
    """Whoever provisions it: CloudFormation evaluates the assertion before it makes anything."""
    products = sorted(ASSEMBLY.glob("*.product.template.json"))
    assert len(products) == 3
    for path in products:
        rules = json.loads(path.read_text())["Rules"].values()
        wanted = {"Fn::Not": [{"Fn::Contains": [list(RESERVED), {"Ref": "SageMakerProjectName"}]}]}
        said = [it["AssertDescription"] for rule in rules for it in rule["Assertions"] if it["Assert"] == wanted]
        assert [words.startswith("SageMakerProjectName: ") for words in said] == [True], path.name
    for name in RESERVED:
        with pytest.raises(RefusedInput, match="the platform's own delivery has it"):
            Project(name, ACCOUNT)


def _provisioned(catalog: Any, product: str, called: str, project: str) -> str:
    """Why it was not."""
    id_ = next(it["ProductId"] for it in catalog.search_products()["ProductViewSummaries"] if it["Name"] == product)
    newest = catalog.describe_product(Id=id_)["ProvisioningArtifacts"][-1]["Id"]
    values = {"SageMakerProjectName": project, "ModelPackageGroup": "other"}
    known = catalog.describe_provisioning_parameters(ProductId=id_, ProvisioningArtifactId=newest)
    declared = {it["ParameterKey"] for it in known["ProvisioningArtifactParameters"]}
    record = catalog.provision_product(
        ProductId=id_,
        ProvisioningArtifactId=newest,
        ProvisionedProductName=called,
        ProvisionToken=called,
        ProvisioningParameters=[{"Key": key, "Value": it} for key, it in values.items() if key in declared],
    )["RecordDetail"]
    until = time.monotonic() + 60
    while record["Status"] in {"CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"} and time.monotonic() < until:
        time.sleep(0.1)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    assert record["Status"] == "FAILED"
    return str(record["RecordErrors"][0]["Description"])


def _roles(desk: Desk) -> dict[str, str]:
    pages = desk.client("iam").get_paginator("list_roles").paginate()
    return {it["RoleName"]: it["RoleId"] for page in pages for it in page["Roles"]}
