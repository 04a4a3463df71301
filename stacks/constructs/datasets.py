"""The shared data sets: a bucket whose policy holds for everybody, and a catalog of tables for Athena."""

from aws_cdk import Fn, aws_athena, aws_glue, aws_kms
from constructs import Construct

from mlops.datasets.registry.names import GLUE_DATABASE, QUERY_RESULTS, SOURCES, WORKGROUP
from mlops.projects import prefixes
from stacks.names import DATASETS
from stacks.project.writing import role_arn
from stacks.secure import keep_to_the_table, secure_bucket

_SOURCES_DAYS, _RESULTS_DAYS = 30, 7


class Datasets(Construct):
    """Versions are written once and kept; records about them carry their writer's identity on IAM's word."""

    def __init__(self, scope: Construct, id_: str, *, key: aws_kms.IKey, logs: str) -> None:
        super().__init__(scope, id_)
        # temporary: downloads that several people need, and results of queries
        expire = {SOURCES: _SOURCES_DAYS, QUERY_RESULTS: _RESULTS_DAYS}
        self.bucket = secure_bucket(scope, "Datasets", name=DATASETS, key=key, logs=logs, expire=expire)
        keep_to_the_table(self.bucket, prefixes.DATASETS, role_arn, besides=["settings.json"])
        self._catalog(key)

    def _catalog(self, key: aws_kms.IKey) -> None:
        aws_glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Fn.ref("AWS::AccountId"),
            database_input=aws_glue.CfnDatabase.DatabaseInputProperty(
                name=GLUE_DATABASE, description="Versions of the data set registry, a table each"
            ),
        )
        encrypted = aws_athena.CfnWorkGroup.EncryptionConfigurationProperty(
            encryption_option="SSE_KMS", kms_key=key.key_arn
        )
        results = aws_athena.CfnWorkGroup.ResultConfigurationProperty(
            output_location=Fn.sub(f"s3://{DATASETS}/{QUERY_RESULTS}"), encryption_configuration=encrypted
        )
        aws_athena.CfnWorkGroup(
            self,
            "Queries",
            name=WORKGROUP,
            recursive_delete_option=True,
            work_group_configuration=aws_athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                result_configuration=results,
            ),
        )
