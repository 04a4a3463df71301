"""Make a backup: every trail, data set, project, model version, pointer and run that the account knows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlops.aws import Aws, listed
from mlops.backups.archive import Archive
from mlops.bundled.audit import audit_bucket
from mlops.bundled.dataset_place import ROOT
from mlops.datasets.registry.names import datasets_bucket
from mlops.errors import MlopsError
from mlops.projects.catalog import Projects
from mlops.projects.names import Project
from mlops.runs.runs import Runs

Tell = Callable[[str], None]
_TABLES = (".csv", ".csv.gz", ".jsonl", ".out", ".parquet")  # rows of people


@dataclass(frozen=True)
class Made:
    """What a backup holds."""

    place: str
    files: int
    size: int
    counts: dict[str, int]


def make(aws: Aws, archive: Archive, *, with_data: bool = False, tell: Tell = lambda _: None) -> Made:
    """Write everything, then the manifest, then read it all again.

    Raises:
        RefusedInput: the place is not empty. MlopsError: an object is damaged, here or there.
    """
    archive.ensure_empty()
    maker = _Maker(aws, archive, with_data)
    counts = {}
    for what, step in (
        ("audit entries", maker.audit),
        ("data sets' files", maker.datasets),
        ("projects", maker.projects),
        ("project files", maker.artifacts),
        ("model versions", maker.models),
        ("pointers", maker.pointers),
        ("runs", maker.runs),
    ):
        counts[what] = sum(1 for _ in step())
        tell(f"{counts[what]} {what}")
    about = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "account": aws.account,
        "region": aws.region,
        "with_data": with_data,
        "counts": counts,
    }
    archive.finish(about)
    manifest = archive.verify()
    sizes = [int(it["bytes"]) for it in manifest["files"].values()]
    return Made(archive.place.name, len(sizes), sum(sizes), counts)


class _Maker:
    def __init__(self, aws: Aws, archive: Archive, with_data: bool) -> None:
        self._aws, self._archive, self._with_data = aws, archive, with_data
        self._s3, self._sagemaker = aws.client("s3"), aws.client("sagemaker")
        self._projects = [it for it in Projects(aws).all() if it.status == "AVAILABLE"]

    def audit(self) -> Iterator[None]:
        return self._objects(audit_bucket(self._aws.account), "audit")

    def datasets(self) -> Iterator[None]:
        return self._objects(datasets_bucket(self._aws.account), "datasets", self._is_state)

    def projects(self) -> Iterator[None]:
        for found in self._projects:
            self._archive.add_json(f"projects/{found.name}.json", vars(found))
            yield

    def artifacts(self) -> Iterator[None]:
        for found in self._projects:
            project = Project(found.name, self._aws.account)
            yield from self._objects(project.artifacts_bucket, f"artifacts/{found.name}", self._is_no_table)
            if self._with_data:
                yield from self._objects(project.data_bucket, f"data/{found.name}")

    def models(self) -> Iterator[None]:
        for found in self._projects:
            group = Project(found.name, self._aws.account).model_group
            for item in listed(
                self._sagemaker, "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group
            ):
                package = self._sagemaker.describe_model_package(ModelPackageName=item["ModelPackageArn"])
                self._archive.add_json(f"models/{found.name}/{package['ModelPackageVersion']}.json", _answer(package))
                yield

    def pointers(self) -> Iterator[None]:
        ssm = self._aws.client("ssm")
        for found in self._projects:
            name = Project(found.name, self._aws.account).deployed_model_parameter
            try:
                history = listed(ssm, "get_parameter_history", "Parameters", Name=name)
            except ssm.exceptions.ParameterNotFound:
                continue
            self._archive.add_json(f"pointers/{found.name}.json", {"parameter": name, "history": history})
            yield

    def runs(self) -> Iterator[None]:
        runs = Runs(self._aws)
        for found in self._projects:
            project = Project(found.name, self._aws.account)
            for pipeline in (project.training_pipeline, project.inference_pipeline):
                for run in runs.executions(pipeline):
                    arn = run["PipelineExecutionArn"]
                    about = {"execution": _answer(runs.describe(arn)), "steps": runs.steps(arn)}
                    self._archive.add_json(f"runs/{found.name}/{arn.rsplit('/', 1)[-1]}.json", about)
                    yield

    def _is_state(self, key: str) -> bool:
        """Of the registry's bucket: manifests, aliases, reviews and reports; tables with ``with_data`` only."""
        parts = key.split("/")
        return key.startswith(("signed/", ROOT)) and (self._with_data or parts[3:4] != ["data"])

    def _is_no_table(self, key: str) -> bool:
        return self._with_data or not key.endswith(_TABLES)

    def _objects(self, bucket: str, folder: str, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[None]:
        """Every current object of a bucket; none where there is no such bucket."""
        from botocore.exceptions import ClientError

        try:
            keys = [it["Key"] for it in listed(self._s3, "list_objects_v2", "Contents", Bucket=bucket)]
        except KeyError:
            return  # S3 leaves the member out of an empty page
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
            return
        for key in keys:
            if wanted(key) and not key.endswith("/"):
                self._archive.add(f"{folder}/{key}", self._body(bucket, key))
                yield

    def _body(self, bucket: str, key: str) -> bytes:
        from botocore.exceptions import ClientError

        try:
            return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            words = error.response["Error"]["Message"]
            raise MlopsError(f"s3://{bucket}/{key} cannot be backed up: {words}") from error


def _answer(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != "ResponseMetadata"}
