"""QualityCheck steps: one analyzer job makes the new baseline and, where asked for, checks the data against an earlier one.

Rules: developer guide, "Baseline calculation, drift detection and lifecycle with ClarifyCheck and QualityCheck steps".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedded_aws.gateway import Gateway
from embedded_aws.service import ServiceError

DATA_QUALITY = "DATA_QUALITY"
_FOLDER = "/opt/ml/processing/baseline"
_FILES = {"Statistics": "statistics.json", "Constraints": "constraints.json"}


@dataclass(frozen=True)
class Check:
    """The resolved options of a step."""

    group: str
    skip: bool
    fail: bool
    register: bool
    baseline: Mapping[str, str]  # "Statistics" and "Constraints" -> S3 URI; empty where there is none

    @staticmethod
    def of(body: Mapping[str, Any], aws: Gateway) -> "Check":
        """Options of a resolved step body; the baseline is the supplied one, else the latest approved version's.

        Raises:
            ServiceError: a check is asked for and there is no baseline.
        """
        supplied = {kind: body.get(f"SuppliedBaseline{kind}") for kind in _FILES}
        group = str(body.get("ModelPackageGroupName") or "")
        baseline = {kind: str(uri) for kind, uri in supplied.items() if uri} or _approved(group, aws)
        check = Check(
            group=group,
            skip=_flag(body.get("SkipCheck", False)),
            fail=_flag(body.get("FailOnViolation", True)),
            register=_flag(body.get("RegisterNewBaseline", False)),
            baseline=baseline,
        )
        if not check.skip and set(baseline) != set(_FILES):
            raise ServiceError(
                "ClientError",
                f"no baseline to check against: supply statistics and constraints, approve a version with "
                f"DriftCheckBaselines in group {group or '(none)'}, or set SkipCheck",
            )
        return check

    def request(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The job's request, with the baseline as inputs where there is something to check."""
        if self.skip:
            return dict(arguments)
        inputs, variables = list(arguments.get("ProcessingInputs", [])), dict(arguments.get("Environment", {}))
        for kind, uri in self.baseline.items():
            folder = f"{_FOLDER}/{kind.lower()}"
            where = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
            inputs.append({"InputName": f"baseline_{kind.lower()}", "S3Input": where})
            variables[f"baseline_{kind.lower()}"] = f"{folder}/{uri.rsplit('/', 1)[-1]}"
        return {**arguments, "ProcessingInputs": inputs, "Environment": variables}

    def outcome(self, description: Mapping[str, Any], aws: Gateway) -> tuple[dict[str, Any], int]:
        """(properties, number of violations) of a job that has ended well."""
        output = str(description["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]).rstrip("/")
        made = {kind: f"{output}/{file}" for kind, file in _FILES.items()}
        used = made if self.register else self.baseline
        found: dict[str, Any] = {f"CalculatedBaseline{kind}": uri for kind, uri in made.items()}
        found |= {f"BaselineUsedForDriftCheck{kind}": uri for kind, uri in used.items()}
        if self.skip:
            return found, 0
        report = f"{output}/constraint_violations.json"
        return found | {"ViolationReport": report}, len(json.loads(aws.read(report))["violations"])

    def metadata(self, arn: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The step's QualityCheck metadata."""
        own = {"CheckType": DATA_QUALITY, "SkipCheck": self.skip, "RegisterNewBaseline": self.register}
        if self.group:
            own["ModelPackageGroupName"] = self.group
        return {"QualityCheck": {**own, "CheckJobArn": arn, **properties}}


def _approved(group: str, aws: Gateway) -> dict[str, str]:
    """DriftCheckBaselines of the latest approved version."""
    if not group:
        return {}
    found = aws.client("sagemaker").list_model_packages(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", MaxResults=1
    )["ModelPackageSummaryList"]
    if not found:
        return {}
    version = aws.client("sagemaker").describe_model_package(ModelPackageName=found[0]["ModelPackageArn"])
    quality = version.get("DriftCheckBaselines", {}).get("ModelDataQuality", {})
    return {kind: quality[kind]["S3Uri"] for kind in _FILES if kind in quality}


def _flag(value: Any) -> bool:
    return str(value).lower() == "true"
