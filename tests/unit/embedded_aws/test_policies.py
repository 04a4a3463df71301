"""IAM condition keys, retry policies and cache durations."""

from typing import Any

import pytest

from embedded_aws.iam.condition_keys import condition_keys
from embedded_aws.sagemaker.pipelines.cache import seconds
from embedded_aws.sagemaker.pipelines.retries import pause
from embedded_aws.service import ServiceError


@pytest.mark.parametrize(
    ("action", "request_", "keys"),
    [
        ("cloudwatch:PutMetricData", {"Namespace": "A/b", "MetricData": [{}, {}]}, {"cloudwatch:namespace": "A/b"}),
        ("cloudwatch:GetMetricData", {"Namespace": "A/b"}, {}),
        (
            "sagemaker:UpdateModelPackage",
            {"ModelApprovalStatus": "Approved", "ModelLifeCycle": {"Stage": "Prod", "StageStatus": "Ok"}},
            {
                "sagemaker:ModelApprovalStatus": "Approved",
                "sagemaker:ModelLifeCycle:Stage": "Prod",
                "sagemaker:ModelLifeCycle:StageStatus": "Ok",
            },
        ),
        (
            "sagemaker:UpdateModelPackage",
            {"CustomerMetadataProperties": {"k": "v"}},
            {"sagemaker:CustomerMetadataProperties/k": "v"},
        ),
        (
            "sagemaker:CreateProcessingJob",
            {
                "NetworkConfig": {
                    "EnableNetworkIsolation": True,
                    "EnableInterContainerTrafficEncryption": False,
                    "VpcConfig": {"Subnets": ["s1", "s2"], "SecurityGroupIds": ["g"]},
                },
                "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "k1"}},
                "ProcessingOutputConfig": {"KmsKeyId": "k2"},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            },
            {
                "sagemaker:InstanceTypes": ["ml.m5.large"],
                "sagemaker:VolumeKmsKey": "k1",
                "sagemaker:OutputKmsKey": "k2",
                "sagemaker:VpcSubnets": ["s1", "s2"],
                "sagemaker:VpcSecurityGroupIds": ["g"],
                "sagemaker:NetworkIsolation": "true",
                "sagemaker:InterContainerTrafficEncryption": "false",
                "sagemaker:MaxRuntimeInSeconds": "60",
            },
        ),
        (
            "sagemaker:CreateTrainingJob",
            {"EnableNetworkIsolation": False, "ResourceConfig": {"InstanceType": "ml.c5.large"}},
            {"sagemaker:NetworkIsolation": "false", "sagemaker:InstanceTypes": ["ml.c5.large"]},
        ),
        ("sagemaker:ListModels", {}, {}),
    ],
)
def test_condition_keys(action: str, request_: dict[str, Any], keys: dict[str, Any]) -> None:
    """Keys as the service authorization reference names them; a member that is absent gives none."""
    assert condition_keys(action, request_) == keys


_POLICY = {
    "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
    "IntervalSeconds": 2,
    "BackoffRate": 3.0,
    "MaxAttempts": 3,
}


@pytest.mark.parametrize(
    ("policies", "attempts", "elapsed", "reason", "expected"),
    [
        ([_POLICY], 1, 0, "InternalServerError: lost", 2.0),
        ([_POLICY], 2, 0, "InternalServerError: lost", 6.0),
        ([_POLICY], 3, 0, "InternalServerError: lost", None),
        ([_POLICY], 1, 0, "AlgorithmError: bad data, exit code: 1", None),
        ([], 1, 0, "InternalServerError: lost", None),
        (
            [{"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 5}],
            1,
            0,
            "ClientError: ThrottlingException: slow",
            5.0,
        ),
        ([{"ExceptionType": ["Step.SERVICE_FAULT"], "ExpireAfterMin": 1}], 99, 59, "ServiceUnavailable: x", 2.0**98),
        ([{"ExceptionType": ["Step.SERVICE_FAULT"], "ExpireAfterMin": 1}], 1, 60, "ServiceUnavailable: x", None),
    ],
)
def test_retry_pause(policies: list[Any], attempts: int, elapsed: float, reason: str, expected: float | None) -> None:
    """Interval times backoff to the power of the retries; only for the exception types of a policy, within its bounds."""
    assert pause(policies, attempts, elapsed, reason) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P30D", 2_592_000),
        ("PT1H", 3_600),
        ("P1DT2H3M4S", 93_784),
        ("30d", 2_592_000),
        ("T12H", 43_200),
        ("P2W", 1_209_600),
    ],
)
def test_durations(text: str, expected: float) -> None:
    """ISO 8601 and the forms that the SDK's documentation uses."""
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "soon", "1", "P1H"])
def test_no_duration(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ServiceError, match="ExpireAfter"):
        seconds(text)
