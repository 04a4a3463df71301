"""Commands of the project's delivery pipeline, run at the root of its repository: ``python3 -m delivery package | deploy | train``.

``package`` puts this repository's code into the project's code package, under the hash of its content. ``deploy`` has Service Catalog
update the project's stack to that package, so that pipelines change through CloudFormation only. ``train`` starts a training on the
newest data set.
"""

import hashlib
import io
import json
import os
import sys
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

import boto3

_SKIPPED = {"tests", "__pycache__", "delivery.py", "requirements.txt", "package.json"}
_BASE, _RECORD = "packages/base.zip", Path("package.json")
_PATIENCE = 1500.0  # seconds


def package() -> None:
    """Upload the code package: this repository's code with the analyzer and the definitions that the project has."""
    s3, bucket = boto3.client("s3"), os.environ["ARTIFACTS"]
    with zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket=bucket, Key=_BASE)["Body"].read())) as base:
        tree = {name: base.read(name) for name in base.namelist() if not name.startswith("seed/")}
    tree |= {f"seed/{path.as_posix()}": path.read_bytes() for path in _code()}
    body = _archive(tree)
    key = f"packages/{hashlib.sha256(body).hexdigest()}.zip"
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    _RECORD.write_text(json.dumps({"key": key}))
    _say(f"packaged {len(tree)} files as {key}")


def deploy() -> None:
    """Update the project to the package; ends with an error where CloudFormation rolled back."""
    catalog, name = boto3.client("servicecatalog"), os.environ["PROJECT"]
    project = catalog.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
    version = {"ProductId": project["ProductId"], "ProvisioningArtifactId": project["ProvisioningArtifactId"]}
    known = catalog.describe_provisioning_parameters(**version)["ProvisioningArtifactParameters"]
    kept = [
        {"Key": item["ParameterKey"], "UsePreviousValue": True}
        for item in known
        if item["ParameterKey"] != "CodePackage"
    ]
    chosen = {"Key": "CodePackage", "Value": json.loads(_RECORD.read_text())["key"]}
    record = catalog.update_provisioned_product(
        ProvisionedProductName=name, **version, ProvisioningParameters=[*kept, chosen], UpdateToken=str(uuid.uuid4())
    )["RecordDetail"]
    deadline = time.monotonic() + _PATIENCE
    while record["Status"] in {"CREATED", "IN_PROGRESS"} and time.monotonic() < deadline:
        time.sleep(0.5)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    if record["Status"] != "SUCCEEDED":
        sys.exit(f"error: project {name} was not updated: {json.dumps(record.get('RecordErrors', []))}")
    _say(f"project {name} runs {chosen['Value']}")


def train() -> None:
    """Start a training on the newest data set; nothing to do where none was announced."""
    project, ssm = os.environ["PROJECT"], boto3.client("ssm")
    try:
        dataset: dict[str, Any] = json.loads(
            ssm.get_parameter(Name=f"/mlops/{project}/latest-dataset")["Parameter"]["Value"]
        )
    except ssm.exceptions.ParameterNotFound:
        _say("no data set was announced yet: nothing to train on")
        return
    commit = os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION", "unknown")
    parameters = {
        "DatasetUri": dataset["uri"],
        "DatasetId": dataset["id"],
        "StartedBy": "delivery",
        "GitCommit": commit,
    }
    answer = boto3.client("sagemaker").start_pipeline_execution(
        PipelineName=f"{project}-training",
        PipelineExecutionDisplayName=f"delivery-{commit[:8]}",
        PipelineParameters=[{"Name": key, "Value": value} for key, value in parameters.items()],
        ClientRequestToken=str(uuid.uuid4()),
    )
    _say(f"training started: {answer['PipelineExecutionArn']}")


def _code() -> list[Path]:
    files = [path for path in sorted(Path().rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    return [
        path
        for path in files
        if not _SKIPPED & set(path.parts) and not any(part.startswith(".") for part in path.parts)
    ]


def _archive(tree: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(tree.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return raw.getvalue()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    {"package": package, "deploy": deploy, "train": train}[sys.argv[1]]()
