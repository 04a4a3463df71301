"""The platform's stacks, and what they have made: as the assembly has it, and whole."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from mlops.platform.checkup.account import DEPLOY, Account, document
from mlops.platform.checkup.checks import Check, ok, wrong

KEY = "alias/mlops/data"
_FOUNDATION, _ACCESS, _CATALOG = "mlops-foundation", "mlops-access", "mlops-catalog"
_DRIFTED = "somebody changed it past CloudFormation: 'aws cloudformation detect-stack-drift --stack-name {}' says what"
_AGAIN = f"delete stack {{}} where it holds no data, then {DEPLOY}"


def stacks(account: Account) -> Iterator[Check]:
    """Each stack is there, has ended well, and has the template of this library."""
    for stack in account.assembly.stacks:
        found = account.stack(stack.name)
        if found is None:
            yield wrong("stack", f"{stack.name}: not deployed", DEPLOY)
            continue
        status = str(found["StackStatus"])
        events = f"'aws cloudformation describe-stack-events --stack-name {stack.name}' says why"
        if status.endswith("_IN_PROGRESS"):
            yield wrong("stack", f"{stack.name}: {status}", "wait, then look again")
        elif "ROLLBACK" in status or "FAILED" in status or status.startswith("DELETE"):
            yield wrong("stack", f"{stack.name}: {status}", f"{events}; mend it, then {DEPLOY}")
        elif _differs(account, stack.name, stack.template):
            yield wrong("stack", f"{stack.name}: {status}, with another template than this library's", DEPLOY)
        else:
            yield ok("stack", f"{stack.name}: {status}")


def _differs(account: Account, name: str, template: str) -> bool:
    answer = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    return bool((json.loads(answer) if isinstance(answer, str) else answer) != json.loads(template))


def boundaries(account: Account) -> Iterator[Check]:
    """The permissions boundaries are there and say what the assembly says."""
    iam = account.client("iam")
    for stack, _, properties in account.expected("AWS::IAM::ManagedPolicy"):
        name = properties["ManagedPolicyName"]
        arn = f"arn:aws:iam::{account.aws.account}:policy/{name}"
        try:
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        except iam.exceptions.NoSuchEntityException:
            yield wrong("boundary", f"{name} is gone", _AGAIN.format(stack.name))
            continue
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        if document(_decoded(found)) != document(properties["PolicyDocument"]):
            yield wrong("boundary", f"{name} ({version}) is not the assembly's", _DRIFTED.format(stack.name))
        else:
            yield ok("boundary", f"{name} ({version})")


def roles(account: Account) -> Iterator[Check]:
    """The roles are there, trust whom they should, and are within their boundary."""
    iam, sound = account.client("iam"), 0
    for stack, _, properties in account.expected("AWS::IAM::Role"):
        name = properties["RoleName"]
        try:
            found = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            yield wrong("role", f"{name} is gone", _AGAIN.format(stack.name))
            continue
        limit = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
        if not limit.endswith(f"/{str(properties['PermissionsBoundary']).rpartition('/')[2]}"):
            yield wrong("role", f"{name} is outside of its boundary", _DRIFTED.format(stack.name))
        elif document(_decoded(found["AssumeRolePolicyDocument"])) != document(properties["AssumeRolePolicyDocument"]):
            yield wrong("role", f"{name} trusts others than the assembly says", _DRIFTED.format(stack.name))
        else:
            sound += 1
    if sound:
        yield ok("roles", f"{sound} as the assembly has them; 'mlops doctor --security' shows their rights")


def _decoded(policy: Any) -> Any:
    return json.loads(unquote(policy)) if isinstance(policy, str) else policy


def key(account: Account) -> Iterator[Check]:
    """The data key works, is rotated, and lets the services of its policy in."""
    kms = account.client("kms")
    for stack, _, properties in account.expected("AWS::KMS::Key"):
        try:
            found = kms.describe_key(KeyId=KEY)["KeyMetadata"]
        except kms.exceptions.NotFoundException:
            yield wrong("key", f"{KEY}: there is none", _AGAIN.format(stack.name))
            continue
        if found["KeyState"] != "Enabled":
            back = "'aws kms cancel-key-deletion', then 'aws kms enable-key': without it no data can be read"
            yield wrong("key", f"{KEY} is {found['KeyState']}", back)
            continue
        if not kms.get_key_rotation_status(KeyId=found["Arn"])["KeyRotationEnabled"]:
            yield wrong(
                "key rotation", f"{KEY} is not rotated", f"aws kms enable-key-rotation --key-id {found['KeyId']}"
            )
        else:
            yield ok("key rotation", f"{KEY} is rotated every year")
        yield _key_policy(
            kms.get_key_policy(KeyId=found["Arn"], PolicyName="default")["Policy"], properties, stack.name
        )


def _key_policy(policy: str, properties: Mapping[str, Any], stack: str) -> Check:
    if document(policy) == document(properties["KeyPolicy"]):
        return ok("key policy", "the services that write encrypted may use it")
    return wrong("key policy", "is not the assembly's: logs or notifications may be lost", _DRIFTED.format(stack))


def log_groups(account: Account) -> Iterator[Check]:
    """Log groups have the key and an end: SageMaker makes those of its jobs without either where they are not there."""
    logs, sound = account.client("logs"), 0
    for stack, _, properties in account.expected("AWS::Logs::LogGroup"):
        name = properties["LogGroupName"]
        answer = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        found = next((it for it in answer if it["logGroupName"] == name), None)
        if found is None:
            yield wrong("log group", f"{name} is gone", _AGAIN.format(stack.name))
        elif not found.get("kmsKeyId"):
            yield wrong("log group", f"{name} is not encrypted with the key", _DRIFTED.format(stack.name))
        elif found.get("retentionInDays") != properties["RetentionInDays"]:
            days = properties["RetentionInDays"]
            mend = f"aws logs put-retention-policy --log-group-name {name} --retention-in-days {days}"
            yield wrong(
                "log group", f"{name} is kept {found.get('retentionInDays', 'for ever')}, not {days} days", mend
            )
        else:
            sound += 1
    if sound:
        yield ok("log groups", f"{sound} with key and retention")


def network(account: Account) -> Iterator[Check]:
    """Jobs reach S3, through the gateway endpoint on every route table; nothing else is open."""
    ec2, made = account.client("ec2"), account.physical(_FOUNDATION)
    tables = [made[id_] for _, id_, _ in account.expected("AWS::EC2::RouteTable")]
    for _, id_, properties in account.expected("AWS::EC2::VPCEndpoint"):
        if not str(properties["ServiceName"]).endswith(".s3"):
            continue
        found = _found(lambda id_=id_: ec2.describe_vpc_endpoints(VpcEndpointIds=[made[id_]])["VpcEndpoints"])
        missing = sorted(set(tables) - set(found[0].get("RouteTableIds", []))) if found else tables
        if not found or found[0]["State"].lower() != "available":
            state = found[0]["State"] if found else "gone"
            yield wrong("S3 endpoint", f"{made[id_]} is {state}: no job reaches its data", _AGAIN.format(_FOUNDATION))
        elif missing:
            mend = (
                f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {made[id_]} --add-route-table-ids {' '.join(missing)}"
            )
            yield wrong("S3 endpoint", f"no route to it from {', '.join(missing)}: jobs hang at their input", mend)
        else:
            yield ok("S3 endpoint", f"{made[id_]} on {len(tables)} route tables")
    for _, id_, _ in account.expected("AWS::EC2::SecurityGroup"):
        yield _group(
            made[id_], _found(lambda id_=id_: ec2.describe_security_groups(GroupIds=[made[id_]])["SecurityGroups"])
        )


def _group(id_: str, found: list[Mapping[str, Any]]) -> Check:
    rules = found[0].get("IpPermissionsEgress", []) if found else []
    open_ = [it for it in rules if it.get("IpProtocol") == "-1" or it.get("FromPort", 0) <= 443 <= it.get("ToPort", -1)]
    if not open_:
        mend = f"aws ec2 authorize-security-group-egress --group-id {id_} --protocol tcp --port 443 --cidr 0.0.0.0/0"
        return wrong("security group", f"{id_} lets no HTTPS out: no job reaches S3", mend)
    return ok("security group", f"{id_} lets HTTPS out; the only route leads to S3")


def _found(call: Any) -> list[Mapping[str, Any]]:
    """What EC2 knows by these ids; nothing of what is gone."""
    from botocore.exceptions import ClientError

    try:
        return list(call())
    except ClientError as error:
        if "NotFound" in error.response["Error"]["Code"]:
            return []
        raise


def catalog(account: Account) -> Iterator[Check]:
    """The portfolio offers every product in every version of the assembly, to the ML engineer, made by the launch role."""
    client, made = account.client("servicecatalog"), account.physical(_CATALOG)
    missing = client.exceptions.ResourceNotFoundException
    for _, id_, properties in account.expected("AWS::ServiceCatalog::Portfolio"):
        try:
            client.describe_portfolio(Id=made[id_])
            people = client.list_principals_for_portfolio(PortfolioId=made[id_])["Principals"]
        except missing:
            yield wrong("portfolio", f"{properties['DisplayName']} is gone", _AGAIN.format(_CATALOG))
            continue
        if not any(it["PrincipalARN"].endswith("role/mlops-ml-engineer") for it in people):
            yield wrong("portfolio", "the ML engineer is not admitted", _DRIFTED.format(_CATALOG))
        else:
            yield ok("portfolio", f"{properties['DisplayName']}, open to the ML engineer")
    for _, id_, properties in account.expected("AWS::ServiceCatalog::CloudFormationProduct"):
        wanted = [it["Name"] for it in properties["ProvisioningArtifactParameters"]]
        try:
            answer = client.list_provisioning_artifacts(ProductId=made[id_])["ProvisioningArtifactDetails"]
        except missing:
            yield wrong("product", f"{properties['Name']} is gone", _AGAIN.format(_CATALOG))
            continue
        active = {it["Name"] for it in answer if it.get("Active", True)}
        lost = [it for it in wanted if it not in active]
        if lost:
            yield wrong("product", f"{properties['Name']} is not offered in {', '.join(lost)}", DEPLOY)
        else:
            yield ok("product", f"{properties['Name']}: {', '.join(wanted)}")
