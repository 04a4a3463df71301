"""Everything of a project's that is there: by its stack, by the names of ``names``, and by what lies in its buckets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mlops.aws import Aws, listed
from mlops.bundled import names
from mlops.bundled.audit import PREFIX as TRAIL
from mlops.bundled.audit import audit_bucket
from mlops.bundled.claims import PREFIX as CLAIMS
from mlops.bundled.deletion import IN_DATA, MODELS, REPOSITORY
from mlops.projects.catalog import Provisioned
from mlops.projects.kept import remains
from mlops.projects.looks import look, removal
from mlops.projects.names import Project
from mlops.projects.packages import functions
from mlops.projects.plan import OBJECTS, RECORDS, RUN, SHARED, Thing
from mlops.projects.prefixes import BUILD, DELIVERY, DEPLOY, EXECUTION, FEATURES
from mlops.projects.prices import Price, monthly
from mlops.projects.sharing import Sharing

KEPT = {  # types that a stack leaves, and what people call them; the data bucket has no such name
    "AWS::S3::Bucket": "",
    "AWS::SageMaker::ModelPackageGroup": MODELS,
    "AWS::CodeCommit::Repository": REPOSITORY,
}
_OURS = (
    "code/",
    "definitions/",
    "packages/",
    "wheels/",
)  # in the artifacts bucket: a project that never ran has nothing else
_RULES = ("delivery-failed", "push", "run-ended", "schedule")  # beside those that call functions
_RUNNING = {"Executing", "Stopping"}
_NOBODY_DELETES = "the audit trail: nobody can delete it"


class Inventory:
    """What is there of one project, as one identity sees it; ``price`` says what a thing costs a month."""

    def __init__(self, aws: Aws, project: Project, found: Provisioned | None = None, price: Price = monthly) -> None:
        """``found`` is the project as Service Catalog has it, where it has it."""
        self._aws, self._project, self._found, self._price = aws, project, found, price
        self._s3, self._sagemaker = aws.client("s3"), aws.client("sagemaker")

    def things(self, stack: list[dict[str, Any]], sharing: Sharing) -> list[Thing]:
        """Of the project with these resources in its stack; none of a project whose stack is gone."""
        left = list(self._remains())
        grouped = any(it.kind == "AWS::SageMaker::ModelPackageGroup" for it in left)
        return [
            *self._whole(),
            *self._stacked(stack),
            *([] if stack else self._orphans()),
            *left,
            *self._parameters(),
            *(self._versions() if grouped else []),
            *self._models(),
            *self._runs(),
            *self._audit(),
            *self._shared(sharing),
        ]

    def unused(self, things: list[Thing]) -> bool:
        """Whether the project has never run: its artifacts bucket holds the product's own code alone."""
        artifacts = f"s3://{self._project.artifacts_bucket}/"
        keys = {it.id.removeprefix(artifacts) for it in things if it.kind == OBJECTS and it.id.startswith(artifacts)}
        return keys <= set(_OURS)

    def _whole(self) -> Iterator[Thing]:
        """The project as Service Catalog has it, and its stack."""
        if self._found is None:
            return
        yield self._thing("AWS::ServiceCatalog::CloudFormationProvisionedProduct", self._found.name, stacked=True)
        stack = self._found.stack.split("/")[1] if self._found.stack else ""
        if stack and (seen := look(self._aws, "AWS::CloudFormation::Stack", stack)) and seen.there:
            yield self._thing("AWS::CloudFormation::Stack", stack, stacked=True, since=seen.since)

    def _stacked(self, stack: list[dict[str, Any]]) -> Iterator[Thing]:
        for item in stack:
            kind, id_ = item["ResourceType"], item.get("PhysicalResourceId", "")
            if kind in KEPT or not id_ or item["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            seen = look(self._aws, kind, id_)
            if seen is not None and not seen.there:
                continue  # a half deleted stack still lists it
            since = (seen.since if seen else None) or item.get("LastUpdatedTimestamp")
            yield self._thing(kind, id_, stacked=True, since=since, size=self._size(kind, id_))

    def _orphans(self) -> Iterator[Thing]:
        """What no stack has, though it has a project's name: an administrator's to remove, for nobody else knows whose it is."""
        for kind, id_ in self._expected():
            seen = look(self._aws, kind, id_)
            if seen is not None and seen.there:
                note = f"no stack has it; an administrator removes it: {removal(kind, id_)}"
                yield self._thing(kind, id_, since=seen.since, note=note)

    def _expected(self) -> Iterator[tuple[str, str]]:
        project, roles = self._project, (BUILD, DELIVERY, DEPLOY, EXECUTION, FEATURES, *_RULES)
        for pipeline in (project.training_pipeline, project.inference_pipeline):
            yield "AWS::SageMaker::Pipeline", pipeline
        yield "AWS::SageMaker::FeatureGroup", f"{project.name}-features"
        yield "AWS::CodePipeline::Pipeline", project.delivery_pipeline
        yield from (("AWS::CodeBuild::Project", project.function(it)) for it in (BUILD, DEPLOY))
        yield from (("AWS::Lambda::Function", project.function(it)) for it in functions())
        yield from (("AWS::Logs::LogGroup", f"/aws/lambda/{project.function(it)}") for it in functions())
        yield from (("AWS::IAM::Role", f"mlops-{project.name}-{it}") for it in (*functions(), *roles))
        yield from (("AWS::Logs::LogGroup", f"/aws/codebuild/{project.function(it)}") for it in (BUILD, DEPLOY))
        yield from (("AWS::Events::Rule", project.function(it)) for it in (*functions(), *_RULES))
        yield from (("AWS::CloudWatch::Alarm", it) for it in project.alarms)
        yield "AWS::CloudWatch::Dashboard", project.name
        yield "AWS::SNS::Topic", f"arn:aws:sns:{self._aws.region}:{project.account}:{project.topic}"

    def _remains(self) -> Iterator[Thing]:
        for kind, id_ in remains(self._aws, self._project):
            part = MODELS if id_ == self._project.artifacts_bucket else KEPT[kind]
            seen = look(self._aws, kind, id_)
            yield self._thing(kind, id_, part=part, since=seen.since if seen else None)
            if kind == "AWS::S3::Bucket":
                yield from self._objects(id_, part)

    def _objects(self, bucket: str, part: str) -> Iterator[Thing]:
        """What lies in a bucket, by the first part of its keys; every version counts, for every version is paid for."""
        parts = {prefix: name for name, prefixes in IN_DATA.items() for prefix in prefixes} if part == "" else {}
        found: dict[str, tuple[int, int, datetime]] = {}
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                first, slash, _ = item["Key"].partition("/")
                count, size, since = found.get(first + slash, (0, 0, datetime.max.replace(tzinfo=UTC)))
                found[first + slash] = count + 1, size + item.get("Size", 0), min(since, item["LastModified"])
        for prefix, (count, size, since) in found.items():
            id_ = f"s3://{bucket}/{prefix}"
            yield self._thing(OBJECTS, id_, part=part or parts.get(prefix, ""), count=count, size=size, since=since)

    def _parameters(self) -> Iterator[Thing]:
        for kind in (*names.POINTERS, names.DELETION):
            name = names.parameter(self._project.name, kind)
            seen = look(self._aws, "AWS::SSM::Parameter", name)
            if seen is not None and seen.there:
                yield self._thing("AWS::SSM::Parameter", name, since=seen.since)

    def _versions(self) -> Iterator[Thing]:
        group = {"ModelPackageGroupName": self._project.model_group}
        for item in listed(self._sagemaker, "list_model_packages", "ModelPackageSummaryList", **group):
            yield self._thing(
                "AWS::SageMaker::ModelPackage", item["ModelPackageArn"], part=MODELS, since=item["CreationTime"]
            )

    def _models(self) -> Iterator[Thing]:
        """What batches have made of versions for the service to run; they cost nothing."""
        own = f"s3://{self._project.artifacts_bucket}/"
        for item in listed(self._sagemaker, "list_models", "Models", NameContains="pipelines-"):
            model = self._sagemaker.describe_model(ModelName=item["ModelName"])
            containers = (model.get("PrimaryContainer"), *model.get("Containers", ()))
            if any(str((it or {}).get("ModelDataUrl", "")).startswith(own) for it in containers):
                yield self._thing("AWS::SageMaker::Model", item["ModelName"], part=MODELS, since=item["CreationTime"])

    def _runs(self) -> Iterator[Thing]:
        finished = 0
        for pipeline in (self._project.training_pipeline, self._project.inference_pipeline):
            seen = look(self._aws, "AWS::SageMaker::Pipeline", pipeline)
            if seen is None or not seen.there:
                continue
            summaries = "PipelineExecutionSummaries"
            for run in listed(self._sagemaker, "list_pipeline_executions", summaries, PipelineName=pipeline):
                finished += 1
                if run["PipelineExecutionStatus"] in _RUNNING:
                    yield self._thing(RUN, run["PipelineExecutionArn"], since=run["StartTime"])
        if finished:
            note = "records of runs, of their jobs and metric points: AWS has no call that deletes them"
            yield self._thing(RECORDS, f"{self._project.name}: runs", count=finished, note=note)

    def _audit(self) -> Iterator[Thing]:
        bucket = audit_bucket(self._project.account)
        for prefix in (TRAIL, CLAIMS):
            where = f"{prefix}{self._project.name}/"
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=where)
            found = [item for page in pages for item in page.get("Contents", [])]
            if found:
                size, since = sum(it["Size"] for it in found), min(it["LastModified"] for it in found)
                id_ = f"s3://{bucket}/{where}"
                yield self._thing(OBJECTS, id_, count=len(found), size=size, since=since, note=_NOBODY_DELETES)

    def _shared(self, sharing: Sharing) -> Iterator[Thing]:
        """What the platform has for all projects; each names who else uses it."""
        for export in sorted(sharing.used.get(self._project.name, ())):
            others = sharing.users(export, beside=[self._project.name])
            who = f"shared with {', '.join(others)}" if others else "the platform's, for every project"
            yield self._thing(SHARED, export, note=who)

    def _size(self, kind: str, id_: str) -> int:
        if kind == "AWS::Logs::LogGroup":
            groups = self._aws.client("logs").describe_log_groups(logGroupNamePrefix=id_)["logGroups"]
            return int(next((it.get("storedBytes", 0) for it in groups if it["logGroupName"] == id_), 0))
        if kind == "AWS::SageMaker::FeatureGroup":
            found = self._sagemaker.describe_feature_group(FeatureGroupName=id_)
            return int(found.get("OnlineStoreTotalSizeBytes", 0))
        return 0

    def _thing(self, kind: str, id_: str, **known: Any) -> Thing:
        return Thing(kind=kind, id=id_, monthly=self._price(kind, known.get("size", 0)), **known)
