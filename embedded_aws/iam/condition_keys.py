"""IAM condition keys that a request carries, by action: what the service authorization reference lists for our services.

MiniStack evaluates policies but knows the keys of few services; a condition on a key that is missing denies. Sources: service
authorization reference, "Condition keys for Amazon CloudWatch", "... for Amazon SageMaker" and "... for AWS Key Management Service".
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from embedded_aws.iam.reference import find

Keys = dict[str, str | list[str]]

_PARTS = {"uploads", "partNumber"}  # of requests that begin an upload or send a part: they create no object
_JOB_ACTIONS = {"CreateProcessingJob", "CreateTrainingJob", "CreateTransformJob", "CreateModel"}


def condition_keys(action: str, request: Mapping[str, Any]) -> Keys:
    """Keys of one request; ``action`` is ``service:Operation``, ``request`` its parameters. Absent members give no key."""
    service, _, operation = action.partition(":")
    if action == "cloudwatch:PutMetricData":
        found: Iterator[tuple[str, Any]] = iter([("cloudwatch:namespace", request.get("Namespace"))])
    elif service == "sagemaker" and operation.endswith("ModelPackage"):
        found = _model_package(request)
    elif service == "sagemaker" and operation in _JOB_ACTIONS:
        found = _job(request)
    else:
        return {}
    return {key: _written(value) for key, value in found if value is not None and value != []}


def kms_keys(request: Mapping[str, Any], account: str) -> Keys:
    """Keys of one request to KMS by its caller himself; of ReEncrypt those of what is decrypted."""
    context = request.get("EncryptionContext") or request.get("SourceEncryptionContext") or {}
    limits = request.get("Constraints") or {}
    found: Keys = {"kms:CallerAccount": account, **encryption_context(context)}
    if str(request.get("KeyId", "")).rpartition(":")[2].startswith("alias/"):
        found["kms:RequestAlias"] = str(request["KeyId"]).rpartition(":")[2]
    if "GranteePrincipal" in request:
        found["kms:GrantIsForAWSResource"] = "false"
        found["kms:GranteePrincipal"] = str(request["GranteePrincipal"])
        found["kms:GrantOperations"] = [str(it) for it in request.get("Operations", [])]
    if "RetiringPrincipal" in request:
        found["kms:RetiringPrincipal"] = str(request["RetiringPrincipal"])
    if limits:
        found["kms:GrantConstraintType"] = next(iter(limits))
    return found


def encryption_context(pairs: Mapping[str, str]) -> Keys:
    """An encryption context as condition keys."""
    if not pairs:
        return {}
    return {
        "kms:EncryptionContextKeys": list(pairs),
        **{f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()},
    }


def s3_keys(action: str, query: Mapping[str, Any], headers: Mapping[str, str]) -> Keys:
    """Keys of requests to S3: the headers that are keys by their own name, tags that a write sets, conditional requests.

    User guide, "Enforce conditional writes": of writes also whether an object is created.
    """
    known = find(action)
    written = [it for it in (known.keys if known else ()) if it.startswith("s3:x-amz-")]
    own: Keys = {name: headers[name[3:]] for name in written if headers.get(name[3:])}
    if action != "s3:PutObject":
        return {**own, **({"s3:if-none-match": headers["if-none-match"]} if headers.get("if-none-match") else {})}
    found: Keys = own | ({"s3:if-match": headers["if-match"]} if headers.get("if-match") else {})
    tags = dict(parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True))
    found |= {f"s3:RequestObjectTag/{name}": value for name, value in tags.items()}
    if tags:
        found["s3:RequestObjectTagKeys"] = list(tags)
    # S3 knows no other value of it in a write; MiniStack does, and looks at it in no copy: neither is a write where nothing is
    if headers.get("if-none-match") == "*" and "x-amz-copy-source" not in headers:
        found["s3:if-none-match"] = "*"
    return {**found, "s3:ObjectCreationOperation": str(not _PARTS & set(query)).lower()}


def _model_package(request: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "sagemaker:ModelApprovalStatus", request.get("ModelApprovalStatus")
    cycle = request.get("ModelLifeCycle") or {}
    yield "sagemaker:ModelLifeCycle:Stage", cycle.get("Stage")
    yield "sagemaker:ModelLifeCycle:StageStatus", cycle.get("StageStatus")
    yield "sagemaker:CustomerMetadataPropertiesToRemove", request.get("CustomerMetadataPropertiesToRemove")
    for name, value in (request.get("CustomerMetadataProperties") or {}).items():
        yield f"sagemaker:CustomerMetadataProperties/{name}", value


def _job(request: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    # of a processing job; training jobs and models have the members themselves
    network = request.get("NetworkConfig") or {}
    cluster = _cluster(request)
    vpc = network.get("VpcConfig") or request.get("VpcConfig") or {}
    encrypted = network.get("EnableInterContainerTrafficEncryption")
    isolated = network.get("EnableNetworkIsolation")
    yield "sagemaker:InstanceTypes", [cluster["InstanceType"]] if "InstanceType" in cluster else None
    yield "sagemaker:VolumeKmsKey", cluster.get("VolumeKmsKeyId")
    yield "sagemaker:OutputKmsKey", _output(request).get("KmsKeyId")
    yield "sagemaker:VpcSubnets", vpc.get("Subnets")
    yield "sagemaker:VpcSecurityGroupIds", vpc.get("SecurityGroupIds")
    yield "sagemaker:NetworkIsolation", request.get("EnableNetworkIsolation", isolated)
    yield (
        "sagemaker:InterContainerTrafficEncryption",
        request.get("EnableInterContainerTrafficEncryption", encrypted),
    )
    yield "sagemaker:MaxRuntimeInSeconds", (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")


def _cluster(request: Mapping[str, Any]) -> Mapping[str, Any]:
    processing = (request.get("ProcessingResources") or {}).get("ClusterConfig")
    return processing or request.get("ResourceConfig") or request.get("TransformResources") or {}


def _output(request: Mapping[str, Any]) -> Mapping[str, Any]:
    for member in ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput"):
        if request.get(member):
            return dict(request[member])
    return {}


def _written(value: Any) -> str | list[str]:
    """Values as policies write them: ``true`` and ``false`` in small letters, numbers as text."""
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
