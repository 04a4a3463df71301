"""Experiment tracking: the serverless MLflow App with its artifact bucket."""

from aws_cdk import aws_kms, aws_sagemaker
from constructs import Construct

from stacks.names import EXPERIMENTS, bucket_arn
from stacks.secure import allow, secure_bucket, service_role
from stacks.secure.findings import wildcards


class Tracking(Construct):
    """An MLflow App (no server to run or to pay for while nobody uses it)."""

    def __init__(self, scope: Construct, id_: str, *, key: aws_kms.IKey, logs: str, boundary: str) -> None:
        super().__init__(scope, id_)
        bucket = secure_bucket(self, "Experiments", name=EXPERIMENTS, key=key, logs=logs)
        where = bucket_arn(EXPERIMENTS)
        statements = [
            allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"], where, f"{where}/*"),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], key.key_arn),
        ]
        role = service_role(
            self,
            "Role",
            name="mlops-tracking",
            service="sagemaker",
            boundary=boundary,
            statements=statements,
            accepted=wildcards(statements, "the objects of this one bucket"),
        )
        aws_sagemaker.CfnMlflowApp(
            self,
            "App",
            name="mlops",
            artifact_store_uri=f"s3://{bucket.bucket_name}/mlflow",
            role_arn=role.attr_arn,
            model_registration_mode="AutoModelRegistrationDisabled",
        )
