"""What a job takes beside its data: a network that leads to S3, grants on keys, metrics; each in its role, each refused without."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.executor.lab import IMAGE, LOGS, READS, Lab
from tests.integration.services.roles import allow, key

# SageMaker AI Developer Guide, "Execution role permissions", of jobs in a VPC
IN_VPC = allow(
    *(
        f"ec2:{verb}"
        for verb in (
            "CreateNetworkInterface",
            "CreateNetworkInterfacePermission",
            "DeleteNetworkInterface",
            "DeleteNetworkInterfacePermission",
            "DescribeDhcpOptions",
            "DescribeNetworkInterfaces",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeVpcs",
        )
    )
)
WRITES = allow("s3:PutObject", on="arn:aws:s3:::lab/*")
METRICS = allow("cloudwatch:PutMetricData", StringLike={"cloudwatch:namespace": "/aws/sagemaker/*"})
NO_WAY = (
    "ClientError: Data download failed:Please ensure that the subnet's route table has a route to an S3 VPC endpoint "
    "or a NAT device, and both the security groups and the subnet's network ACL allow outbound traffic to S3."
)
_numbers = itertools.count(1)


def _role(lab: Lab, *statements: dict[str, Any]) -> str:
    basics = [{"Effect": "Allow", **it} for it in (READS, LOGS)]
    return lab.role(f"surrounded-{next(_numbers)}", *basics, WRITES, *statements)


def _processing(lab: Lab, role: str, network: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Description of a finished processing job that writes one file."""
    name, code = f"surrounded-{next(_numbers)}", "open('/opt/ml/processing/out/f', 'w').write('x')"
    cluster = {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1, **more.pop("cluster", {})}
    output = {"S3Uri": lab.uri(f"out/{name}"), "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    lab.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=role,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", code]},
        ProcessingResources={"ClusterConfig": cluster},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": output}], **more.pop("output", {})},
        **({"NetworkConfig": {"VpcConfig": network}} if network else {}),
    )
    return _finished(lambda: lab.sagemaker.describe_processing_job(ProcessingJobName=name), "ProcessingJobStatus")


def _finished(describe: Callable[[], dict[str, Any]], member: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while (found := describe())[member] == "InProgress":
        assert time.monotonic() < deadline
        time.sleep(0.03)
    return found


class Network:
    """A network of one subnet with a gateway endpoint and a group that lets HTTPS out: the least that leads to S3."""

    def __init__(self, lab: Lab) -> None:
        self.ec2 = lab.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnet)
        self.group = self.ec2.create_security_group(VpcId=self.vpc, GroupName="jobs", Description="jobs")["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        self.ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=everything)

    @property
    def config(self) -> dict[str, list[str]]:
        """A job's VpcConfig."""
        return {"Subnets": [self.subnet], "SecurityGroupIds": [self.group]}

    def endpoint(self, service: str = "s3") -> None:
        """A gateway endpoint in the subnet's route table."""
        name = f"com.amazonaws.us-east-1.{service}"
        self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=name, RouteTableIds=[self.table])

    def lets_out(self, port: int = 443, to: str = "0.0.0.0/0") -> None:
        """A rule of the group."""
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": to}]}
        self.ec2.authorize_security_group_egress(GroupId=self.group, IpPermissions=[rule])

    def nat(self) -> None:
        """A default route to a NAT gateway."""
        gateway = self.ec2.create_nat_gateway(SubnetId=self.subnet)["NatGateway"]["NatGatewayId"]
        self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)

    def internet(self) -> None:
        """A default route to an internet gateway: jobs have no public address that could use it."""
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    def denied(self) -> None:
        """The list of the network lets no HTTPS out."""
        (acl,) = self.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["NetworkAcls"]
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl["NetworkAclId"],
            RuleNumber=10,
            Protocol="6",
            RuleAction="deny",
            Egress=True,
            CidrBlock="0.0.0.0/0",
        )


@pytest.fixture
def network(lab: Lab) -> Iterator[Network]:
    """A new one, closed."""
    yield Network(lab)  # noqa: PT022 (the server goes with its networks)


@pytest.mark.parametrize(
    ("made", "open_"),
    [
        (["endpoint", "lets_out"], True),
        (["nat", "lets_out"], True),
        (["lets_out"], False),
        (["endpoint"], False),
        (["internet", "lets_out"], False),
        (["endpoint", "lets_out", "denied"], False),
    ],
    ids=lambda it: "+".join(it) if isinstance(it, list) else "",
)
def test_a_job_in_a_vpc_needs_a_way_to_s3(lab: Lab, network: Network, made: list[str], open_: bool) -> None:
    """Route, group and list of addresses: SageMaker's own error where one is missing."""
    for step in made:
        getattr(network, step)()
    job = _processing(lab, _role(lab, IN_VPC), network.config)
    assert (job["ProcessingJobStatus"], job.get("FailureReason", "")) == (
        ("Completed", "") if open_ else ("Failed", NO_WAY)
    )


@pytest.mark.parametrize(
    ("service", "port", "to"), [("dynamodb", 443, "0.0.0.0/0"), ("s3", 80, "0.0.0.0/0"), ("s3", 443, "10.0.0.0/8")]
)
def test_another_endpoint_port_or_address_is_no_way(
    lab: Lab, network: Network, service: str, port: int, to: str
) -> None:
    """The gateway endpoint leads to S3's public addresses, by HTTPS."""
    network.endpoint(service)
    network.lets_out(port, to)
    assert _processing(lab, _role(lab, IN_VPC), network.config)["FailureReason"] == NO_WAY


@pytest.mark.parametrize("member", ["Subnets", "SecurityGroupIds"])
@pytest.mark.parametrize("kind", ["processing", "training"])
def test_what_does_not_exist_is_refused_at_once(lab: Lab, network: Network, member: str, kind: str) -> None:
    """In EC2's words."""
    config = {**network.config, member: ["subnet-0123456789abcdef0" if member == "Subnets" else "sg-0123456789abcdef0"]}
    words = "The subnet ID 'subnet-.*' does not exist|The security group 'sg-.*' does not exist"
    run = {"processing": _processing, "training": _trained_in}[kind]
    with pytest.raises(ClientError, match=words) as raised:
        run(lab, _role(lab, IN_VPC), config)
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def _trained_in(lab: Lab, role: str, config: dict[str, Any]) -> dict[str, Any]:
    return _training(lab, role, VpcConfig=config)


def test_subnets_and_groups_are_of_one_network(lab: Lab, network: Network) -> None:
    """A group of another VPC is none."""
    config = {**network.config, "SecurityGroupIds": [Network(lab).group]}
    with pytest.raises(ClientError, match="same VPC"):
        _processing(lab, _role(lab, IN_VPC), config)


@pytest.mark.parametrize("without", ["ec2:CreateNetworkInterface", "ec2:DescribeSubnets"])
def test_a_job_in_a_vpc_takes_rights_of_its_role(lab: Lab, network: Network, without: str) -> None:
    """Each of those that the guide lists."""
    network.endpoint()
    network.lets_out()
    role = _role(lab, {**IN_VPC, "Action": [it for it in IN_VPC["Action"] if it != without]})
    reason = _processing(lab, role, network.config)["FailureReason"]
    assert f"assumed-role/{role.rpartition('/')[2]}/SageMaker is not authorized to perform: {without}" in reason


def test_an_encrypted_volume_takes_a_grant(lab: Lab) -> None:
    """kms:CreateGrant of the role, by an AWS service; the grant ends with the job."""
    arn = key(lab)
    missing = _processing(lab, _role(lab), cluster={"VolumeKmsKeyId": arn})
    assert "is not authorized to perform: kms:CreateGrant" in missing["FailureReason"]
    granting = allow("kms:CreateGrant", on=arn, Bool={"kms:GrantIsForAWSResource": "true"})
    done = _processing(lab, _role(lab, granting), cluster={"VolumeKmsKeyId": arn})
    assert done["ProcessingJobStatus"] == "Completed"
    assert lab.client("kms").list_grants(KeyId=arn)["Grants"] == []
    closed = key(lab, {**_to("arn:aws:iam::111122223333:root"), "Action": "kms:*"})
    assert (
        "kms:CreateGrant" in _processing(lab, _role(lab, granting), cluster={"VolumeKmsKeyId": closed})["FailureReason"]
    )


def _to(principal: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Resource": "*"}


def test_outputs_are_written_under_their_key(lab: Lab) -> None:
    """KmsKeyId of the output: SageMaker asks for kms:Encrypt, and S3 for a data key, both with the role's rights."""
    arn = key(lab)
    for given, missing in (("kms:GenerateDataKey", "kms:Encrypt"), ("kms:Encrypt", "kms:GenerateDataKey")):
        failed = _processing(lab, _role(lab, allow(given, on=arn)), output={"KmsKeyId": arn})
        assert f"is not authorized to perform: {missing}" in failed["FailureReason"]
    both = _role(lab, allow("kms:Encrypt", "kms:GenerateDataKey", on=arn))
    done = _processing(lab, both, output={"KmsKeyId": arn})
    written = lab.s3.head_object(Bucket="lab", Key=f"out/{done['ProcessingJobName']}/f")
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", arn)


def _training(lab: Lab, role: str, **more: Any) -> dict[str, Any]:
    name = f"surrounded-{next(_numbers)}"
    code = "print('loss=0.5;'); print('loss=0.25;')"
    lab.sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=role,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-c", code],
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*?);"}],
        },
        OutputDataConfig={"S3OutputPath": lab.uri("trained")},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        **more,
    )
    return _finished(lambda: lab.sagemaker.describe_training_job(TrainingJobName=name), "TrainingJobStatus")


@pytest.mark.parametrize("allowed", [True, False])
def test_metrics_are_written_in_the_role(lab: Lab, allowed: bool) -> None:
    """To CloudWatch, by the job's name. Without the right the job succeeds and has none; its log says why."""
    job = _training(lab, _role(lab, *([METRICS] if allowed else [])))
    assert job["TrainingJobStatus"] == "Completed"
    assert [it["Value"] for it in job["FinalMetricDataList"]] == [0.25]
    asked = {
        "Namespace": "/aws/sagemaker/TrainingJobs",
        "MetricName": "loss",
        "Dimensions": [{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
        "StartTime": time.time() - 600,
        "EndTime": time.time() + 600,
        "Period": 3600,
        "Statistics": ["SampleCount", "Minimum", "Maximum"],
    }
    points = lab.client("cloudwatch").get_metric_statistics(**asked)["Datapoints"]
    assert [(it["SampleCount"], it["Minimum"], it["Maximum"]) for it in points] == (
        [(2.0, 0.25, 0.5)] if allowed else []
    )
    said = [it for it in lab.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"]) if "no metrics" in it]
    assert ["cloudwatch:PutMetricData" in it for it in said] == ([] if allowed else [True])
