"""The platform's own delivery: a commit to its repository passes every gate, then CloudFormation deploys it (requirement 8.2)."""

from aws_cdk import Fn, Stack, aws_kms
from constructs import Construct

from mlops.projects.names import PLATFORM
from stacks import names
from stacks.constructs.delivery import delivery
from stacks.constructs.delivery_failed import failed_delivery
from stacks.constructs.delivery_owner import Owner
from stacks.constructs.delivery_source import Source
from stacks.constructs.events import tell
from stacks.constructs.platform_steps import platform_steps
from stacks.names import arn, bucket_arn
from stacks.secure import Statement, allow, secure_bucket, service_role
from stacks.secure.findings import wildcards
from stacks.settings import Settings

_READ = ("s3:GetObject", "s3:GetObjectVersion")
_ARTIFACTS = names.DELIVERY


class Delivery(Stack):
    """Source -> gates and synth -> deploy, with one build project for each."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-delivery")
        self._settings, self._key = settings, Fn.import_value(names.DATA_KEY)
        key = aws_kms.Key.from_key_arn(self, "Key", self._key)
        logs = Fn.import_value(names.LOGS_BUCKET)
        self._bucket = secure_bucket(self, "Artifacts", name=_ARTIFACTS, key=key, logs=logs)
        owner, source, steps = self._owner(), self._source(), platform_steps(self._artifacts(*_READ), self._key)
        if source.here:
            source.keep(owner, "Repository", "this platform")
        delivery(owner, "Pipeline", name=PLATFORM, acts_as="pipeline", source=source, steps=steps)
        self._tell_failures()

    def _owner(self) -> Owner:
        return Owner(
            scope=self,
            name=lambda purpose: f"{PLATFORM}-{purpose}",
            role=self._role,
            key_arn=self._key,
            bucket=self._bucket.bucket_name,
            bucket_arn=bucket_arn(_ARTIFACTS),
            artifacts=self._artifacts(*_READ, "s3:PutObject"),
            days=self._settings.retention_days,
            machine="BUILD_GENERAL1_MEDIUM",
            minutes=60,
        )

    def _source(self) -> Source:
        given = self._settings
        return Source(
            here=given.source == "codecommit",
            repository=PLATFORM,
            branch="main",
            connection=given.connection_arn,
            full_name=given.repository,
            usable=given.connection_arn,
        )

    def _artifacts(self, *actions: str) -> list[Statement]:
        use = ["kms:Decrypt", *(["kms:GenerateDataKey"] if "s3:PutObject" in actions else [])]
        return [allow(actions, f"{bucket_arn(_ARTIFACTS)}/*"), allow(use, self._key)]

    def _role(self, purpose: str, service: str, statements: list[Statement]) -> str:
        made = service_role(
            self,
            f"{purpose.title()}Role",
            name=f"{PLATFORM}-{purpose.lower()}",
            service=service,
            statements=statements,
            accepted=wildcards(
                statements, "artifacts, streams and bootstrap roles below one prefix of the platform's own"
            ),
            boundary=self._settings.permissions_boundary,
        )
        return str(made.attr_arn)

    def _tell_failures(self) -> None:
        """Who runs the platform hears of a delivery that stops, in which action and why."""
        topic = Fn.sub(arn("sns", names.OPERATIONS))
        news = failed_delivery(PLATFORM, "the stacks are as they were")
        tell(self, "Failed", name=f"{PLATFORM}-failed", topic_arn=topic, news=news)
