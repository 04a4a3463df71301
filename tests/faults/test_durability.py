"""What was answered is on disk: after kill -9, with damaged files, on a full disk, and with four starts at once."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.errors import RefusedInput
from mlops.platform import server
from mlops.platform.checkup.local import local_checks, repair
from tests.integration.desk import Desk

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_ALLOWED = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)
_TEMPLATE = json.dumps(
    {"Resources": {"Kept": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}}
)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; what still runs on it in the end is stopped."""
    yield tmp_path / "state"
    server.stop(tmp_path / "state")


def _changes(aws: Aws) -> dict[str, Any]:
    """One change of each service, and how it is seen: by name."""

    def queue() -> None:
        made = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        aws.client("sqs").send_message(QueueUrl=made, MessageBody="hello")

    def log() -> None:
        aws.client("logs").create_log_group(logGroupName="/g")
        aws.client("logs").create_log_stream(logGroupName="/g", logStreamName="s")
        events = [{"timestamp": 1_700_000_000_000, "message": "hi"}]
        aws.client("logs").put_log_events(logGroupName="/g", logStreamName="s", logEvents=events)

    def bucket() -> None:
        aws.client("s3").create_bucket(Bucket="kept-bucket")
        aws.client("s3").put_bucket_tagging(Bucket="kept-bucket", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
        aws.client("s3").put_object(Bucket="kept-bucket", Key="a/b", Body=b"bytes", Metadata={"m": "1"})

    def stack() -> None:
        aws.client("cloudformation").create_stack(StackName="kept", TemplateBody=_TEMPLATE)
        aws.client("cloudformation").get_waiter("stack_create_complete").wait(
            StackName="kept", WaiterConfig={"Delay": 1}
        )

    def rule() -> None:
        aws.client("events").put_rule(Name="r", EventPattern='{"source": ["x"]}')

    def points() -> None:
        aws.client("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])

    def role() -> None:
        aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=_TRUST)
        aws.client("iam").put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=_ALLOWED)

    return {
        "parameter": lambda: aws.client("ssm").put_parameter(Name="/p", Value="1", Type="String"),
        "topic": lambda: aws.client("sns").create_topic(Name="t"),
        "group": lambda: aws.client("sagemaker").create_model_package_group(ModelPackageGroupName="g"),
        "queue": queue,
        "log": log,
        "bucket": bucket,
        "stack": stack,
        "rule": rule,
        "points": points,
        "role": role,
    }


def _seen(aws: Aws) -> dict[str, Any]:
    s3, sqs, iam = aws.client("s3"), aws.client("sqs"), aws.client("iam")
    message = sqs.receive_message(QueueUrl=sqs.list_queues()["QueueUrls"][0])["Messages"][0]
    found = s3.get_object(Bucket="kept-bucket", Key="a/b")
    return {
        "parameter": aws.client("ssm").get_parameter(Name="/p")["Parameter"]["Value"],
        "topic": [it["TopicArn"].rsplit(":", 1)[-1] for it in aws.client("sns").list_topics()["Topics"]],
        "group": aws.client("sagemaker").describe_model_package_group(ModelPackageGroupName="g")[
            "ModelPackageGroupName"
        ],
        "queue": message["Body"],
        "log": [
            it["message"] for it in aws.client("logs").get_log_events(logGroupName="/g", logStreamName="s")["events"]
        ],
        "bucket": (found["Body"].read(), found["Metadata"], s3.get_bucket_tagging(Bucket="kept-bucket")["TagSet"]),
        "stack": aws.client("cloudformation").describe_stacks(StackName="kept")["Stacks"][0]["StackStatus"],
        "rule": [it["Name"] for it in aws.client("events").list_rules()["Rules"]],
        "points": [it["MetricName"] for it in aws.client("cloudwatch").list_metrics(Namespace="n")["Metrics"]],
        "role": iam.list_role_policies(RoleName="r")["PolicyNames"],
    }


_EXPECTED = {
    "parameter": "1",
    "topic": ["t"],
    "group": "g",
    "queue": "hello",
    "log": ["hi"],
    "bucket": (b"bytes", {"m": "1"}, [{"Key": "k", "Value": "v"}]),
    "stack": "CREATE_COMPLETE",
    "rule": ["r"],
    "points": ["m"],
    "role": ["p"],
}


def test_everything_answered_survives_kill(state: Path) -> None:
    """One change of each service at the same time; the server is killed with the last answer, and all of them are there."""
    running = server.start(state, owner=True)
    changes = _changes(local(running))
    with ThreadPoolExecutor(len(changes)) as pool:
        for done in [pool.submit(change) for change in changes.values()]:
            done.result()
    os.kill(running.pid, signal.SIGKILL)
    running.stop()
    with server.start(state, owner=True) as again:
        assert _seen(local(again)) == _EXPECTED


def test_each_answer_is_on_disk_by_itself(state: Path) -> None:
    """Kill -9 right after one answer, again and again: no later request and no time saves it."""
    for number in range(3):
        running = server.start(state, owner=True)
        ssm = local(running).client("ssm")
        found = ssm.get_parameters_by_path(Path="/n")["Parameters"]
        assert [it["Value"] for it in found] == [str(it) for it in range(number)]
        ssm.put_parameter(Name=f"/n/{number}", Value=str(number), Type="String")
        os.kill(running.pid, signal.SIGKILL)
        running.stop()


def test_damaged_files_are_refused_and_repaired(state: Path) -> None:
    """Each file of the state: named, with what to do; after the repair the server starts with what was there at the last start."""
    with server.start(state, owner=True) as running:
        aws = local(running)
        aws.client("ssm").put_parameter(Name="/p", Value="1", Type="String")
        aws.client("sagemaker").create_model_package_group(ModelPackageGroupName="kept-one")
        aws.client("codecommit").create_repository(repositoryName="kept-one")
    server.start(state, owner=True).stop()
    newest = max((state / "state" / "control").glob("*.snapshot"), key=lambda it: int(it.stem))
    for path in (newest, *sorted((state / "state").glob("*.sqlite"))):
        content = path.read_bytes()
        path.write_bytes(content.replace(b"kept-one", b"kept-two").replace(b"/p", b"/q"))
        checks = {it.name: it for it in local_checks(state)}
        assert str(path) in checks["state files"].found
        with pytest.raises(RefusedInput, match=r"damaged: .*'mlops doctor --repair'") as refused:
            server.start(state, owner=True)
        assert str(path) in str(refused.value)
        assert repair(state)
        with server.start(state, owner=True) as running:
            assert local(running).client("ssm").get_parameter(Name="/p")["Parameter"]["Value"] == "1"
        assert repair(state) == []


def test_damaged_objects_are_named(state: Path) -> None:
    """Object, version, file and remedy, in the service's own error; an object stored again is whole."""
    with server.start(state, owner=True) as running:
        s3 = local(running).client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        first = s3.put_object(Bucket="bucket", Key="k", Body=b"first")["VersionId"]
        second = s3.put_object(Bucket="bucket", Key="k", Body=b"second")["VersionId"]
        path = next((state / "s3").glob("*/bucket/k"))
        path.write_bytes(b"secone")
        with pytest.raises(
            ClientError, match=f"bucket/k .version {second}. is damaged: .*{path}: store the object again"
        ):
            s3.get_object(Bucket="bucket", Key="k")
        assert s3.get_object(Bucket="bucket", Key="k", VersionId=first)["Body"].read() == b"first"
        assert [it.state for it in local_checks(state) if it.name == "objects"] == ["WRONG"]
        s3.put_object(Bucket="bucket", Key="k", Body=b"third")
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"third"


def test_a_full_disk(tmp_path: Path) -> None:
    """What would write is refused at once with the reason; what reads and what frees is answered; then all goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine lets us mount nothing")
    try:
        with server.start(disk / "state", owner=True) as running:
            aws = local(running)
            aws.client("s3").create_bucket(Bucket="bucket")
            aws.client("s3").put_object(Bucket="bucket", Key="big", Body=b"x")
            (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free - (6 << 20)))
            for call in (
                lambda: aws.client("ssm").put_parameter(Name="/p", Value="1", Type="String"),
                lambda: aws.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x"),
                lambda: aws.client("sagemaker").create_model_package_group(ModelPackageGroupName="g"),
            ):
                with pytest.raises(
                    ClientError, match="MB are left on the disk of the state folder: free some and repeat"
                ):
                    call()
            assert aws.client("s3").list_buckets()["Buckets"]
            aws.client("s3").delete_object(Bucket="bucket", Key="big")
            (disk / "filler").unlink()
            aws.client("ssm").put_parameter(Name="/p", Value="1", Type="String")
    finally:
        subprocess.run(["umount", disk], check=True)


def test_four_starts_at_once(tmp_path: Path) -> None:
    """One server and four clear answers."""
    desk = Desk(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        finished = list(pool.map(lambda _: desk.mlops("up"), range(4)))
    try:
        first = sorted(it.stdout.splitlines()[0] for it in finished)
        endpoint = json.loads((tmp_path / ".mlops" / "server.json").read_text())["endpoint"]
        assert [it.returncode for it in finished] == [0] * 4, [it.stderr for it in finished]
        assert [it.partition(f" at {endpoint} ")[0] for it in first] == ["already running"] * 3 + ["embedded AWS"]
        assert len(_servers(tmp_path)) == 1
    finally:
        desk.done("down")


def _servers(folder: Path) -> list[str]:
    """Process ids of servers on a folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes() if process.name.isdigit() else b""
        except OSError:
            continue
        if b"embedded_aws.process" in command and str(folder).encode() in command:
            found.append(process.name)
    return found
