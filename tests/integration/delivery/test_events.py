"""Events that call functions: a call that fails is made again, as AWS Lambda does with asynchronous ones."""

import io
import json
import zipfile

from tests.integration.delivery.bench import Bench, wait_for

CODE = """
import boto3
SSM = boto3.client("ssm")


def handle(event, context):
    calls = SSM.put_parameter(Name="/calls", Value=event["detail"]["what"], Type="String", Overwrite=True)["Version"]
    if calls <= 2:
        raise RuntimeError("out of order")
    SSM.put_parameter(Name="/done", Value=event["detail"]["what"], Type="String")
"""


def test_a_failing_function_is_called_twice_more(bench: Bench) -> None:
    """Lambda's default for events (MaximumRetryAttempts 2): one that fails twice has its effect with the third call."""
    every = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("handler.py", CODE)
    function = bench.client("lambda").create_function(
        FunctionName="stumbling",
        Runtime="python3.13",
        Role=bench.role("stumbling", every, service="lambda"),
        Handler="handler.handle",
        Code={"ZipFile": raw.getvalue()},
        Timeout=60,
    )["FunctionArn"]
    events, ssm = bench.client("events"), bench.client("ssm")
    events.put_rule(Name="things", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="things", Targets=[{"Id": "function", "Arn": function}])
    entry = {"Source": "test", "DetailType": "A Thing", "Detail": json.dumps({"what": "a decision"})}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def values() -> dict[str, tuple[str, int]]:
        found = ssm.get_parameters(Names=["/calls", "/done"])["Parameters"]
        return {item["Name"]: (item["Value"], item["Version"]) for item in found}

    wait_for(lambda: "/done" in values(), "the third call", 120)
    assert values() == {"/calls": ("a decision", 3), "/done": ("a decision", 1)}
