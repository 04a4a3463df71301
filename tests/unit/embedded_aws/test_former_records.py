"""Records of CodePipeline as versions before the typed ones have written them are read as they were shown."""

from embedded_aws.codepipeline.records import ActionRecord, ExecutionRecord

_WHERE = {"bucketName": "b", "objectKey": "k"}
_EXECUTION = {
    "pipelineExecutionId": "e1",
    "pipelineName": "p",
    "pipelineVersion": 3,
    "pipeline": {"name": "p", "version": 3, "roleArn": "r", "stages": []},
    "number": 7,
    "status": "Failed",
    "startTime": 1.5,
    "lastUpdateTime": 2.5,
    "executionMode": "QUEUED",
    "executionType": "STANDARD",
    "trigger": {"triggerType": "CloudWatchEvent", "triggerDetail": "rule"},
    "variables": {"a": "1"},
    "sourceRevisions": [],
    "artifactRevisions": [{"name": "Source", "revisionId": "c0ffee", "created": 1.6}],
    "artifacts": {"Code": _WHERE},
    "namespaces": {"n": {"x": "y"}},
    "stages": {"Source": "Succeeded", "Build": "Failed"},
    "statusSummary": "why",
    "skip": [],
}
_ACTION = {
    "pipelineExecutionId": "e1",
    "actionExecutionId": "a1",
    "pipelineVersion": 3,
    "stageName": "Build",
    "actionName": "Test",
    "startTime": 1.7,
    "lastUpdateTime": 2.4,
    "status": "Failed",
    "actionTypeId": {"category": "Build"},
    "configuration": {"ProjectName": "#{n.x}"},
    "namespace": "",
    "resolvedConfiguration": {"ProjectName": "y"},
    "inputs": {"Code": _WHERE},
    "externalExecutionId": "build:1",
    "errorDetails": {"code": "JobFailed", "message": "exit status 1"},
    "summary": "exit status 1",
}


def test_execution() -> None:
    """Everything that is shown and everything that a retry needs."""
    record = ExecutionRecord.from_document(_EXECUTION)
    shown = record.describe()
    same = set(shown) - {"variables"}
    assert {key: shown[key] for key in same} == {key: _EXECUTION[key] for key in same}
    assert shown["variables"] == [{"name": "a", "resolvedValue": "1"}]
    assert record.summarize()["sourceRevisions"] == [{"actionName": "Source", "revisionId": "c0ffee"}]
    assert (record.number, record.artifacts, record.namespaces) == (7, {"Code": _WHERE}, {"n": {"x": "y"}})
    assert record.stages == {"Source": "Succeeded", "Build": "Failed"}
    assert ExecutionRecord.from_document(record.to_document()) == record


def test_action() -> None:
    """Input, result and error of an action."""
    record = ActionRecord.from_document(_ACTION)
    shown = record.describe()
    assert (shown["actionName"], shown["status"], shown["lastUpdateTime"]) == ("Test", "Failed", 2.4)
    assert shown["input"]["resolvedConfiguration"] == {"ProjectName": "y"}
    assert shown["input"]["inputArtifacts"] == [{"name": "Code", "s3location": {"bucket": "b", "key": "k"}}]
    assert shown["output"]["executionResult"] == {
        "externalExecutionId": "build:1",
        "externalExecutionSummary": "exit status 1",
        "errorDetails": {"code": "JobFailed", "message": "exit status 1"},
    }
    assert ActionRecord.from_document(record.to_document()) == record
