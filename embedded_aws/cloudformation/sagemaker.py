"""SageMaker's types."""

import json

from embedded_aws.cloudformation.types import Context, Params, Type, without
from embedded_aws.service import Document

_S3 = {"Bucket": "", "Key": "", "Version": "", "ETag": ""}


def _definition(properties: Params, context: Context) -> Document:
    """The pipeline's request, its definition read from where the template says."""
    request = dict(properties)
    given = request.get("PipelineDefinition") or {}
    known = {"PipelineDefinitionBody", "PipelineDefinitionS3Location"}
    if not isinstance(given, dict) or len(given) != 1 or not set(given) <= known:
        raise ValueError("PipelineDefinition: must have PipelineDefinitionBody or PipelineDefinitionS3Location")
    if "PipelineDefinitionBody" in given:
        body = given["PipelineDefinitionBody"]
        request["PipelineDefinition"] = body if isinstance(body, str) else json.dumps(body)
    else:
        place = given["PipelineDefinitionS3Location"]
        unknown = set(place) - set(_S3)
        if unknown:
            raise ValueError(f"Encountered unsupported property PipelineDefinitionS3Location.{sorted(unknown)[0]}")
        request["PipelineDefinition"] = context.read_object(place["Bucket"], place["Key"]).decode()
    return request


def _updated_pipeline(properties: Params, context: Context) -> Document:
    return without("Tags")(_definition(properties, context), context)


SAGEMAKER = (
    Type(
        "AWS::SageMaker::Pipeline",
        "sagemaker",
        create="CreatePipeline",
        update="UpdatePipeline",
        delete="DeletePipeline",
        reference=lambda request, _: str(request["PipelineName"]),
        identity=lambda name, _: {"PipelineName": name},
        request=_definition,
        change=_updated_pipeline,
        custom_name="PipelineName",
        create_only=("PipelineName",),
    ),
    Type(
        "AWS::SageMaker::ModelPackageGroup",
        "sagemaker",
        create="CreateModelPackageGroup",
        delete="DeleteModelPackageGroup",
        reference=lambda _, answer: str(answer["ModelPackageGroupArn"]),
        identity=lambda arn, _: {"ModelPackageGroupName": arn.rsplit("/", 1)[-1]},
        request=without("ModelPackageGroupPolicy"),
        attributes=lambda arn, *_: {"ModelPackageGroupArn": arn, "ModelPackageGroupStatus": "Completed"},
        custom_name="ModelPackageGroupName",
        create_only=("ModelPackageGroupName", "ModelPackageGroupDescription"),
    ),
    Type(
        "AWS::SageMaker::FeatureGroup",
        "sagemaker",
        create="CreateFeatureGroup",
        delete="DeleteFeatureGroup",
        reference=lambda request, _: str(request["FeatureGroupName"]),
        identity=lambda name, _: {"FeatureGroupName": name},
        custom_name="FeatureGroupName",
        create_only=(
            "FeatureGroupName",
            "RecordIdentifierFeatureName",
            "EventTimeFeatureName",
            "OnlineStoreConfig",
            "OfflineStoreConfig",
            "RoleArn",
            "Description",
        ),
    ),
    Type(
        "AWS::SageMaker::MlflowApp",
        "sagemaker",
        create="CreateMlflowApp",
        update="UpdateMlflowApp",
        delete="DeleteMlflowApp",
        reference=lambda _, answer: str(answer["Arn"]),
        identity=lambda arn, _: {"Arn": arn},
        change=without("RoleArn", "Tags"),
        attributes=lambda arn, *_: {"Arn": arn, "MlflowAppId": arn.rsplit("/", 1)[-1], "Status": "Created"},
        create_only=("Name", "RoleArn"),
    ),
)
