"""The two Lambda functions of monitoring: metrics of a batch, and what an alarm leads to."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from mlops.bundled.dataset_manifest import content_id
from tests.unit.monitoring.monitor_cases import claims, compared
from tests.unit.monitoring.monitor_functions import loaded

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENVIRONMENT = {
    "PROJECT": "adherence",
    "INFERENCE_PIPELINE": "adherence-inference",
    "TRAINING_PIPELINE": "adherence-training",
    "ON_DRIFT": "both",
    "COOLDOWN_HOURS": "24",
    "WEEKLY_BUDGET": "2",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty simulated account with the functions' environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


def report(folder: Path, *, drifted: bool = True, broken: bool = False) -> dict[str, Any]:
    now = claims(1_000, 1).with_columns(pl.col("a1c") + (3 if drifted else 0))
    return compared(folder, claims(1_000), now.drop("fills") if broken else now).to_json()


def published(content: dict[str, Any], namespace: str = "MLOps/adherence", **told: str) -> dict[str, float]:
    """Run PublishDriftMetrics on a report; metric name -> value in CloudWatch."""
    s3, cloudwatch = boto3.client("s3"), boto3.client("cloudwatch")
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="run/drift_report.json", Body=json.dumps(content))
    with loaded("publish_drift_metrics") as module:
        answer = module.handler({"report_uri": "s3://reports/run/drift_report.json", **told}, None)
    assert answer["drifted"] == ("true" if content["drifted"] else "false")
    assert answer["violations"] == ("true" if content["violations"] else "false")
    found = {}
    for metric in cloudwatch.list_metrics(Namespace=namespace)["Metrics"]:
        values = cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=7200,
            Statistics=["Maximum"],
        )["Datapoints"]
        found[metric["MetricName"]] = values[0]["Maximum"]
    return found


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("drifted", [True, False])
def test_every_batch_publishes_every_metric(tmp_path: Path, drifted: bool) -> None:
    """Zero included: a series without holes is what an alarm can rely on."""
    found = published(report(tmp_path, drifted=drifted))
    aggregates = {"drifted", "drift_share", "max_drift_score", "violations_count", "schema_violations", "rows"}
    assert set(found) == aggregates | {f"feature_baseline_drift_{name}" for name in ("copay", "fills", "a1c", "payer")}
    assert (found["drifted"], found["rows"]) == (float(drifted), 1_000.0)
    assert (found["feature_baseline_drift_a1c"] > 0.1) == drifted
    assert (found["drift_share"], found["schema_violations"]) == (0.25 if drifted else 0.0, 0.0)


@pytest.mark.usefixtures("account")
def test_the_summary_for_the_policy(tmp_path: Path) -> None:
    """What drifted and what is broken, under the project's parameter."""
    published(report(tmp_path, broken=True))
    text = boto3.client("ssm").get_parameter(Name="/mlops/adherence/latest-drift")["Parameter"]["Value"]
    content = json.loads(text)
    assert [item["name"] for item in content["drifted"]] == ["a1c"]
    assert content["violations"][0].startswith("Missing columns: There are missing columns")
    assert (content["schema_violations"], content["report_uri"]) == (1, "s3://reports/run/drift_report.json")


def test_a_long_summary_fits_a_parameter() -> None:
    """Hundreds of drifted features with long names: at most 4 KB, the largest changes kept."""
    features = [
        {"name": f"{'ä' * 200}{number}", "drifted": True, "score": float(number), "threshold": 0.1, "change": "x" * 500}
        for number in range(300)
    ]
    content = {"features": features, "rows": 5, "schema_violations": 0}
    with loaded("publish_drift_metrics", "summary") as module:
        text = module.summary(content, "s3://b/k")
    assert len(text.encode()) <= 4096
    kept = json.loads(text)
    assert kept["drifted_features"] == 300
    assert kept["drifted"][0]["score"] == 299.0


class Policies:
    """``decide`` with this project's usual answers, changed where a case says so."""

    def __init__(self) -> None:
        with loaded("drift_policy", "policy") as module:
            self._module = module

    def __call__(self, on_drift: str = "both", hours: float = 24, budget: int = 2, **given: Any) -> Any:
        usual = {"schema_broken": False, "running": False, "automatic": [], "now": NOW}
        return self._module.decide(self._module.Policy(on_drift, hours, budget), **(usual | given))


@pytest.mark.parametrize(
    ("given_", "retrain", "notify"),
    [
        ({}, True, True),
        ({"on_drift": "retrain"}, True, False),
        ({"on_drift": "notify"}, False, True),
        ({"on_drift": "none"}, False, False),
        ({"schema_broken": True}, False, True),
        ({"on_drift": "retrain", "schema_broken": True}, False, True),
        ({"on_drift": "none", "schema_broken": True}, False, False),
        ({"running": True}, False, True),
        ({"automatic": [NOW - timedelta(hours=23)]}, False, True),
        ({"automatic": [NOW - timedelta(hours=25)]}, True, True),
        ({"automatic": [NOW - timedelta(days=2), NOW - timedelta(days=6)]}, False, True),
        ({"automatic": [NOW - timedelta(days=2), NOW - timedelta(days=8)]}, True, True),
        ({"budget": 0}, False, True),
    ],
)
def test_the_table_of_decisions(given_: dict[str, Any], retrain: bool, notify: bool) -> None:
    """Cool-down, weekly budget, one at a time, and never on a schema break."""
    decision = Policies()(**given_)
    assert (decision.retrain, decision.notify) == (retrain, notify)
    assert decision.reason


@given(
    st.sampled_from(["retrain", "notify", "both", "none"]),
    st.booleans(),
    st.booleans(),
    st.lists(st.floats(0, 400), max_size=5),
)
def test_what_no_policy_ever_does(on_drift: str, broken: bool, running: bool, hours: list[float]) -> None:
    """No retraining on a schema break, beside another one, within the cool-down, beyond the budget, or unasked."""
    automatic = [NOW - timedelta(hours=age) for age in hours]
    decision = Policies()(on_drift, schema_broken=broken, running=running, automatic=automatic)
    week = sum(age < 168 for age in hours)
    if broken or running or week >= 2 or any(age < 24 for age in hours) or on_drift in {"notify", "none"}:
        assert not decision.retrain
    else:
        assert decision.retrain
    if on_drift == "none":
        assert not decision.notify


class _SageMaker:
    """The three calls that the policy makes of SageMaker (moto has no pipeline pagination)."""

    def __init__(self, runs: list[dict[str, Any]]) -> None:
        self.runs, self.started = [{"PipelineExecutionArn": "s3://data/d/"} | run for run in runs], []

    def get_paginator(self, _name: str) -> "_SageMaker":
        return self

    def paginate(self, **given: str) -> list[dict[str, Any]]:
        """Executions, each with what it reads as its ARN; or the parameters of one."""
        reads = [{"Name": "DatasetUri", "Value": given.get("PipelineExecutionArn", "")}]
        return [{"PipelineExecutionSummaries": self.runs, "PipelineParameters": reads}]

    def describe_pipeline(self, PipelineName: str) -> dict[str, str]:
        return {"PipelineDefinition": "{}"}

    def start_pipeline_execution(self, **given: Any) -> dict[str, str]:
        self.started.append(given)
        return {"PipelineExecutionArn": "arn:aws:sagemaker:us-east-1:1:pipeline/adherence-training/execution/abc"}


class Alarm:
    """The policy function called with an alarm's event; its e-mails arrive in a queue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sns, self._sqs = boto3.client("sns"), boto3.client("sqs")
        topic = sns.create_topic(Name="mail")["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName="mail")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        monkeypatch.setenv("TOPIC_ARN", topic)

    def raised(self, name: str, sagemaker: _SageMaker) -> dict[str, Any]:
        detail = {"alarmName": name, "state": {"value": "ALARM", "reason": "1 of 1 datapoints crossed 0.5"}}
        event = {"id": "0" * 36, "time": "2026-03-02T12:00:00Z", "region": "eu-central-1", "detail": detail}
        with loaded("drift_policy") as module:
            module._SAGEMAKER = sagemaker  # type: ignore[attr-defined]
            return dict(module.handler(event, None))

    def mails(self) -> list[dict[str, str]]:
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


_TABLE, _SCHEMA = b"a\n", "5" * 64
_FILE = {"sha256": hashlib.sha256(_TABLE).hexdigest(), "bytes": len(_TABLE)}
_ID = content_id({"fills.csv": _FILE}, _SCHEMA)
_URI = f"s3://data-sets/datasets/set/{_ID}/data/"
_NAME = "/mlops/adherence/latest-dataset"


def _signed(who: str, name: str, **record: Any) -> None:
    """A record in the registry as its writer puts it there."""
    arn, userid = f"arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/{who}", f"AROA{who.upper()}:{who}"
    body = json.dumps({"at": "2026-01-01T00:00:00+00:00", "signed_by": {"arn": arn, "id": userid}} | record)
    boto3.client("s3").put_object(Bucket="data-sets", Key=f"signed/set/{_ID}/{userid}/{name}.json", Body=body.encode())


def _reviewed(number: int, status: str, manifest: str, before: str = "") -> None:
    more = {"number": number, "status": status, "reason": "looked", "previous_sha256": before}
    _signed(f"bob{number}", f"review-{number:06}", manifest_sha256=manifest, **more)


@pytest.fixture
def manifest(account: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data set of the registry that ann has imported; the digest of its manifest."""
    s3 = boto3.client("s3")
    for bucket in ("data-sets", "project-data"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("REQUESTS_BUCKET", "project-data")
    monkeypatch.setenv("DATASETS_BUCKET", "data-sets")
    root = f"datasets/set/{_ID}/"
    table = s3.put_object(Bucket="data-sets", Key=f"{root}data/fills.csv", Body=_TABLE)["VersionId"]
    by = "arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/ann"
    content = {"name": "set", "id": _ID, "schema_sha256": _SCHEMA, "created_by": by}
    body = json.dumps(content | {"files": [{"path": "fills.csv", "version_id": table, **_FILE}]}).encode()
    s3.put_object(Bucket="data-sets", Key=f"{root}manifest.json", Body=body)
    digest = hashlib.sha256(body).hexdigest()
    _signed("ann", f"import-{'1' * 16}", manifest_sha256=digest)
    return digest


@pytest.fixture
def alarm(manifest: str, monkeypatch: pytest.MonkeyPatch) -> Alarm:
    """A project whose version 3 was registered from that data set, which bob has approved."""
    _reviewed(1, "Approved", manifest)
    value = json.dumps({"uri": _URI, "id": f"set@{_ID}", "version": 3, "at": "2026-01-01", "people": ["ann"]})
    boto3.client("ssm").put_parameter(Name=_NAME, Value=value, Type="String")
    return Alarm(monkeypatch)


def _not_started(alarm: Alarm) -> str:
    """What the e-mail says about the retraining that was not started."""
    sagemaker = _SageMaker([])
    assert alarm.raised("adherence-drift", sagemaker)["retrain"] == ""
    assert sagemaker.started == []
    (mail,) = alarm.mails()
    (line,) = [line for line in mail["Message"].splitlines() if line.startswith("Retraining: not started: ")]
    return line.removeprefix("Retraining: not started: ")


def test_a_data_set_that_was_rejected_meanwhile_is_refused(alarm: Alarm, manifest: str) -> None:
    """Approved when the version was registered, rejected since: the e-mail says so, and what to do."""
    found = boto3.client("s3").list_objects_v2(Bucket="data-sets", Prefix=f"signed/set/{_ID}/AROABOB1")["Contents"][0]
    first = boto3.client("s3").get_object(Bucket="data-sets", Key=found["Key"])["Body"].read()
    _reviewed(2, "Rejected", manifest, hashlib.sha256(first).hexdigest())
    why = _not_started(alarm)
    assert why.startswith(f"data set set@{_ID} of version 3 is rejected by now: ")
    assert "'mlops dataset import', 'mlops dataset approve', 'mlops train --dataset NAME@V'" in why


def test_an_uploaded_or_foreign_data_set_is_refused(alarm: Alarm) -> None:
    """Whoever might have written it there: a folder of the project's own, another bucket, another data set's name."""
    ssm = boto3.client("ssm")

    def why(uri: str, id_: str = f"set@{_ID}") -> str:
        value = json.dumps({"uri": uri, "id": id_, "version": 4, "at": "", "people": []})
        ssm.put_parameter(Name=_NAME, Value=value, Type="String", Overwrite=True)
        return _not_started(alarm)

    assert "the data set of version 4 cannot be used" in why("s3://project-data/datasets/folder/")
    assert "neither a version of the registry" in why(_URI.replace("data-sets", "somebody-elses"))
    assert "the data set's id is not that of its data" in why(_URI, "other@0123456789ab")


def test_without_any_there_is_nothing_to_retrain_on(alarm: Alarm) -> None:
    """No version was registered from an approved data set."""
    boto3.client("ssm").delete_parameter(Name=_NAME)
    assert _not_started(alarm).startswith("no version was registered from an approved data set: import one")


def test_drift_starts_a_retraining_and_says_so(alarm: Alarm, tmp_path: Path) -> None:
    """On the data set of the newest version, once per event; the e-mail names features, sizes, the run and where to look."""
    published(report(tmp_path))
    sagemaker = _SageMaker([])
    answer = alarm.raised("adherence-drift", sagemaker)
    given_ = sagemaker.started[0]
    parameters = {item["Name"]: item["Value"] for item in given_["PipelineParameters"]}
    key = parameters.pop("StartRequest")
    assert parameters == {"DatasetUri": _URI, "DatasetId": f"set@{_ID}"}
    request = json.loads(boto3.client("s3").get_object(Bucket="project-data", Key=key)["Body"].read())
    who = boto3.client("sts").get_caller_identity()
    assert key.startswith(f"requests/{who['UserId']}/")
    assert (request["parameters"], request["reason"]) == (parameters, "alarm adherence-drift")
    assert (request["tables"], request["definition"]) == ("", hashlib.sha256(b"{}").hexdigest())
    assert given_["ClientRequestToken"] == hashlib.sha256(b"s3://reports").hexdigest()[:32]  # the run's folder
    (mail,) = alarm.mails()
    assert mail["Subject"] == "adherence: drift in a1c"
    for words in (
        "1 of 4 features drifted",
        "a1c: score ",
        "(limit 0.1); on average 7.",
        f"Retraining: started: {answer['retrain']}",
        "https://eu-central-1.console.aws.amazon.com/s3/object/reports?region=eu-central-1&prefix=run/report.html",
        "#alarmsV2:alarm/adherence-drift",
        "mlops monitor report adherence",
    ):
        assert words in mail["Message"]


@pytest.mark.parametrize(
    "value", ['["x"]', "{", '{"uri": 1, "id": "a"}', '{"uri": "s3://data/d/", "id": "a", "tables": "by mlops train"}']
)
def test_a_data_set_that_is_none_is_told(alarm: Alarm, value: str) -> None:
    """Whatever stands in the parameter, the e-mail comes and says that nothing was started, and why."""
    boto3.client("ssm").put_parameter(Name=_NAME, Value=value, Type="String", Overwrite=True)
    assert _not_started(alarm).startswith(f"{_NAME} is not what a registration writes (")


def test_the_alarms_of_one_batch_start_one_retraining(alarm: Alarm, tmp_path: Path) -> None:
    """Input and predictions drift together, and both alarms come: equal requests with one token, which SageMaker runs once."""
    published(report(tmp_path))
    sagemaker = _SageMaker([])
    for name in ("adherence-drift", "adherence-predictions"):
        assert alarm.raised(name, sagemaker)["retrain"]
    first, second = sagemaker.started
    assert first == second
    boto3.client("ssm").delete_parameter(Name="/mlops/adherence/latest-drift")
    alarm.raised("adherence-drift", sagemaker)  # without a summary: the event's own id
    assert sagemaker.started[2]["ClientRequestToken"] == hashlib.sha256(b"0" * 36).hexdigest()[:32]


def test_a_broken_schema_only_notifies_whichever_alarm_comes(alarm: Alarm, tmp_path: Path) -> None:
    """Drift that is seen in a batch with a missing column is no reason to retrain."""
    published(report(tmp_path, broken=True))
    sagemaker = _SageMaker([])
    for name in ("adherence-schema", "adherence-drift"):
        assert alarm.raised(name, sagemaker)["retrain"] == ""
    assert sagemaker.started == []
    mails = alarm.mails()
    assert {mail["Subject"] for mail in mails} == {"adherence: the input breaks the schema", "adherence: drift in a1c"}
    assert all("There are missing columns" in mail["Message"] for mail in mails)
    assert all("no retraining" in mail["Message"] for mail in mails)


def test_cool_down_counts_automatic_runs_only(alarm: Alarm) -> None:
    """A training that a person started an hour ago does not count; one of the policy's own does; a running one stops it."""
    recent = datetime.now(UTC) - timedelta(hours=1)
    by_hand = {"PipelineExecutionStatus": "Succeeded", "StartTime": recent, "PipelineExecutionDisplayName": "train-x"}
    own = by_hand | {"PipelineExecutionDisplayName": "drift-policy-1"}
    running = by_hand | {"PipelineExecutionStatus": "Executing"}
    assert alarm.raised("adherence-drift", _SageMaker([by_hand]))["retrain"]
    assert alarm.raised("adherence-drift", _SageMaker([own]))["retrain"] == ""
    assert alarm.raised("adherence-drift", _SageMaker([running]))["retrain"] == ""
    assert [("started: arn" in mail["Message"]) for mail in alarm.mails()].count(True) == 1


def test_without_a_summary_the_alarm_is_still_answered(alarm: Alarm) -> None:
    """No batch has left a summary (or the function may not read it): retraining starts, the e-mail says what it lacks."""
    assert alarm.raised("adherence-drift", _SageMaker([]))["retrain"]
    (mail,) = alarm.mails()
    assert "no summary of the batch is there" in mail["Message"]


PLAYED = {"rehearsal": "yes", "dataset_id": "rehearsal-1", "dataset_uri": "s3://project-data/rehearsals/1/"}


@pytest.mark.usefixtures("account")
def test_a_rehearsals_metrics_and_summary_are_beside_the_projects(tmp_path: Path) -> None:
    """Another namespace, another parameter, with the data set for its retraining; the project's own have nothing of it."""
    found = published(report(tmp_path), "MLOps/adherence/rehearsal", **PLAYED)
    assert found["drifted"] == 1.0
    assert boto3.client("cloudwatch").list_metrics(Namespace="MLOps/adherence")["Metrics"] == []
    ssm = boto3.client("ssm")
    names = [it["Name"] for it in ssm.describe_parameters()["Parameters"]]
    assert names == ["/mlops/adherence/latest-drift-rehearsal"]
    noted = json.loads(ssm.get_parameter(Name=names[0])["Parameter"]["Value"])
    assert (noted["dataset_id"], noted["dataset_uri"]) == ("rehearsal-1", "s3://project-data/rehearsals/1/")
    assert noted["raises_drift"] is True


def test_a_rehearsal_retrains_on_its_own_data_and_says_what_it_is(alarm: Alarm, tmp_path: Path) -> None:
    """Whatever the project's newest data set is; its run is named so that no later decision counts it."""
    published(report(tmp_path), "MLOps/adherence/rehearsal", **PLAYED)
    sagemaker = _SageMaker([])
    answer = alarm.raised("adherence-drift-rehearsal", sagemaker)
    (started,) = sagemaker.started
    given_ = {item["Name"]: item["Value"] for item in started["PipelineParameters"]}
    assert (given_["DatasetUri"], given_["DatasetId"]) == ("s3://project-data/rehearsals/1/", "rehearsal-1")
    assert started["PipelineExecutionDisplayName"].startswith("rehearsal-drift-policy-")
    assert answer["alarm"] == "adherence-drift-rehearsal"
    (mail,) = alarm.mails()
    assert mail["Subject"] == "Rehearsal of adherence: drift in a1c"
    assert mail["Message"].startswith("This is a rehearsal")


def test_a_rehearsal_without_its_own_data_trains_on_none(alarm: Alarm, tmp_path: Path) -> None:
    """Not on the project's newest data set, nor where its summary names other data than a rehearsal's."""
    sagemaker = _SageMaker([])
    assert alarm.raised("adherence-drift-rehearsal", sagemaker)["retrain"] == ""
    published(report(tmp_path), **(PLAYED | {"dataset_uri": "s3://project-data/datasets/d/"}))
    assert alarm.raised("adherence-drift-rehearsal", sagemaker)["retrain"] == ""
    assert sagemaker.started == []


def test_a_rehearsal_spends_neither_cool_down_nor_budget_and_keeps_none_waiting(alarm: Alarm) -> None:
    """By what SageMaker says that a run reads: a name makes no training a rehearsal."""
    just_now = datetime.now(UTC) - timedelta(minutes=1)
    run = {"StartTime": just_now, "PipelineExecutionDisplayName": "rehearsal-drift-policy-1"}
    reads = {"PipelineExecutionArn": "s3://project-data/rehearsals/1/"}
    ended, under_way = ({**run, **reads, "PipelineExecutionStatus": it} for it in ("Succeeded", "Executing"))
    assert alarm.raised("adherence-drift", _SageMaker([ended, ended, under_way]))["retrain"]
    named_so = {**run, "PipelineExecutionArn": "s3://project-data/datasets/1/", "PipelineExecutionStatus": "Executing"}
    assert alarm.raised("adherence-drift", _SageMaker([named_so]))["retrain"] == ""
