"""A state folder that an earlier version has left: its documents list and describe, an execution that was cut off resumes.

``earlier_state.json`` holds SageMaker's documents as that version had written them when it was killed: the API's members with what the
executor needs under names with an underscore.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops.platform import server
from tests.integration.executor.lab import IMAGES, Lab

_KEPT = json.loads(Path(__file__).with_name("earlier_state.json").read_text())
_SCHEMA = """
CREATE TABLE documents (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_PROGRAM = "open('/opt/ml/processing/out/f', 'w').write('done')"  # of the step that was cut off, now that it may end
_CODE = "code/b5e57cd99d3f1739/main.py"
_ARN = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/old/execution/"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on such a folder, with the objects that the definition names."""
    (tmp_path / "images.toml").write_text(IMAGES + '[[image]]\nuri = "*sagemaker-xgboost:*"\n')
    (tmp_path / "state").mkdir()
    kept = sqlite3.connect(tmp_path / "state" / "mlops.sqlite")
    kept.executescript(_SCHEMA)
    rows = [(kind, key, json.dumps(body)) for kind, key, body in _KEPT["documents"]]
    kept.executemany("INSERT INTO documents VALUES (?,?,?)", rows)
    kept.executemany("INSERT INTO counters VALUES (?,?)", _KEPT["counters"])
    kept.commit()
    kept.close()
    with server.start(tmp_path, owner=True) as running:
        made = Lab(running, "x")
        made.put(_CODE, _PROGRAM)
        made.put("flag/note", "x")
        yield made


def _earlier(kind: str, name: str) -> dict[str, Any]:
    """What the earlier version showed of it: no member that begins with an underscore."""
    found = next(body for kind_, key, body in _KEPT["documents"] if kind_ == kind and key.endswith(f"/{name}"))
    return {key: value for key, value in found.items() if not key.startswith("_")}


def test_everything_lists_and_describes(lab: Lab) -> None:
    """Pipelines, executions, steps, parameters, jobs and models are there as they were."""
    client = lab.sagemaker
    assert [item["PipelineName"] for item in client.list_pipelines()["PipelineSummaries"]] == ["old"]
    runs = client.list_pipeline_executions(PipelineName="old")["PipelineExecutionSummaries"]
    assert [(run["PipelineExecutionArn"].rsplit("/", 1)[-1], run["PipelineExecutionStatus"]) for run in runs] == [
        ("oq4kope5kx6o", "Succeeded"),
        ("mmxcphuzksgc", "Failed"),
    ]
    selective = client.describe_pipeline_execution(PipelineExecutionArn=f"{_ARN}oq4kope5kx6o")
    for member in ("PipelineExecutionDisplayName", "SelectiveExecutionConfig", "CreatedBy"):
        assert selective[member] == _earlier("PipelineExecution", "oq4kope5kx6o")[member]
    steps = lab.steps(f"{_ARN}oq4kope5kx6o")
    assert steps["First"]["CacheHitResult"] == {"SourcePipelineExecutionArn": f"{_ARN}mmxcphuzksgc"}
    given = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=f"{_ARN}mmxcphuzksgc")
    assert given["PipelineParameters"] == [{"Name": "Rows", "Value": "5"}]
    definition = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=f"{_ARN}mmxcphuzksgc")
    assert json.loads(definition["PipelineDefinition"])["Version"] == "2020-12-01"
    assert [item["ModelName"] for item in client.list_models()["Models"]] == ["m"]
    assert client.describe_model(ModelName="m")["PrimaryContainer"] == _earlier("Model", "m")["PrimaryContainer"]
    assert [item["TransformJobName"] for item in client.list_transform_jobs()["TransformJobSummaries"]] == ["t"]
    transform = client.describe_transform_job(TransformJobName="t")
    for member in ("TransformJobStatus", "ModelName", "TransformInput", "TransformOutput"):
        assert transform[member] == _earlier("TransformJob", "t")[member]
    jobs = client.list_processing_jobs()["ProcessingJobSummaries"]
    assert {job["ProcessingJobStatus"] for job in jobs} == {"Completed", "Failed"}


def test_execution_that_was_cut_off_resumes(lab: Lab) -> None:
    """What had succeeded stays; the step that was cut off runs again and the execution ends well."""
    arn = f"{_ARN}mmxcphuzksgc"
    failed = lab.wait(arn)
    assert "the embedded AWS was stopped while this ran" in failed.reason("Work")
    lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    done = lab.wait(arn)
    assert done.statuses == {"First": "Succeeded", "Work": "Succeeded"}, done.steps
    assert done.steps["First"] == failed.steps["First"]
    assert lab.job(done, "Work")["ProcessingJobName"] == "pipelines-mmxcphuzksgc-Work-0002"
    assert lab.read("out/mmxcphuzksgc/Work/f") == b"done"


def test_results_are_reused(lab: Lab) -> None:
    """A new execution takes the step's result from the cache that the earlier version has filled."""
    outcome = lab.wait(
        lab.start(
            "old",
            SelectiveExecutionConfig={
                "SourcePipelineExecutionArn": f"{_ARN}mmxcphuzksgc",
                "SelectedSteps": [{"StepName": "First"}],
            },
        )
    )
    assert outcome.steps["First"]["CacheHitResult"] == {"SourcePipelineExecutionArn": f"{_ARN}mmxcphuzksgc"}
