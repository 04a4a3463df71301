"""The shared data sets: a bucket whose policy holds for everybody, and a catalog of tables for Athena."""

from typing import Any

from aws_cdk import Fn, aws_athena, aws_glue, aws_iam, aws_kms, aws_s3
from constructs import Construct

from mlops.datasets.registry.names import GLUE_DATABASE, QUERY_RESULTS, SOURCES, WORKGROUP
from stacks.names import DATASETS
from stacks.secure import secure_bucket

_KEPT = ("datasets/*", "signed/*")  # versions; what identities have signed about them
# the unique id of whoever asks: nobody chooses it
_OWN = "signed/*/*/${aws:userid}/*"
_ELSEWHERE = ("datasets/*", "settings.json", f"{SOURCES}*", f"{QUERY_RESULTS}*")
_SOURCES_DAYS, _RESULTS_DAYS = 30, 7


class Datasets(Construct):
    """Versions are written once and kept; records about them carry their writer's identity on IAM's word."""

    def __init__(self, scope: Construct, id_: str, *, key: aws_kms.IKey, logs: str) -> None:
        super().__init__(scope, id_)
        # temporary: downloads that several people need, and results of queries
        expire = {SOURCES: _SOURCES_DAYS, QUERY_RESULTS: _RESULTS_DAYS}
        self.bucket = secure_bucket(scope, "Datasets", name=DATASETS, key=key, logs=logs, expire=expire)
        for statement in _rules(self.bucket):
            self.bucket.add_to_resource_policy(statement)
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


def _rules(bucket: aws_s3.Bucket) -> list[aws_iam.PolicyStatement]:
    """Denials for every principal, administrators included: to get around one, the template must change."""
    kept = [bucket.arn_for_objects(pattern) for pattern in _KEPT]
    free = [bucket.arn_for_objects(pattern) for pattern in (*_ELSEWHERE, _OWN)]
    # parts of a multipart upload cannot carry the header; its completion must
    overwrites: dict[str, Any] = {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }
    removals = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"]
    return [
        _deny("SignAsYourself", ["s3:PutObject"], not_resources=free),
        _deny("WriteOnce", ["s3:PutObject"], resources=kept, conditions=overwrites),
        _deny("KeepForEver", removals, resources=kept),
    ]


def _deny(sid: str, actions: list[str], **rest: Any) -> aws_iam.PolicyStatement:
    return aws_iam.PolicyStatement(
        sid=sid, effect=aws_iam.Effect.DENY, principals=[aws_iam.AnyPrincipal()], actions=actions, **rest
    )
