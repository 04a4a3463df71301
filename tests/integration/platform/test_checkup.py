"""``mlops doctor --target aws`` on an embedded AWS with everything in place, and with each thing missing; it reads, and never writes.

The breaks below are made one after the other on one account: each is looked for by its own line.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.client import BaseClient

from mlops import aws as clients
from mlops.aws import Aws, Credentials
from mlops.cli.main import app
from mlops.errors import MlopsError, RefusedInput
from mlops.platform.assembly import Assembly, load
from mlops.platform.checkup import OK, READS, UNCHECKED, WRONG, Check, checkup
from mlops.platform.checkup.deployed import KEY

_WRITES = re.compile(r"^(?!Get|List|Describe)")
_POLICY = "arn:aws:iam::000000000000:policy/{}"
_ANYBODY = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return load()


@dataclass
class Doctor:
    """Looks, and keeps the names of all its calls."""

    assembly: Assembly
    called: set[str]

    def look(self, aws: Aws) -> list[Check]:
        """Every check."""
        with pytest.MonkeyPatch.context() as patch:
            known = BaseClient._make_api_call  # type: ignore[attr-defined]

            def noting(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
                self.called.add(f"{client.meta.service_model.signing_name}:{operation}")
                return known(client, operation, parameters)

            patch.setattr(BaseClient, "_make_api_call", noting)
            return list(checkup(aws, self.assembly))


@pytest.fixture(scope="module")
def doctor(assembly: Assembly) -> Iterator[Doctor]:
    """After all looks: none of their calls writes, and each is in the list of rights (S3 calls one by another name)."""
    found = Doctor(assembly, set())
    yield found
    assert not [it for it in found.called if _WRITES.match(it.partition(":")[2])]
    actions = {it.replace("s3:ListBuckets", "s3:ListAllMyBuckets") for it in found.called}
    assert actions == set(READS)


@pytest.fixture(scope="module")
def sound(aws: Aws, doctor: Doctor) -> list[Check]:
    """What it says of the platform as it was deployed."""
    return doctor.look(aws)


def test_everything_in_place(sound: list[Check]) -> None:
    """Nothing is wrong; what nothing here answers is said to be unchecked."""
    assert [it for it in sound if it.state == WRONG] == []
    assert [(it.name, it.found) for it in sound if it.state == UNCHECKED] == [
        ("quotas", "servicequotas:ListServiceQuotas does not answer here")
    ]
    assert {it.name for it in sound if it.state == OK} == {
        *("credentials", "image", "services", "one region", "bootstrap", "roles' quota", "stack", "boundary", "roles"),
        *("key rotation", "key policy", "log groups", "S3 endpoint", "security group", "portfolio", "product"),
    }


def test_its_rights_do(aws: Aws, doctor: Doctor, sound: list[Check]) -> None:
    """A role with these actions and no others sees what the account's root sees; one that lacks one hears which."""
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    for name, actions in {"looks": READS, "looks-not": [it for it in READS if it != "kms:GetKeyPolicy"]}.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        allow = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Statement": [allow]}))

    def states(found: list[Check]) -> list[tuple[str, str]]:
        return [(it.name, it.state) for it in found if it.name != "quotas"]

    assert states(doctor.look(aws.assume("looks", "ann"))) == states(sound)
    (lacking,) = [it for it in doctor.look(aws.assume("looks-not", "ann")) if it.state == WRONG and it.name != "quotas"]
    assert (lacking.name, lacking.found) == ("key", "not checked: you may not kms:GetKeyPolicy")


def _bootstrap(value: str) -> Callable[[Aws], None]:
    def change(aws: Aws) -> None:
        aws.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value=value, Type="String", Overwrite=True
        )

    return change


def _no_assets(aws: Aws) -> None:
    _bootstrap("30")(aws)
    s3, bucket = aws.client("s3"), "cdk-hnb659fds-assets-000000000000-us-east-1"
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
    s3.delete_bucket(Bucket=bucket)


def _another_boundary(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    aws.client("iam").create_policy_version(
        PolicyArn=_POLICY.format("mlops-boundary"),
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        SetAsDefault=True,
    )


def _no_boundary(aws: Aws) -> None:
    iam, arn = aws.client("iam"), _POLICY.format("mlops-foundation-boundary")
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            limit = iam.get_role(RoleName=role["RoleName"])["Role"].get("PermissionsBoundary", {})
            if limit.get("PermissionsBoundaryArn") == arn:
                iam.delete_role_permissions_boundary(RoleName=role["RoleName"])
    iam.delete_policy(PolicyArn=arn)


def _open_logs(aws: Aws) -> None:
    logs, name = aws.client("logs"), _LOGS.format("Transform")
    logs.delete_log_group(logGroupName=name)
    logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=365)


def _no_role(aws: Aws) -> None:
    iam = aws.client("iam")
    for policy in iam.list_role_policies(RoleName="mlops-manager")["PolicyNames"]:
        iam.delete_role_policy(RoleName="mlops-manager", PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName="mlops-manager")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="mlops-manager", PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName="mlops-manager")


def _another_trust(aws: Aws) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": [_ANYBODY]})
    aws.client("iam").update_assume_role_policy(RoleName="mlops-ml-engineer", PolicyDocument=trust)


def _key(aws: Aws) -> str:
    return str(aws.client("kms").describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"])


def _another_key_policy(aws: Aws) -> None:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    aws.client("kms").put_key_policy(KeyId=_key(aws), PolicyName="default", Policy=policy)


def _made(aws: Aws, stack: str, kind: str) -> list[str]:
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [it for page in pages for it in page["StackResourceSummaries"]]
    return [it["PhysicalResourceId"] for it in found if it["ResourceType"] == kind]


def _no_route(aws: Aws) -> None:
    (endpoint,) = _made(aws, "mlops-foundation", "AWS::EC2::VPCEndpoint")
    table = _made(aws, "mlops-foundation", "AWS::EC2::RouteTable")[0]
    aws.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[table])


def _no_endpoint(aws: Aws) -> None:
    aws.client("ec2").delete_vpc_endpoints(VpcEndpointIds=_made(aws, "mlops-foundation", "AWS::EC2::VPCEndpoint"))


def _closed(aws: Aws) -> None:
    (group,) = _made(aws, "mlops-foundation", "AWS::EC2::SecurityGroup")
    rules = aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    aws.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=rules)


def _not_admitted(aws: Aws) -> None:
    catalog, (portfolio,) = aws.client("servicecatalog"), _made(aws, "mlops-catalog", "AWS::ServiceCatalog::Portfolio")
    for it in catalog.list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]:
        catalog.disassociate_principal_from_portfolio(PortfolioId=portfolio, PrincipalARN=it["PrincipalARN"])


def _no_version(aws: Aws) -> None:
    catalog = aws.client("servicecatalog")
    views = [it["ProductViewSummary"] for it in catalog.search_products_as_admin()["ProductViewDetails"]]
    (product,) = [it["ProductId"] for it in views if it["Name"] == "ML project"]
    (first, *_) = catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    named = {"ProductId": product, "ProvisioningArtifactId": first["Id"]}
    aws.client("s3").create_bucket(Bucket="other-template")
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    aws.client("s3").put_object(Bucket="other-template", Key="t.json", Body=body)
    url = "https://s3.us-east-1.amazonaws.com/other-template/t.json"
    other = {"Name": "other", "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}}
    catalog.create_provisioning_artifact(ProductId=product, Parameters=other)  # the last version stays
    catalog.delete_provisioning_artifact(**named)


_LOGS = "/aws/sagemaker/{}Jobs"
BREAKS: dict[
    str, tuple[Callable[[Aws], Any], str, str, str]
] = {  # what -> how, the line that says it, its words, its remedy
    "not bootstrapped": (
        lambda aws: aws.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version"),
        "bootstrap",
        "is not bootstrapped",
        "npx cdk bootstrap aws://000000000000/us-east-1",
    ),
    "an old bootstrap": (_bootstrap("5"), "bootstrap", "version 5; the assembly needs 6", "npx cdk bootstrap"),
    "no assets": (_no_assets, "bootstrap", "cdk-hnb659fds-assets-000000000000-us-east-1 is gone", "CDKToolkit"),
    "another boundary": (_another_boundary, "boundary", "mlops-boundary (v2) is not the assembly's", "drift"),
    "no boundary": (
        _no_boundary,
        "boundary",
        "mlops-foundation-boundary is gone",
        "mlops --target aws deploy",
    ),
    "no role": (_no_role, "role", "mlops-manager is gone", "mlops --target aws deploy"),
    "outside of the boundary": (
        lambda aws: aws.client("iam").delete_role_permissions_boundary(RoleName="mlops-data-scientist"),
        "role",
        "mlops-data-scientist is outside of its boundary",
        "drift",
    ),
    "another trust": (_another_trust, "role", "mlops-ml-engineer trusts others", "drift"),
    "no rotation": (
        lambda aws: aws.client("kms").disable_key_rotation(KeyId=_key(aws)),
        "key rotation",
        "is not rotated",
        "aws kms enable-key-rotation",
    ),
    "another key policy": (_another_key_policy, "key policy", "is not the assembly's", "drift"),
    "a disabled key": (
        lambda aws: aws.client("kms").disable_key(KeyId=_key(aws)),
        "key",
        "alias/mlops/data is Disabled",
        "aws kms enable-key",
    ),
    "no key": (lambda aws: aws.client("kms").delete_alias(AliasName=KEY), "key", "there is none", "deploy"),
    "no log group": (
        lambda aws: aws.client("logs").delete_log_group(logGroupName=_LOGS.format("Training")),
        "log group",
        "/aws/sagemaker/TrainingJobs is gone",
        "deploy",
    ),
    "another retention": (
        lambda aws: aws.client("logs").put_retention_policy(logGroupName=_LOGS.format("Processing"), retentionInDays=1),
        "log group",
        "/aws/sagemaker/ProcessingJobs is kept 1, not 365 days",
        "aws logs put-retention-policy",
    ),
    "an open log group": (
        _open_logs,
        "log group",
        "/aws/sagemaker/TransformJobs is not encrypted",
        "drift",
    ),
    "no route": (_no_route, "S3 endpoint", "no route to it from rtb-", "aws ec2 modify-vpc-endpoint"),
    "no endpoint": (_no_endpoint, "S3 endpoint", "is gone: no job reaches its data", "deploy"),
    "a closed group": (_closed, "security group", "lets no HTTPS out", "aws ec2 authorize-security-group-egress"),
    "nobody admitted": (_not_admitted, "portfolio", "the ML engineer is not admitted", "drift"),
    "no version": (_no_version, "product", "ML project is not offered in v2", "mlops --target aws deploy"),
    "no stack": (
        lambda aws: aws.client("cloudformation").delete_stack(StackName="mlops-observability"),
        "stack",
        "mlops-observability: not deployed",
        "mlops --target aws deploy",
    ),
}


@pytest.fixture(scope="module")
def before(sound: list[Check]) -> list[Check]:
    """What was said last."""
    return list(sound)


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_missing_is_said_with_what_to_do(aws: Aws, doctor: Doctor, before: list[Check], what: str) -> None:
    """One line about it, and it was not there before."""
    make, name, words, remedy = BREAKS[what]

    def told(checks: list[Check]) -> list[Check]:
        return [it for it in checks if (it.name, it.state) == (name, WRONG) and words in it.found]

    assert told(before) == []
    make(aws)
    before[:] = doctor.look(aws)
    (found,) = told(before)
    assert remedy in found.remedy


def test_another_template(aws: Aws, doctor: Doctor, assembly: Assembly) -> None:
    """What is deployed is older or newer than the library that looks."""
    changed = [replace(it, template=it.template.replace("mlops-portfolio", "other")) for it in assembly.stacks]
    look = Doctor(replace(assembly, stacks=tuple(changed)), doctor.called)
    found = [it.found for it in look.look(aws) if it.name == "stack" and it.state == WRONG]
    assert "mlops-catalog: CREATE_COMPLETE, with another template than this library's" in found


def test_another_region_of_the_account(aws: Aws, doctor: Doctor) -> None:
    """Names have no region: the platform is in one only."""
    found = {it.name: it for it in doctor.look(replace(aws, region="eu-west-1"))}
    assert (found["one region"].state, found["one region"].remedy) == (
        WRONG,
        "export AWS_REGION=us-east-1, or take another account",
    )


def test_a_region_without_image(aws: Aws, doctor: Doctor) -> None:
    """Where the jobs' image is not; where a service is not."""
    found = {it.name: it for it in doctor.look(replace(aws, region="us-iso-east-1"))}
    assert (found["services"].state, "codepipeline" in found["services"].found) == (WRONG, True)
    assembly = replace(
        doctor.assembly, products={"p": '{"Mappings": {"ImageAccounts": {"us-west-2": {}}}, "Resources": {}}'}
    )
    told = {it.name: it for it in Doctor(assembly, doctor.called).look(aws)}
    assert told["image"] == Check("image", WRONG, "us-east-1 has no image for the jobs", "choose one of us-west-2")


def test_a_region_that_is_none(aws: Aws, assembly: Assembly) -> None:
    """Refused input, before any call."""
    with pytest.raises(RefusedInput, match="region mars-1: AWS has none of that name"):
        list(checkup(replace(aws, region="mars-1"), assembly))


def test_no_credentials(aws: Aws, doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """None at all, or wrong ones: the first line is the last."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for nobody in (replace(aws, credentials=None), replace(aws, credentials=Credentials("000000000000", "wrong"))):
        (found,) = doctor.look(nobody)
        assert (found.name, found.state) == ("credentials", WRONG)
        assert "aws sts get-caller-identity" in found.remedy


def test_the_command(aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """By AWS's own variables as on AWS, or of the running embedded AWS; a table or JSON; exit code 1 where something is wrong."""
    assert aws.credentials is not None
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(aws.endpoint))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.credentials.secret_key)
    aws.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="1", Type="String", Overwrite=True)
    with pytest.raises(
        MlopsError, match=r"not as it should be; first bootstrap: version 1; .*npx cdk bootstrap"
    ) as error:
        app(["doctor", "--target", "aws", "--json"], standalone_mode=False)
    assert error.value.exit_code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["region"], told["wrong"] > 0) == ("us-east-1", True)
    assert {it["name"]: it["state"] for it in told["checks"]}["bootstrap"] == WRONG
    monkeypatch.setattr(clients, "connect", lambda _target=None: aws)
    with pytest.raises(MlopsError):
        app(["doctor", "--account"], standalone_mode=False)
    assert re.search(r"^check +state +found +what to do$", capsys.readouterr().out, re.MULTILINE)
    monkeypatch.undo()
    with pytest.raises(RefusedInput, match="--target moon: must be 'local' or 'aws'"):
        app(["doctor", "--target", "moon"], standalone_mode=False)
