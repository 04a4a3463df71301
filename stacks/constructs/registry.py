"""The registry group of a project's model versions and the feature group of its features."""

from aws_cdk import CfnDeletionPolicy, CfnOutput, Fn, aws_sagemaker

from mlops.projects.names import MODELS_FROM
from mlops.projects.prefixes import FEATURES
from stacks.constructs.storage import objects
from stacks.names import PROJECT, arn, sub
from stacks.project.arns import DATA_BUCKET
from stacks.project.parts import Parts
from stacks.project.writing import writing
from stacks.secure import allow

FEATURE_GROUP = f"{PROJECT.name}-features"
# what the feature store keeps about its offline stores in the catalog of tables
OFFLINE_STORE = [
    arn("glue", item) for item in ("catalog", "database/sagemaker_featurestore", "table/sagemaker_featurestore/*")
]
_FEATURES = (("record_id", "String"), ("event_time", "String"), ("dataset_id", "String"), ("definition_hash", "String"))


def model_group(parts: Parts) -> None:
    """The group stays when the stack goes; while a project that only predicts imports its name, the stack stays, too."""
    group = aws_sagemaker.CfnModelPackageGroup(
        parts.stack,
        "ModelGroup",
        model_package_group_name=Fn.sub(sub(PROJECT.model_group)),
        model_package_group_description="model versions; deployed only after another person's approval",
    )
    group.cfn_options.condition = parts.new(MODELS_FROM)
    group.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE
    group.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
    CfnOutput(
        parts.stack,
        "Versions",
        value=Fn.sub(sub(PROJECT.model_group)),
        export_name=Fn.sub(sub(PROJECT.models_export)),
    )


def feature_group(parts: Parts, bucket: str) -> None:
    """Online and offline store, both with the customer's key; ``bucket`` is the data bucket's name, as ``Storage`` refers to it."""
    role = parts.role(
        "FeatureRole",
        FEATURES,
        "sagemaker",
        [
            *objects(parts),
            *writing(parts, FEATURES),
            allow(["s3:GetBucketAcl"], DATA_BUCKET),
            allow(["s3:PutObjectAcl"], f"{DATA_BUCKET}/features/*"),
            allow(["glue:CreateTable", "glue:GetTable", "glue:UpdateTable"], *OFFLINE_STORE),
        ],
    )
    definition = aws_sagemaker.CfnFeatureGroup.FeatureDefinitionProperty
    aws_sagemaker.CfnFeatureGroup(
        parts.stack,
        "FeatureGroup",
        feature_group_name=Fn.sub(sub(FEATURE_GROUP)),
        record_identifier_feature_name="record_id",
        event_time_feature_name="event_time",
        feature_definitions=[definition(feature_name=name, feature_type=kind) for name, kind in _FEATURES],
        online_store_config={"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": parts.key_arn}},
        offline_store_config={
            "S3StorageConfig": {
                "S3Uri": Fn.join("", ["s3://", bucket, "/features"]),
                "KmsKeyId": parts.key_arn,
            },
        },
        role_arn=role,
    )
