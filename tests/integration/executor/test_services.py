"""Policies with conditions, alarms, and the service host, through a running server."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore import serialize
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.integration.executor.lab import ACCOUNT, Lab, processing, python


def _session(lab: Lab, name: str, *statements: dict[str, Any]) -> boto3.Session:
    """A session of a new role with these statements."""
    iam, root = lab.client("iam"), f"arn:aws:iam::{ACCOUNT}:root"
    trust = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    keys = lab.client("sts").assume_role(RoleArn=arn, RoleSessionName="tester")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name="us-east-1")


def _cloudwatch(lab: Lab, session: boto3.Session, protocol: str) -> Any:
    client: Any = session.client("cloudwatch", endpoint_url=lab.endpoint)
    client._serializer = serialize.create_serializer(protocol, include_validation=False)
    client.meta.service_model.__dict__["resolved_protocol"] = protocol
    return client


@pytest.mark.parametrize("protocol", ["json", "query"])
def test_metrics_of_one_namespace_only(lab: Lab, protocol: str) -> None:
    """cloudwatch:namespace lets a role publish to its own namespace, several metrics at once, and to no other."""
    allow = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    allow["Condition"] = {"StringEquals": {"cloudwatch:namespace": "Own/space"}}  # type: ignore[assignment]
    client = _cloudwatch(lab, _session(lab, f"publisher-{protocol}", allow), protocol)
    data = [{"MetricName": f"{protocol}-{name}", "Value": 1} for name in "ab"]
    client.put_metric_data(Namespace="Own/space", MetricData=data)
    with pytest.raises(ClientError, match=r"AccessDenied.*not authorized to perform: cloudwatch:PutMetricData"):
        client.put_metric_data(Namespace="Other", MetricData=data)
    metrics = lab.client("cloudwatch").list_metrics()["Metrics"]
    found = {(item["Namespace"], item["MetricName"]) for item in metrics if item["MetricName"].startswith(protocol)}
    assert found == {("Own/space", f"{protocol}-a"), ("Own/space", f"{protocol}-b")}


@pytest.mark.parametrize(("namespace", "status"), [("Own/space", 200), ("Other", 403)])
def test_binary_protocol_is_authorized(lab: Lab, namespace: str, status: int) -> None:
    """rpc-v2-cbor names its operation in the path only: it is judged like the others, not waved through."""
    allow = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    allow["Condition"] = {"StringEquals": {"cloudwatch:namespace": "Own/space"}}  # type: ignore[assignment]
    session = _session(lab, f"binary-{status}", allow)
    operation = session.client("cloudwatch").meta.service_model.operation_model("PutMetricData")
    parameters = {"Namespace": namespace, "MetricData": [{"MetricName": "m", "Value": 1}]}
    made = serialize.create_serializer("smithy-rpc-v2-cbor").serialize_to_request(parameters, operation)
    request = AWSRequest("POST", lab.endpoint + made["url_path"], made["headers"], made["body"])
    SigV4Auth(session.get_credentials().get_frozen_credentials(), "monitoring", "us-east-1").add_auth(request)
    assert _status(request) == status


def _status(request: AWSRequest) -> int:
    prepared = request.prepare()
    sent = urllib.request.Request(prepared.url, prepared.body, dict(prepared.headers), method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(sent) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_approval_can_be_denied(lab: Lab) -> None:
    """sagemaker:ModelApprovalStatus: a role may reject versions, and may not approve them."""
    allow = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "sagemaker:UpdateModelPackage", "Resource": "*"}
    deny["Condition"] = {"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}}  # type: ignore[assignment]
    sagemaker: Any = _session(lab, "reviewer", allow, deny).client("sagemaker", endpoint_url=lab.endpoint)
    sagemaker.create_model_package_group(ModelPackageGroupName="reviewed")
    arn = sagemaker.create_model_package(ModelPackageGroupName="reviewed")["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    with pytest.raises(ClientError, match="explicit deny"):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert lab.sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Rejected"


def test_alarm_goes_by_dimensions(lab: Lab) -> None:
    """An alarm sees the metric with its own dimensions only, and goes to ALARM when that breaches."""
    cloudwatch = lab.client("cloudwatch")
    own, other = ([{"Name": "Project", "Value": value}] for value in ("own", "other"))
    cloudwatch.put_metric_alarm(
        AlarmName="own",
        Namespace="N",
        MetricName="drifted",
        Dimensions=own,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "drifted", "Dimensions": other, "Value": 1}])
    assert _settled(cloudwatch, "OK") == "OK"
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "drifted", "Dimensions": own, "Value": 1}])
    assert _settled(cloudwatch, "ALARM") == "ALARM"


def _settled(cloudwatch: Any, wanted: str) -> str:
    """The alarm's state once it is the wanted one, or what it is after 5 s."""
    deadline = time.monotonic() + 5
    while True:
        state = cloudwatch.describe_alarms(AlarmNames=["own"])["MetricAlarms"][0]["StateValue"]
        if state == wanted or time.monotonic() > deadline:
            return str(state)
        time.sleep(0.05)


def test_unsupported_operation(lab: Lab) -> None:
    """What is not served says so."""
    with pytest.raises(ClientError, match="not supported by the embedded AWS: CreateEndpoint"):
        lab.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"PipelineName": 1}', "ValidationException"),
    ],
)
def test_malformed_requests(lab: Lab, body: bytes, code: str) -> None:
    """Typed errors, never a crash."""
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(_signed(lab, body))  # noqa: S310
    assert raised.value.code == 400
    assert json.loads(raised.value.read())["__type"] == code


def _signed(lab: Lab, body: bytes) -> urllib.request.Request:
    headers = {"X-Amz-Target": "SageMaker.DescribePipeline", "Content-Type": "application/x-amz-json-1.1"}
    signed = AWSRequest("POST", f"{lab.endpoint}/", headers, body)
    SigV4Auth(Credentials(ACCOUNT, lab.running.root_secret), "sagemaker", "us-east-1").add_auth(signed)
    return urllib.request.Request(f"{lab.endpoint}/", body, dict(signed.headers.items()), method="POST")  # noqa: S310


def test_tags(lab: Lab) -> None:
    """Tags given at creation and later, on pipelines, versions and jobs."""
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="tagged", Tags=[{"Key": "a", "Value": "1"}])
    version = lab.sagemaker.create_model_package(ModelPackageGroupName="tagged", Tags=[{"Key": "b", "Value": "2"}])
    arn = version["ModelPackageArn"]
    lab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "c", "Value": "3"}])
    lab.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["b"])
    assert lab.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "3"}]
    outcome = lab.run([processing("Tagged", python("pass"), arguments={"Tags": [{"Key": "d", "Value": "4"}]})])
    job = lab.job(outcome, "Tagged")["ProcessingJobArn"]
    assert lab.sagemaker.list_tags(ResourceArn=job)["Tags"] == [{"Key": "d", "Value": "4"}]
