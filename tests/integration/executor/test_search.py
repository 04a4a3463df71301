"""Search, and List* and Describe* of what nobody has made: every such operation of botocore's model, through a client."""

import contextlib
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.shapes import service_model, violations
from tests.integration.executor.lab import IMAGE, Lab, processing, python

_MODEL = service_model("sagemaker")


_ARN = "arn:aws:sagemaker:us-east-1:000000000000:"
_TEXTS = (
    *("nobody", "d-abcdefghijkl", "1.0.0", "abcdefghijkl", "01234567-89ab-cdef-0123-456789abcdef"),
    *(
        f"{_ARN}{kind}/nobodyknowsit"
        for kind in ("artifact", "mlflow-app", "reserved-capacity", "training-plan", "workteam")
    ),
    *(f"{_ARN}{kind}" for kind in ("pipeline/nobody/execution/abcdefghijkl", "model-card/nobody/export-job/nobody")),
    *(f"{_ARN}partner-app/app-ABCDEFGHIJKL", "arn:aws:sagemaker:us-east-1:394669845002:workteam/vendor-crowd/nobody"),
)


def _sample(shape: Any) -> Any:
    """A valid value of a required member."""
    if shape.type_name != "string":
        return {"structure": {}, "list": [], "boolean": True}.get(shape.type_name, 1)
    return next(text for text in (*shape.enum, *_TEXTS) if not list(violations(shape, text)))


_READING = [name for name in _MODEL.operation_names if name.startswith(("List", "Describe"))]


@pytest.mark.parametrize("name", _READING)
def test_nobody_has_made_it(lab: Lab, name: str) -> None:
    """An empty list or ResourceNotFound, never an unknown operation."""
    from botocore import xform_name

    shape = _MODEL.operation_model(name).input_shape
    given = {member: _sample(shape.members[member]) for member in shape.required_members}
    with contextlib.suppress(ClientError):
        answer = getattr(lab.sagemaker, xform_name(name))(**given)
        assert name.startswith("List")
        assert any(isinstance(value, list) for value in answer.values())
        return
    with pytest.raises(ClientError) as refused:
        getattr(lab.sagemaker, xform_name(name))(**given)
    error = refused.value.response["Error"]
    assert error["Code"] in {"ResourceNotFound", "ValidationException"}
    assert re.search("[Cc]ould not find|does not exist|no version|nothing to look for", error["Message"]), error


@pytest.fixture(scope="module")
def things(lab: Lab) -> Lab:
    """Two groups with versions, two feature groups, and executions that ended in two ways."""
    for number, group in enumerate(("search-a", "search-b")):
        lab.sagemaker.create_model_package_group(
            ModelPackageGroupName=group, Tags=[{"Key": "team", "Value": group[-1]}]
        )
        for rank in range(3):
            lab.sagemaker.create_model_package(
                ModelPackageGroupName=group,
                ModelApprovalStatus="Approved" if rank == number else "PendingManualApproval",
                CustomerMetadataProperties={"auc.test": f"0.{7 + rank}", "by": group},
                InferenceSpecification={
                    "Containers": [
                        {"Image": IMAGE, "ModelDataUrl": lab.uri(f"{group}/{part}/{rank}")} for part in "xy"
                    ],
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                },
            )
    for name in ("patients", "claims"):
        lab.sagemaker.create_feature_group(
            FeatureGroupName=f"search-{name}-{lab.backend}",
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="at",
            FeatureDefinitions=[{"FeatureName": part, "FeatureType": "String"} for part in ("id", "at", name)],
        )
    parameter = {"Name": "Code", "Type": "Integer", "DefaultValue": 0}
    code = {"Std:Join": {"On": "", "Values": ["raise SystemExit(", {"Get": "Parameters.Code"}, ")"]}}
    lab.create([processing("P", ["python3", "-c", code])], [parameter], name=f"search-{lab.backend}")
    for value in ("0", "3"):
        lab.wait(lab.start(f"search-{lab.backend}", {"Code": value}))
    return lab


def _found(lab: Lab, resource: str, *filters: tuple[str, str, str], **more: Any) -> list[dict[str, Any]]:
    expression = {
        "Filters": [{"Name": name, "Operator": operator, "Value": value} for name, operator, value in filters]
    }
    given = {"SearchExpression": expression} if filters else {}
    pages = lab.sagemaker.get_paginator("search").paginate(Resource=resource, **given, **more)
    return [item[resource] for page in pages for item in page["Results"]]


_OURS = ("ModelPackageGroupName", "Contains", "search-")


@pytest.mark.parametrize(
    ("filters", "versions"),
    [
        ([], "a1 a2 a3 b1 b2 b3"),
        ([("ModelPackageGroupName", "Equals", "search-a")], "a1 a2 a3"),
        ([("ModelApprovalStatus", "Equals", "Approved")], "a1 b2"),
        ([("ModelApprovalStatus", "NotEquals", "Approved"), ("ModelPackageVersion", "LessThan", "3")], "a2 b1"),
        ([("ModelPackageVersion", "In", "1,3")], "a1 a3 b1 b3"),
        ([("ModelPackageVersion", "GreaterThanOrEqualTo", "3")], "a3 b3"),
        ([("CustomerMetadataProperties.auc.test", "GreaterThan", "0.75")], "a2 a3 b2 b3"),
        ([("CustomerMetadataProperties.by", "Contains", "H-B")], "b1 b2 b3"),
        ([("InferenceSpecification.Containers.ModelDataUrl", "Contains", "/y/1")], "a2 b2"),
        ([("CreationTime", "LessThan", "2020-01-01T00:00:00Z")], ""),
        ([("CreationTime", "GreaterThan", "2020-01-01")], "a1 a2 a3 b1 b2 b3"),
    ],
)
def test_filters(things: Lab, filters: list[tuple[str, str, str]], versions: str) -> None:
    """Equals, NotEquals, comparisons of numbers and times, In, Contains; all of them must hold."""
    found = _found(things, "ModelPackage", _OURS, *filters)
    shown = sorted(f"{item['ModelPackageGroupName'][-1]}{item['ModelPackageVersion']}" for item in found)
    assert shown == versions.split()


def test_or_nested_and_sub_expressions(things: Lab) -> None:
    """Or over filters; nested filters want one element that satisfies all; sub-expressions are conditions, too."""
    list_of = "InferenceSpecification.Containers"
    both = [
        {"Name": f"{list_of}.ModelDataUrl", "Operator": "Contains", "Value": part} for part in ("search-a/x", "x/1")
    ]
    apart = [{**both[0]}, {**both[1], "Value": "/y/1"}]

    def count(expression: dict[str, Any]) -> int:
        return len(things.sagemaker.search(Resource="ModelPackage", SearchExpression=expression)["Results"])

    assert count({"NestedFilters": [{"NestedPropertyName": list_of, "Filters": both}]}) == 1
    assert count({"NestedFilters": [{"NestedPropertyName": list_of, "Filters": apart}]}) == 0
    one = {"Name": "ModelPackageVersion", "Operator": "Equals", "Value": "1"}
    ours = {"Filters": [{"Name": _OURS[0], "Operator": _OURS[1], "Value": _OURS[2]}]}
    either = {"Filters": [one, {**one, "Value": "2"}], "Operator": "Or"}
    assert count({"SubExpressions": [ours, either]}) == 4
    assert count({"Filters": [{"Name": "Domain", "Operator": "NotExists"}], "SubExpressions": [ours]}) == 6


def test_sort_and_pages(things: Lab) -> None:
    """Sorted by any member; pages join to the whole; the number of hits is told."""
    page = things.sagemaker.search(Resource="ModelPackage", MaxResults=4)
    assert (len(page["Results"]), "NextToken" in page, page["TotalHits"]["Relation"]) == (4, True, "EqualTo")
    assert page["TotalHits"]["Value"] >= 6
    for order, expected in (("Ascending", [1, 1, 2, 2, 3, 3]), ("Descending", [3, 3, 2, 2, 1, 1])):
        found = _found(
            things,
            "ModelPackage",
            _OURS,
            SortBy="ModelPackageVersion",
            SortOrder=order,
            PaginationConfig={"PageSize": 2},
        )
        assert [item["ModelPackageVersion"] for item in found] == expected
    with pytest.raises(ClientError, match="is not one that this service gave"):
        things.sagemaker.search(Resource="Pipeline", NextToken="next")


def test_every_kind_that_is_there(things: Lab) -> None:
    """Executions with their parameters, pipelines and versions, jobs, groups with tags, feature groups and features."""
    arn = things.sagemaker.describe_pipeline(PipelineName=f"search-{things.backend}")["PipelineArn"]
    failed = _found(
        things, "PipelineExecution", ("PipelineArn", "Equals", arn), ("PipelineExecutionStatus", "Equals", "Failed")
    )
    assert [item["PipelineParameters"] for item in failed] == [[{"Name": "Code", "Value": "3"}]]
    assert len(_found(things, "PipelineExecution", ("PipelineArn", "Equals", arn))) == 2
    assert len(_found(things, "Pipeline", ("PipelineName", "Equals", f"search-{things.backend}"))) == 1
    assert [
        item["PipelineVersionId"] for item in _found(things, "PipelineVersion", ("PipelineArn", "Equals", arn))
    ] == [1]
    (group,) = _found(things, "ModelPackageGroup", ("Tags.team", "Equals", "b"))
    assert (group["ModelPackageGroupName"], group["Tags"]) == ("search-b", [{"Key": "team", "Value": "b"}])
    name = f"search-claims-{things.backend}"
    assert [
        item["FeatureGroupName"] for item in _found(things, "FeatureGroup", ("FeatureGroupName", "Equals", name))
    ] == [name]
    assert len(_found(things, "FeatureMetadata", ("FeatureGroupName", "Equals", name))) == 3
    answer = things.sagemaker.describe_feature_metadata(FeatureGroupName=name, FeatureName="claims")
    assert answer["FeatureType"] == "String"
    for resource in ("Experiment", "ExperimentTrial", "Endpoint", "Project", "ModelCard", "HyperParameterTuningJob"):
        assert things.sagemaker.search(Resource=resource)["Results"] == []


def test_training_jobs_by_metric_and_hyper_parameter(lab: Lab) -> None:
    """As Studio's search does: Metrics.NAME and HyperParameters.NAME."""
    for rate in ("1", "5"):
        name = f"searched-{rate}-{lab.backend}"
        lab.sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": python(f"print('loss=0.{rate}')"),
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
            },
            RoleArn="arn:aws:iam::000000000000:role/anybody",
            OutputDataConfig={"S3OutputPath": lab.uri("searched")},
            ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
            HyperParameters={"rate": rate},
        )
        deadline = time.monotonic() + 30
        while lab.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress":
            assert time.monotonic() < deadline
            time.sleep(0.05)
    ours = ("TrainingJobName", "Contains", f"-{lab.backend}")
    for condition in (("Metrics.loss", "LessThan", "0.3"), ("HyperParameters.rate", "Equals", "1")):
        assert [item["TrainingJobName"] for item in _found(lab, "TrainingJob", ours, condition)] == [
            f"searched-1-{lab.backend}"
        ]
