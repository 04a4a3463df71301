"""What a project has left, one thing after the other: model versions before their group, objects before their bucket."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from mlops.bundled.deletion import IN_DATA, MODELS, REPOSITORY, Deletion

_BATCH = 1000  # keys that S3 deletes in one call
_BUCKET_GONE = {"NoSuchBucket", "404"}
_NO_GROUP = "does not exist"


class Gone:
    """The deletion of one project's leftovers until a moment; what is gone already is passed over."""

    def __init__(  # noqa: PLR0917 (a function's clients)
        self, project: str, account: str, until: float, s3: Any, sagemaker: Any, codecommit: Any
    ) -> None:
        self._project, self._until = project, until
        self._s3, self._sagemaker, self._codecommit = s3, sagemaker, codecommit
        self._data, self._artifacts = (f"mlops-{project}-{kind}-{account}" for kind in ("data", "artifacts"))
        self.removed: Counter[str] = Counter()

    def delete(self, asked: Deletion) -> bool:
        """Whether all of it is gone."""
        return all(step() for step in self._steps(asked))

    def _steps(self, asked: Deletion) -> Iterator[Callable[[], bool]]:
        """In the order of what needs what; each says whether it is done."""
        if MODELS in asked.beside:
            yield self._models
            yield self._versions
            yield lambda: self._bucket(self._artifacts)
        if asked.whole_data_bucket:
            yield lambda: self._bucket(self._data)
        else:
            for kind, prefixes in IN_DATA.items():
                if kind in asked.beside:
                    yield from ((lambda it=prefix: self._objects(self._data, it)) for prefix in prefixes)
        if REPOSITORY in asked.beside:
            yield self._repository

    def _objects(self, bucket: str, prefix: str = "") -> bool:
        """Every version and marker of the keys that begin so."""
        try:
            found = self._versions_of(bucket, prefix)
            while batch := list(islice(found, _BATCH)):
                failed = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True}).get("Errors")
                if failed:
                    raise PermissionError(f"{bucket}: {failed[0]['Code']}: {len(failed)} objects stay")
                self.removed["objects"] += len(batch)
                if time.monotonic() > self._until:
                    return False
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _BUCKET_GONE:
                raise
        return True

    def _versions_of(self, bucket: str, prefix: str) -> Iterator[dict[str, str]]:
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield {"Key": item["Key"], "VersionId": item["VersionId"]}

    def _bucket(self, bucket: str) -> bool:
        """With everything in it; a policy that a half deleted stack has left on it, which keeps some keys for ever, goes first."""
        try:
            self._s3.delete_bucket_policy(Bucket=bucket)
            if not self._objects(bucket):
                return False
            self._s3.delete_bucket(Bucket=bucket)
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _BUCKET_GONE:
                raise
            return True
        self.removed["buckets"] += 1
        return True

    def _models(self) -> bool:
        """What batches have made of its versions for the service to run: they are known by where their archive lies."""
        own = f"s3://{self._artifacts}/"
        for page in self._sagemaker.get_paginator("list_models").paginate(NameContains="pipelines-"):
            for item in page["Models"]:
                model = self._sagemaker.describe_model(ModelName=item["ModelName"])
                containers = (model.get("PrimaryContainer"), *model.get("Containers", ()))
                if any(str((it or {}).get("ModelDataUrl", "")).startswith(own) for it in containers):
                    self._sagemaker.delete_model(ModelName=item["ModelName"])
                    self.removed["models"] += 1
                    if time.monotonic() > self._until:  # never before something went: each call gets on
                        return False
        return True

    def _versions(self) -> bool:
        group = {"ModelPackageGroupName": self._project}
        try:
            pages = self._sagemaker.get_paginator("list_model_packages").paginate(**group)
            for arn in [it["ModelPackageArn"] for page in pages for it in page["ModelPackageSummaryList"]]:
                self._sagemaker.delete_model_package(ModelPackageName=arn)
                self.removed["versions"] += 1
                if time.monotonic() > self._until:
                    return False
            self._sagemaker.delete_model_package_group(**group)
        except self._sagemaker.exceptions.ClientError as error:
            if _NO_GROUP not in error.response["Error"]["Message"]:
                raise
            return True
        self.removed["groups"] += 1
        return True

    def _repository(self) -> bool:
        answer = self._codecommit.delete_repository(repositoryName=f"{self._project}-code")
        self.removed["repositories"] += bool(
            answer.get("repositoryId")
        )  # it has none where there was no such repository
        return True
