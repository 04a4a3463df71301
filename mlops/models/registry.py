"""Model versions of a project through the SageMaker model registry."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from mlops.aws import Aws, listed
from mlops.bundled.artifact import digest_of, model_uri, verify
from mlops.bundled.audit import REGISTERED, Trail, audit_bucket
from mlops.bundled.decided import card_after
from mlops.bundled.deployment import Pointer
from mlops.bundled.people import person_of_arn
from mlops.bundled.pointer import REFUSED, ROLLBACK
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput
from mlops.projects.names import Project, unknown
from mlops.s3 import read_json

_DECISIONS = {"approve": "Approved", "reject": "Rejected"}


class Registry:
    """The versions of one project as one identity sees them."""

    patience = 60.0  # seconds that an approval waits for the version's registration to be written down

    def __init__(self, aws: Aws, project: Project) -> None:
        self.aws, self._project = aws, project
        self._sagemaker = aws.client("sagemaker")

    def versions(self) -> list[dict[str, Any]]:
        """Summaries, newest first.

        Raises:
            RefusedInput: the project has no registry group.
        """
        wanted = {
            "ModelPackageGroupName": self._project.model_group,
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
        }
        try:
            summaries = listed(self._sagemaker, "list_model_packages", "ModelPackageSummaryList", **wanted)
        except self._sagemaker.exceptions.ClientError as error:
            if "does not exist" not in error.response["Error"]["Message"]:
                raise
            raise unknown(self._project.name) from error
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
        return self.evaluation_of(self.describe(version))

    def evaluation_of(self, package: Mapping[str, Any]) -> dict[str, Any]:
        """The evaluation report that belongs to DescribeModelPackage's answer."""
        return read_json(self.aws.client("s3"), package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])

    def entries(self) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
        """Every version as it was registered with its evaluation report, newest first; None where it was registered without one."""
        for item in self.versions():
            package = self._sagemaker.describe_model_package(ModelPackageName=item["ModelPackageArn"])
            yield package, self.evaluation_of(package) if "ModelQuality" in package.get("ModelMetrics", {}) else None

    def decide(self, version: int, decision: str, reason: str) -> None:
        """Approve or reject a version, recording the reason; nobody decides on a version that he trained.

        Raises:
            RefusedByPolicy: the caller started the training of this version. RefusedInput: its artifact is damaged.
            MlopsError: its registration is not in the audit trail yet, so that an approval would be refused.
        """
        package = self.describe(version)
        self._require_another(package, decision)
        if decision == "approve":
            self._verify(package)
        if decision == "approve" and package["ModelApprovalStatus"] == "PendingManualApproval":
            self._await_registration(package)
        self._sagemaker.update_model_package(
            ModelPackageArn=package["ModelPackageArn"],
            ModelApprovalStatus=_DECISIONS[decision],
            ApprovalDescription=reason,
            **card_after(package, _DECISIONS[decision]),
        )

    def deployed(self) -> dict[str, Any] | None:
        """The pointer to the deployed version, or None while nothing is deployed."""
        found, _ = self._pointer().read()
        return found if found and found["model_package_arn"] else None

    def deployments(self) -> list[dict[str, Any]]:
        """The deployment log, newest first: every value that the pointer has had."""
        ssm = self.aws.client("ssm")
        try:
            found = listed(ssm, "get_parameter_history", "Parameters", Name=self._project.deployed_model_parameter)
        except ssm.exceptions.ParameterNotFound:
            self.versions()  # of an unknown project this says so
            return []
        entries = sorted(found, key=lambda item: -int(item["Version"]))
        return [json.loads(item["Value"]) for item in entries]

    def rollback(self, reason: str, to: int | None = None) -> dict[str, Any]:
        """Make an approved version the deployed one again, without training: the one before the present one, or ``to``.

        Raises:
            RefusedInput: there is no such version, or it is not approved, or its artifact is not the registered one.
            RefusedByPolicy: the caller trained it. MlopsError: somebody decided otherwise in the meantime.
        """
        current = self.deployed()
        version = self._before(current) if to is None else to
        package = self.describe(version)
        if package["ModelApprovalStatus"] != "Approved":
            raise RefusedInput(
                f"version {version} is {package['ModelApprovalStatus']}: only approved ones are deployed"
            )
        if current and int(current["version"]) == version:
            raise RefusedInput(f"version {version} is deployed already")
        self._require_another(package, "deploy")
        self._verify(package)
        self._approve_again(package, reason)
        return self.wait_deployed(version)

    def _approve_again(self, package: dict[str, Any], reason: str) -> None:
        """An event comes of a changed status only, so the approval is taken back and given anew; both are on record."""
        for status in ("Rejected", "Approved"):
            self._sagemaker.update_model_package(
                ModelPackageArn=package["ModelPackageArn"],
                ModelApprovalStatus=status,
                ApprovalDescription=f"{ROLLBACK}{reason}",
                **card_after(package, status),
            )

    def _before(self, current: dict[str, Any] | None) -> int:
        """The version that was deployed before and is approved still."""
        if current is None:
            raise RefusedInput(f"project {self._project.name} has no deployed version to roll back from")
        approved = {
            int(item["ModelPackageVersion"]) for item in self.versions() if item["ModelApprovalStatus"] == "Approved"
        }
        earlier = [int(item["version"]) for item in self.deployments()]
        found = [version for version in earlier if version != int(current["version"]) and version in approved]
        if not found:
            raise RefusedInput(
                f"project {self._project.name}: no approved version was deployed before version {current['version']}"
            )
        return found[0]

    def _verify(self, package: dict[str, Any]) -> None:
        try:
            verify(package, digest_of(self.aws.client("s3"), model_uri(package)))
        except ValueError as error:
            raise RefusedInput(str(error)) from None

    def _require_another(self, package: dict[str, Any], verb: str) -> None:
        """A word in advance: what counts is decided by the function that answers the approval, on IAM's word."""
        trainer = package.get("CustomerMetadataProperties", {}).get("started_by", "")
        if trainer and person_of_arn(trainer) == person_of_arn(self.aws.identity):
            version = package["ModelPackageVersion"]
            raise RefusedByPolicy(f"{trainer} trained version {version}: another identity must {verb} it")

    def _await_registration(self, package: dict[str, Any]) -> None:
        """A version is compared with its registration, which the event of it writes down a moment later."""
        trail = Trail(self.aws.client("s3"), audit_bucket(self.aws.account), self._project.name)
        arn, deadline = package["ModelPackageArn"], time.monotonic() + self.patience
        while not _has(trail, arn):
            if (
                self.describe(int(package["ModelPackageVersion"]))["ModelApprovalStatus"]
                != package["ModelApprovalStatus"]
            ):
                return  # it was refused, or somebody has decided: the approval says what becomes of it
            if time.monotonic() > deadline:
                version = package["ModelPackageVersion"]
                told = f"the registration of version {version} is not in the audit trail after {self.patience:.0f} s"
                raise MlopsError(f"{told}: an approval would be refused now. See 'mlops audit log' and try again")
            time.sleep(0.2)

    def _pointer(self) -> Pointer:
        return Pointer(self.aws.client("ssm"), self._project.deployed_model_parameter)

    def wait_deployed(self, version: int, timeout: float = 30.0) -> dict[str, Any]:
        """Wait until the approval event has moved the pointer to ``version``.

        Raises:
            RefusedByPolicy: the approval does not count; the message says why.
            MlopsError: it has not within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pointer = self.deployed()
            if pointer and int(pointer["version"]) == version:
                return pointer
            self._ensure_counted(version)
            time.sleep(0.1)
        raise MlopsError(f"version {version} is approved, but was not deployed within {timeout:.0f} s")

    def _ensure_counted(self, version: int) -> None:
        package = self.describe(version)
        why = package.get("ApprovalDescription", "")
        if package["ModelApprovalStatus"] == "Rejected" and why.startswith(REFUSED):
            raise RefusedByPolicy(f"the approval of version {version} was refused: {why.removeprefix(REFUSED)}")


def _has(trail: Trail, package: str) -> bool:
    """Whether a version's registration is in a trail.

    Raises:
        MlopsError: the trail is damaged.
    """
    try:
        return trail.newest(lambda it: it.action == REGISTERED and it.details.get("package") == package) is not None
    except ValueError as error:
        raise MlopsError(f"{error}; 'mlops audit verify' says what else") from None
