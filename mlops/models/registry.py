"""Model versions of a project through the SageMaker model registry."""

import json
import time
from typing import Any

from mlops.aws import Aws
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput
from mlops.projects.names import Project
from mlops.s3 import read_json

_DECISIONS = {"approve": "Approved", "reject": "Rejected"}


class Registry:
    """The versions of one project as one identity sees them."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project = aws, project
        self._sagemaker = aws.client("sagemaker")

    def versions(self) -> list[dict[str, Any]]:
        """Summaries, newest first.

        Raises:
            RefusedInput: the project has no registry group.
        """
        group = self._project.model_group
        pages = self._sagemaker.get_paginator("list_model_packages")
        try:
            found = pages.paginate(ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending")
            summaries = [item for page in found for item in page["ModelPackageSummaryList"]]
        except self._sagemaker.exceptions.ClientError as error:
            raise RefusedInput(f"project {self._project.name}: {error.response['Error']['Message']}") from error
        return sorted(summaries, key=lambda item: -int(item["ModelPackageVersion"]))

    def describe(self, version: int) -> dict[str, Any]:
        """DescribeModelPackage of one version.

        Raises:
            RefusedInput: there is no such version.
        """
        for summary in self.versions():
            if summary["ModelPackageVersion"] == version:
                arn = summary["ModelPackageArn"]
                return dict(self._sagemaker.describe_model_package(ModelPackageName=arn))
        raise RefusedInput(f"project {self._project.name} has no model version {version}; see 'mlops model list'")

    def evaluation(self, version: int) -> dict[str, Any]:
        """The evaluation report that was registered with the version."""
        uri = self.describe(version)["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
        return read_json(self._aws.client("s3"), uri)

    def decide(self, version: int, decision: str, reason: str) -> None:
        """Approve or reject a version, recording the reason; nobody decides on a version that he trained.

        Raises:
            RefusedByPolicy: the caller started the training of this version.
        """
        package = self.describe(version)
        trainer = package.get("CustomerMetadataProperties", {}).get("started_by", "")
        if trainer == self._aws.identity:
            raise RefusedByPolicy(f"{trainer} trained version {version}: another identity must {decision} it")
        self._sagemaker.update_model_package(
            ModelPackageArn=package["ModelPackageArn"],
            ModelApprovalStatus=_DECISIONS[decision],
            ApprovalDescription=reason,
        )

    def deployed(self) -> dict[str, Any] | None:
        """The pointer to the deployed version, or None while nothing is deployed."""
        ssm = self._aws.client("ssm")
        try:
            answer = ssm.get_parameter(Name=self._project.deployed_model_parameter)
        except ssm.exceptions.ParameterNotFound:
            return None
        return dict(json.loads(answer["Parameter"]["Value"]))

    def wait_deployed(self, version: int, timeout: float = 30.0) -> dict[str, Any]:
        """Wait until the approval event has moved the pointer to ``version``.

        Raises:
            MlopsError: it has not within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pointer = self.deployed()
            if pointer and int(pointer["version"]) == version:
                return pointer
            time.sleep(0.1)
        raise MlopsError(f"version {version} is approved, but was not deployed within {timeout:.0f} s")
