"""The loop of monitoring on the embedded AWS, first rehearsed, then for real: drifted batch, metric, alarm, event, function, training.

The rehearsal is played to its end, a version of its own included; the real retraining, which `mlops demo` plays to its end, to where it
has begun to train on the project's data, after which it is stopped.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.desk import Desk

pytestmark = [pytest.mark.xdist_group("monitoring"), pytest.mark.timeout(600)]

PROJECT = "watched"
AUGUST, NOVEMBER = "2024-08-18", "2024-11-16"


def wait_for(probe: Callable[[], Any], seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} within {seconds:.0f} s")


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of one world of 1,500 patients: what was known in June, August and (copays have risen) November 2024 and January 2025."""
    from mlops.adherence.synthetic import Drift, simulate

    folder, world = tmp_path_factory.mktemp("extracts"), simulate(1500, 3)
    for day in (date(2024, 6, 30), date.fromisoformat(AUGUST), date(2025, 1, 30)):
        world.extract(day, folder / day.isoformat())
    changed = simulate(1500, 3, drift=Drift("copay-reset", date(2024, 8, 20), 0.5))
    changed.extract(date.fromisoformat(NOVEMBER), folder / NOVEMBER)
    return folder


@pytest.fixture(scope="module")
def mailbox(desk: Desk) -> Callable[[], list[dict[str, str]]]:
    """All messages of the project's topic so far, by way of a queue."""
    sns, sqs = desk.client("sns"), desk.client("sqs")
    desk.done("deploy")
    desk.done("project", "create", PROJECT, "--param", "OnDrift=both", "--param", "BatchInterval=minutes")
    topic = next(
        it["TopicArn"] for it in sns.list_topics()["Topics"] if it["TopicArn"].endswith(f"{PROJECT}-notifications")
    )
    queue = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    kept: list[dict[str, str]] = []

    def read() -> list[dict[str, str]]:
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            kept.extend(json.loads(message["Body"]) for message in messages)
            for message in messages:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return kept

    return read


@pytest.fixture(scope="module")
def usual(desk: Desk, extracts: Path, mailbox: object) -> dict[str, Any]:
    """A trained and approved version, and a usual batch."""
    desk.done("train", PROJECT, "--dataset", desk.approved(extracts / "2024-06-30"), "--as", "data-scientist")
    desk.done("model", "approve", PROJECT, "1", "--reason", "reviewed", "--as", "ml-engineer")
    told = desk.done(
        "predict", PROJECT, "--data", str(extracts / AUGUST), "--as-of", AUGUST, "--as", "data-scientist", "--json"
    )
    return dict(json.loads(told))


@dataclass
class Rehearsed:
    """What ``mlops monitor simulate`` tells, and the project before and after."""

    told: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def rehearsed(desk: Desk, usual: dict[str, Any]) -> Rehearsed:
    """A month with higher copays, to its end, and until what it has made is removed."""
    before = project(desk)
    arguments = ("--scenario", "copay-reset", "--strength", "0.5", "--patients", "1500", "--seed", "3")
    told = json.loads(desk.done("monitor", "simulate", PROJECT, *arguments, "--as", "data-scientist", "--json"))
    wait_for(lambda: not any(key.startswith("rehearsals/") for key in project(desk)["data"]), 30, "it was not cleared")
    return Rehearsed(told, before, project(desk))


def project(desk: Desk) -> dict[str, Any]:
    """What a project consists of: objects, parameters and their values, versions, models, alarms, metrics."""
    s3, ssm, account = desk.client("s3"), desk.client("ssm"), desk.aws.account
    found: dict[str, Any] = {}
    for kind in ("data", "artifacts"):
        answer = s3.list_object_versions(Bucket=f"mlops-{PROJECT}-{kind}-{account}")
        found[kind] = {(it["Key"]) for it in (*answer["Versions"], *answer.get("DeleteMarkers", []))}
    given = ssm.get_parameters_by_path(Path=f"/mlops/{PROJECT}", Recursive=True)["Parameters"]
    found["parameters"] = {it["Name"]: it["Value"] for it in given}
    packages = desk.client("sagemaker").list_model_packages(ModelPackageGroupName=PROJECT)["ModelPackageSummaryList"]
    found["versions"] = [it["ModelPackageVersion"] for it in packages]
    found["models"] = [it["ModelName"] for it in desk.client("sagemaker").list_models()["Models"]]
    found["metrics"] = {name: values(desk, name) for name in ("drifted", "schema_violations", "predictions_drifted")}
    return found


@pytest.fixture(scope="module")
def drifted(desk: Desk, rehearsed: Rehearsed, extracts: Path) -> dict[str, Any]:
    """A real month with higher copays, and the training that it has led to, as far as it has begun to read; it is stopped then."""
    asked = ("--data", str(extracts / NOVEMBER), "--as-of", NOVEMBER, "--as", "data-scientist", "--json")
    told = dict(json.loads(desk.done("predict", PROJECT, *asked)))
    started = wait_for(lambda: retrainings(desk), 60, "the drift policy started no training")
    told["retrained_run"] = started[0]["PipelineExecutionArn"]
    wait_for(lambda: "ValidateData" in steps(desk, told["retrained_run"]), 60, "the training did not begin")
    told["steps"] = steps(desk, told["retrained_run"])
    desk.done("run", "stop", told["retrained_run"], "--as", "ml-engineer")
    return told


def retrainings(desk: Desk) -> list[dict[str, Any]]:
    """Runs that the policy has started for real."""
    runs = json.loads(desk.done("run", "list", f"{PROJECT}-training", "--json"))["runs"]
    return [it for it in runs if it["StartedBy"] == "drift alarm" and not it["Rehearsal"]]


def steps(desk: Desk, arn: str) -> dict[str, Any]:
    """Those that have begun, by name."""
    answer = desk.client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=arn)
    return {it["StepName"]: it for it in answer["PipelineExecutionSteps"]}


def alarm(desk: Desk, kind: str = "drift") -> dict[str, Any]:
    return dict(desk.client("cloudwatch").describe_alarms(AlarmNames=[f"{PROJECT}-{kind}"])["MetricAlarms"][0])


def history(desk: Desk, kind: str = "drift") -> list[str]:
    """States that the alarm went to, oldest first."""
    answer = desk.client("cloudwatch").describe_alarm_history(
        AlarmName=f"{PROJECT}-{kind}", HistoryItemType="StateUpdate"
    )
    items = sorted(answer["AlarmHistoryItems"], key=lambda it: it["Timestamp"])
    return [json.loads(item["HistoryData"])["newState"]["stateValue"] for item in items]


def values(desk: Desk, metric: str) -> list[float]:
    """All values of an aggregate metric in the last hour."""
    now = datetime.now(UTC)
    answer = desk.client("cloudwatch").get_metric_statistics(
        Namespace=f"MLOps/{PROJECT}",
        MetricName=metric,
        Dimensions=[{"Name": "Project", "Value": PROJECT}, {"Name": "Pipeline", "Value": f"{PROJECT}-inference"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Maximum"],
    )
    return [point["Maximum"] for point in answer["Datapoints"]]


def test_a_usual_batch_raises_no_alarm(desk: Desk, usual: dict[str, Any]) -> None:
    """Its metrics are there, with zero."""
    assert usual["drifted"] is False
    assert values(desk, "drifted") == [0.0]
    assert values(desk, "schema_violations") == [0.0]
    assert alarm(desk)["StateValue"] != "ALARM"


def test_a_rehearsal_plays_the_whole_loop(desk: Desk, rehearsed: Rehearsed) -> None:
    """Batch -> metric -> alarm -> policy -> training on its own data -> version: all of it, each marked."""
    told = rehearsed.told
    assert (told["rehearsal"], told["alarms"], told["retrained_version"]) == (True, [f"{PROJECT}-drift-rehearsal"], 2)
    assert "copay_month" in told["drifted_features"]
    runs = {it["PipelineExecutionArn"]: it for it in json.loads(desk.done("run", "list", "--json"))["runs"]}
    assert [runs[told[it]]["Rehearsal"] for it in ("run", "retrained_run")] == [True, True]
    assert [runs[told[it]]["StartedBy"] for it in ("run", "retrained_run")] == ["data-scientist", "drift alarm"]
    assert "a rehearsal, on invented data" in desk.done("run", "show", told["retrained_run"], "--as", "manager")
    assert "a rehearsal: never approved" in desk.done("audit", "log", PROJECT)


def test_a_rehearsal_leaves_its_report_and_nothing_else(desk: Desk, rehearsed: Rehearsed) -> None:
    """Every object, parameter, version, model and metric of the project is what it was; start requests are records, as the trail is."""
    before, after = rehearsed.before, rehearsed.after
    report = rehearsed.told["report"].split("/", 3)[3].removesuffix("monitoring/report.html")
    more = after["artifacts"] - before["artifacts"]
    assert {key.removeprefix(report).split("/")[0] for key in more} == {"monitoring", "prediction-monitoring"}
    assert all(key.startswith("requests/") for key in after["data"] - before["data"])
    assert len(after["data"] - before["data"]) == 2  # the batch's and the retraining's
    assert (before["artifacts"] | before["data"]) <= (after["artifacts"] | after["data"])
    same = ("parameters", "versions", "models", "metrics")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert "ALARM" not in history(desk)


def test_its_report_and_its_mail_say_what_they_are(
    desk: Desk, rehearsed: Rehearsed, mailbox: Callable[[], list[dict[str, str]]]
) -> None:
    """The page, the list of batches, the message."""
    bucket, _, key = rehearsed.told["report"].removeprefix("s3://").partition("/")
    assert (
        "A rehearsal on invented data" in desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    )
    assert f"{NOVEMBER} (rehearsal)" in desk.done("monitor", "report", PROJECT, "--as", "ml-engineer")

    def about() -> list[dict[str, str]]:
        return [mail for mail in mailbox() if mail.get("Subject", "").startswith(f"Rehearsal of {PROJECT}: drift in")]

    (mail,) = wait_for(about, 20, "no e-mail about the rehearsed drift")
    assert mail["Message"].startswith("This is a rehearsal")
    ended = [
        it["Message"] for it in mailbox() if rehearsed.told["run"] in it["Message"] and "Succeeded" in it["Message"]
    ]
    assert len(ended) == 1
    assert f"(rehearsal-predict-{NOVEMBER})" in ended[0]


def test_drift_leads_to_a_retraining(desk: Desk, drifted: dict[str, Any]) -> None:
    """Batch -> metric -> ALARM -> event -> function -> training on the approved data: a rehearsal an hour ago has spent nothing."""
    assert drifted["drifted"] is True
    assert max(values(desk, "drifted")) == 1.0
    assert "ALARM" in history(desk)
    assert drifted["steps"]["AuthorizeRun"]["StepStatus"] == "Succeeded"
    sagemaker = desk.client("sagemaker")
    answer = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=drifted["retrained_run"])
    given = {it["Name"]: it["Value"] for it in answer["PipelineParameters"]}
    announced = project(desk)["parameters"][f"/mlops/{PROJECT}/latest-dataset"]
    assert given["DatasetUri"] == json.loads(announced)["uri"]
    run = sagemaker.describe_pipeline_execution(PipelineExecutionArn=drifted["retrained_run"])
    assert run["PipelineExecutionDisplayName"].startswith("drift-policy-")


def test_the_batch_itself_stays_green(desk: Desk, drifted: dict[str, Any]) -> None:
    """Drift is a finding: the run succeeded, and its reports and predictions are stored."""
    run = desk.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=drifted["run"])
    assert run["PipelineExecutionStatus"] == "Succeeded"
    batch = json.loads(desk.done("monitor", "report", PROJECT, "--json"))["batches"][-1]
    bucket, _, key = batch["report"].removeprefix("s3://").partition("/")
    page = desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert "copay_month" in page
    assert "rehearsal" not in page
    folder = key.rpartition("/")[0]
    listed = desk.client("s3").list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]
    names = {item["Key"].rpartition("/")[2] for item in listed}
    assert {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
        "drift_report.json",
        "report.html",
    } <= names


def test_the_mail_says_what_drifted_and_what_was_done(
    drifted: dict[str, Any], mailbox: Callable[[], list[dict[str, str]]]
) -> None:
    """One message about the alarm."""

    def about_drift() -> list[dict[str, str]]:
        return [mail for mail in mailbox() if mail.get("Subject", "").startswith(f"{PROJECT}: drift in")]

    (mail,) = wait_for(about_drift, 20, "no e-mail about the drift")
    assert "copay_month: score" in mail["Message"]
    assert f"Retraining: started: {drifted['retrained_run']}" in mail["Message"]


def test_report_of_all_batches(desk: Desk, drifted: dict[str, Any], tmp_path: Path) -> None:
    """Table, JSON and page; a manager may read them."""
    text = desk.done("monitor", "report", PROJECT, "--html", str(tmp_path / "page.html"), "--as", "manager")
    assert "copay_month: on average" in text
    batches = json.loads(desk.done("monitor", "report", PROJECT, "--json"))["batches"]
    assert [(batch["drifted"], batch["rehearsal"]) for batch in batches] == [
        (False, False),
        (True, True),
        (True, False),
    ]
    assert all(0.7 < batch["estimate"]["auc"] < 0.95 for batch in batches)
    page = (tmp_path / "page.html").read_text()
    assert "copay_month" in page
    assert "<script" not in page


def labels(extracts: Path, folder: Path) -> Path:
    """Labels of the August predictions, from what was known five months later, by the seed code's own rules."""
    from adherence.data.tables import Report, read
    from adherence.features import dataset
    from adherence.settings import load

    rows = dataset.build(read(extracts / "2025-01-30", Report()), load(), None).rows
    rows = rows.assign(index_date=rows["index_date"].astype(str).str[:10])
    matured = rows.loc[rows["index_date"] == AUGUST, ["patient_id", "brand", "index_date", "y"]]
    matured.to_csv(folder / "labels.csv", index=False)
    return folder / "labels.csv"


def test_quality_once_the_labels_have_matured(
    desk: Desk, usual: dict[str, Any], extracts: Path, tmp_path: Path
) -> None:
    """Joined with the stored predictions: AUC, Brier and calibration with intervals; gaps by sex, age band and payer."""
    people = str(extracts / AUGUST / "patients.csv")
    arguments = ("--labels", str(labels(extracts, tmp_path)), "--patients", people, "--as", "data-scientist")
    content = json.loads(desk.done("monitor", "score", PROJECT, *arguments, "--json"))
    overall = content["overall"]
    assert content["rows"] > 500
    assert 0.75 < overall["auc"]["value"] < 0.97
    assert overall["brier"]["low"] < overall["brier"]["value"] < overall["brier"]["high"] < 0.1
    assert {gap["attribute"] for gap in content["gaps"]} == {"brand", "sex", "age_band", "payer"}
    assert "observed/expected" in desk.done("monitor", "score", PROJECT, *arguments)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("simulate", PROJECT, "--scenario", "earthquake"), 2, "--scenario earthquake"),
        (("simulate", PROJECT, "--scenario", "copay-reset", "--strength", "7"), 2, "between 0 and 1"),
        (("score", PROJECT, "--labels", "nothing.csv"), 2, "nothing.csv: no such file"),
        (("report", "nobody"), 2, "nobody"),
    ],
)
def test_wrong_usage(desk: Desk, drifted: dict[str, Any], arguments: tuple[str, ...], code: int, words: str) -> None:
    """One line."""
    done = desk.mlops("monitor", *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert words in done.stderr


def test_the_alarm_goes_back_to_ok(desk: Desk, drifted: dict[str, Any]) -> None:
    """Without a further drifted batch it re-arms by itself, through the states ALARM and OK (it may take two periods)."""
    wait_for(lambda: alarm(desk)["StateValue"] == "OK", 240, "the alarm did not go back to OK")
    assert history(desk)[-2:] == ["ALARM", "OK"]


def test_a_broken_schema_notifies_and_never_retrains(
    desk: Desk, drifted: dict[str, Any], mailbox: Callable[[], list[dict[str, str]]]
) -> None:
    """A column that stops coming raises the schema alarm; no training starts. Last: the earlier rehearsal has to be over."""
    arguments = ("--scenario", "missing-column", "--patients", "1500", "--seed", "3", "--strength", "1")
    done = desk.mlops("monitor", "simulate", PROJECT, *arguments, "--as", "data-scientist", "--json", timeout=280)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema_violations"] > 0
    assert f"{PROJECT}-schema-rehearsal" in told["alarms"]
    assert told["retrained_run"] == ""

    def about_schema() -> list[dict[str, str]]:
        wanted = f"Rehearsal of {PROJECT}: the input breaks the schema"
        return [mail for mail in mailbox() if mail.get("Subject") == wanted]

    assert "no retraining" in wait_for(about_schema, 20, "no e-mail about the schema")[0]["Message"]
    assert len(retrainings(desk)) == 1
