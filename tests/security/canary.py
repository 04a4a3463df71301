"""Canaries: a different random text (or unusual number) in every column of every table, and where to look for them."""

import csv
import gzip
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.integration.desk import Desk

Table = list[dict[str, str]]
SCHEMA: dict[str, Any] = json.loads(Path("seed_code/adherence/schema/tables.json").read_text())
RARE = 3  # rows with the rare level of a vocabulary
_NUMBERS = {"copay": "7351{}.4437", "quantity": "6123{}.0817", "value": "812{}.3663"}


@dataclass
class Canaries:
    """What was planted: (table, column) or a setting's name -> its secret."""

    seed: int
    planted: dict[str, str] = field(default_factory=dict)

    def text(self, where: str) -> str:
        """A text of twelve letters and digits that nothing else holds."""
        return self.planted.setdefault(where, "Q" + self._draw(where, string.ascii_letters + string.digits, 11))

    def number(self, where: str, pattern: str) -> str:
        """An unusual number."""
        return self.planted.setdefault(where, pattern.format(self._draw(where, "123456789", 2)))

    def _draw(self, where: str, letters: str, length: int) -> str:
        return "".join(random.Random(f"{self.seed}{where}").choices(letters, k=length))  # noqa: S311 (reproducible)

    def found_in(self, place: str, text: str) -> list[str]:
        """One line for every canary that sings there."""
        return [f"{where} in {place}" for where, secret in self.planted.items() if secret in text]


def read(folder: Path) -> dict[str, Table]:
    """The tables of a folder, by name."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
    return found


def write(tables: dict[str, Table], folder: Path) -> Path:
    """As CSV files."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def planted(tables: dict[str, Table], canaries: Canaries) -> dict[str, Table]:
    """The tables with a canary in every column whose form allows one: a patient's id wherever it stands, texts, numbers, a rare brand.

    Dates, counts of one or two digits and enumerated levels have no room for a secret.
    """
    somebody, secret = tables["patients"][0]["patient_id"], canaries.text("patient_id")
    for name, rows in tables.items():
        for row in rows:
            if row.get("patient_id") == somebody:
                row["patient_id"] = secret
        for column, rule in SCHEMA[name]["columns"].items():
            _plant(rows, name, column, rule, canaries)
        for row in rows:  # a column that no schema knows
            row["notes"] = canaries.text(f"{name}.notes")
    return tables


def _plant(rows: Table, name: str, column: str, rule: dict[str, Any], canaries: Canaries) -> None:
    where = f"{name}.{column}"
    if column == "patient_id" or rule["type"] in {"date", "category", "integer"}:
        return
    if column not in rows[0]:
        for row in rows:
            row[column] = ""
    rare = rule.get("public") and column not in SCHEMA[name].get("key", ())
    chosen = rows[5 : 5 + RARE] if rare else rows[5:6]
    for row in chosen:
        row[column] = canaries.number(where, _NUMBERS[column]) if column in _NUMBERS else canaries.text(where)


def log_texts(desk: Desk) -> Iterator[tuple[str, str]]:
    """Every log group's every event."""
    logs = desk.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            events = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            yield group["logGroupName"], "\n".join(it["message"] for part in events for it in part["events"])


def told(value: Any) -> str:
    """An API's answer as text."""
    return json.dumps(value, default=lambda it: it.isoformat() if isinstance(it, datetime) else str(it))


def api_texts(desk: Desk) -> Iterator[tuple[str, str]]:
    """What the APIs tell of runs, jobs, tags, versions, metrics, alarms, parameters, features, deliveries and stacks."""
    sagemaker = desk.client("sagemaker")
    for pipeline in sagemaker.list_pipelines()["PipelineSummaries"]:
        name = pipeline["PipelineName"]
        yield name, told(sagemaker.describe_pipeline(PipelineName=name))
        for run in sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]:
            arn = run["PipelineExecutionArn"]
            yield arn, told(sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn))
            yield arn, told(sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn))
            steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
            yield arn, told(steps)
    jobs = {"processing": "ProcessingJob", "training": "TrainingJob", "transform": "TransformJob"}
    for kind, noun in jobs.items():
        for job in getattr(sagemaker, f"list_{kind}_jobs")(MaxResults=100)[f"{noun}Summaries"]:
            described = getattr(sagemaker, f"describe_{kind}_job")(**{f"{noun}Name": job[f"{noun}Name"]})
            yield job[f"{noun}Name"], told(described) + told(sagemaker.list_tags(ResourceArn=job[f"{noun}Arn"]))
    for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        listed = sagemaker.list_model_packages(ModelPackageGroupName=group["ModelPackageGroupName"])
        for package in listed["ModelPackageSummaryList"]:
            arn = package["ModelPackageArn"]
            yield (
                arn,
                told(sagemaker.describe_model_package(ModelPackageName=arn))
                + told(sagemaker.list_tags(ResourceArn=arn)),
            )
    for group in sagemaker.list_feature_groups()["FeatureGroupSummaries"]:
        yield "feature group", told(sagemaker.describe_feature_group(FeatureGroupName=group["FeatureGroupName"]))
    yield "artifacts", told(sagemaker.list_artifacts()["ArtifactSummaries"])
    cloudwatch, ssm = desk.client("cloudwatch"), desk.client("ssm")
    yield "metrics", told([page["Metrics"] for page in cloudwatch.get_paginator("list_metrics").paginate()])
    yield "alarms", told(cloudwatch.describe_alarms()) + told(cloudwatch.describe_alarm_history())
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
    yield "parameters", told([page["Parameters"] for page in pages])
    pipelines = desk.client("codepipeline")
    for item in pipelines.list_pipelines()["pipelines"]:
        yield item["name"], told(pipelines.list_action_executions(pipelineName=item["name"]))
    builds = desk.client("codebuild")
    ids = builds.list_builds()["ids"]
    yield "builds", told(builds.batch_get_builds(ids=ids[:100])) if ids else ""
    cloudformation = desk.client("cloudformation")
    for stack in cloudformation.describe_stacks()["Stacks"]:
        yield stack["StackName"], told(cloudformation.describe_stack_events(StackName=stack["StackName"]))


_DATA = ("-data", "-artifacts", "-datasets")  # buckets of those who may see the data


def objects(desk: Desk) -> Iterator[tuple[str, str]]:
    """Objects outside of the data and artifacts buckets: audit trail, access logs, what is deployed."""
    s3 = desk.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if any(part in name for part in _DATA):
            continue
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for item in page.get("Contents", []):
                body = s3.get_object(Bucket=name, Key=item["Key"])["Body"].read()
                yield f"s3://{name}/{item['Key']}", decoded(body)


def decoded(body: bytes) -> str:
    """Bytes as text, unpacked where they are packed."""
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", errors="replace")


def state_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Files of the state folder but the buckets' objects, and what runs leave while they run."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and inside[0] not in {"s3", "jobs", "datasets"}:
            yield "/".join(inside), decoded(path.read_bytes())
