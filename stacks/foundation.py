"""The shared foundation: customer-managed key, access-log bucket, private network, experiment tracking."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from stacks import names
from stacks.constructs.audit import trail
from stacks.constructs.boundary import foundation_boundary
from stacks.constructs.datasets import Datasets
from stacks.constructs.job_logs import job_logs
from stacks.constructs.network import Network
from stacks.constructs.tracking import Tracking
from stacks.secure import data_key, log_bucket
from stacks.settings import Settings


class Foundation(Stack):
    """What every project uses and none owns; CloudFormation refuses to delete it while a project imports from it."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-foundation", termination_protection=True)
        self.key = data_key(self, "DataKey", alias="alias/mlops/data")
        logs = log_bucket(self, "Logs", name=names.LOGS, days=settings.retention_days)
        self.logs = logs.bucket_name
        boundary = settings.permissions_boundary or foundation_boundary(self)
        audit = trail(self, key=self.key, logs=self.logs, days=settings.retention_days)
        job_logs(self, key_arn=self.key.key_arn, days=settings.retention_days)
        Datasets(self, "DatasetRegistry", key=self.key, logs=self.logs)
        if settings.network.enabled:
            Network(
                self,
                "Network",
                settings=settings.network,
                key=self.key,
                days=settings.retention_days,
                boundary=boundary,
            )
        if settings.mlflow:
            Tracking(self, "Tracking", key=self.key, logs=self.logs, boundary=boundary)
        self._export("DataKeyArn", self.key.key_arn, names.DATA_KEY)
        self._export("LogsBucketName", self.logs, names.LOGS_BUCKET)
        self._export("AuditBucketName", audit.bucket_name, names.AUDIT_BUCKET)

    def _export(self, id_: str, value: str, name: str) -> None:
        CfnOutput(self, id_, value=value, export_name=name)
