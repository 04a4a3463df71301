"""What AWS's CloudFormation refuses of stacks, with its words: exports, parameters, properties. One bare embedded AWS."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.platform import server
from tests.integration.platform.plain import TOPIC, Stacks, exporting, importing, trust


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account with nothing in it."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        yield local(running)


@pytest.fixture(scope="module")
def stacks(account: Aws) -> Stacks:
    """As the account's root."""
    return Stacks(account)


@pytest.fixture(scope="module")
def shared(stacks: Stacks) -> Stacks:
    """``giver`` exports ``x-name``, and ``taker`` and ``third`` import it."""
    assert stacks.create("giver", exporting("x-name", "one")) == "CREATE_COMPLETE"
    assert stacks.create("taker", importing("x-name")) == "CREATE_COMPLETE"
    assert stacks.create("third", importing("x-name")) == "CREATE_COMPLETE"
    return stacks


def test_export_in_use_is_not_changed(shared: Stacks) -> None:
    """The update rolls back and names who imports; the value stays."""
    assert shared.update("giver", exporting("x-name", "two")) == "UPDATE_ROLLBACK_COMPLETE"
    assert shared.reason("giver") == "Export x-name cannot be updated as it is in use by taker and third"
    assert [it["Value"] for it in shared.client.list_exports()["Exports"] if it["Name"] == "x-name"] == ["one"]


def test_export_in_use_is_not_removed(shared: Stacks) -> None:
    """Nor is it renamed."""
    assert shared.update("giver", exporting("other-name", "one")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Export x-name cannot be deleted as it is in use by taker and third" in _reasons(shared, "giver")
    assert "other-name" not in {it["Name"] for it in shared.client.list_exports()["Exports"]}


def test_stack_with_an_export_in_use_is_not_deleted(shared: Stacks) -> None:
    """CloudFormation takes the request; the stack stays as it was, and says why."""
    before = shared.describe("giver")["StackStatus"]
    shared.client.delete_stack(StackName="giver")
    after = shared.describe("giver")
    assert after["StackStatus"] == before
    assert after["StackStatusReason"] == "Export x-name cannot be deleted as it is in use by taker and third"


def test_exports_have_one_name_once(shared: Stacks) -> None:
    """A second stack cannot take the name."""
    assert shared.create("again", exporting("x-name", "other")) == "ROLLBACK_COMPLETE"
    assert shared.reason("again") == "Export with name x-name is already exported by stack giver"


def test_imports_are_listed(shared: Stacks) -> None:
    """Importers by export; the words for one that nobody imports."""
    assert shared.client.list_imports(ExportName="x-name")["Imports"] == ["taker", "third"]
    with pytest.raises(ClientError, match="Export 'no-such' is not imported by any stack"):
        shared.client.list_imports(ExportName="no-such")


def test_import_of_nothing_fails(stacks: Stacks) -> None:
    """And leaves nothing."""
    assert stacks.create("lost", importing("no-such")) == "ROLLBACK_COMPLETE"
    assert "No export named no-such found" in stacks.reason("lost")


def test_export_that_is_free_again_changes_and_goes(stacks: Stacks) -> None:
    """Not too strict: without importers the value changes, the export goes with its output, its name can be taken."""
    assert stacks.create("free", exporting("y-name", "one")) == "CREATE_COMPLETE"
    assert stacks.create("user", importing("y-name")) == "CREATE_COMPLETE"
    stacks.client.delete_stack(StackName="user")
    stacks.client.get_waiter("stack_delete_complete").wait(StackName="user", WaiterConfig={"Delay": 1})
    assert stacks.update("free", exporting("y-name", "two")) == "UPDATE_COMPLETE"
    assert stacks.update("free", exporting("z-name", "two")) == "UPDATE_COMPLETE"
    assert "y-name" not in {it["Name"] for it in stacks.client.list_exports()["Exports"]}
    assert stacks.create("next", exporting("y-name", "three")) == "CREATE_COMPLETE"


def _reasons(stacks: Stacks, name: str) -> set[str]:
    events = stacks.client.describe_stack_events(StackName=name)["StackEvents"]
    return {it.get("ResourceStatusReason", "") for it in events}


PARAMETERS: dict[str, Any] = {
    "Word": {"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 4},
    "Size": {"Type": "Number", "MinValue": 1, "MaxValue": 9, "Default": 5},
    "Colour": {"Type": "String", "AllowedValues": ["red", "blue"], "Default": "red"},
}
WRONG = [
    ({"Word": "abc", "Other": "x", "More": "y"}, "Parameters: [Other, More] do not exist in the template"),
    ({}, "Parameters: [Word] must have values"),
    ({"Word": "ABC"}, "Parameter 'Word' must match pattern [a-z]+"),
    ({"Word": "a"}, "Parameter 'Word' must contain at least 2 characters"),
    ({"Word": "abcde"}, "Parameter 'Word' must contain at most 4 characters"),
    ({"Word": "abc", "Size": "0"}, "Parameter 'Size' must be a number not less than 1"),
    ({"Word": "abc", "Size": "10"}, "Parameter 'Size' must be a number not greater than 9"),
    ({"Word": "abc", "Size": "many"}, "Parameter 'Size' must be a number."),
    ({"Word": "abc", "Colour": "green"}, r"Parameter 'Colour' must be one of \[red, blue\]"),
]


@pytest.fixture(scope="module")
def declared(stacks: Stacks) -> Stacks:
    """A stack that declares parameters."""
    good = [{"ParameterKey": "Word", "ParameterValue": "abc"}]
    assert stacks.create("declared", _declaring(), Parameters=good) == "CREATE_COMPLETE"
    return stacks


def _declaring(name: str = "n") -> dict[str, Any]:
    return {"Parameters": PARAMETERS, "Resources": {"Topic": {**TOPIC, "Properties": {"DisplayName": name}}}}


@pytest.mark.parametrize(("values", "words"), WRONG)
@pytest.mark.parametrize("operation", ["create_stack", "update_stack", "create_change_set"])
def test_parameters(declared: Stacks, operation: str, values: dict[str, str], words: str) -> None:
    """By every operation that takes them, before anything is made."""
    import json

    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    more = {"ChangeSetName": "c"} if operation == "create_change_set" else {}
    name = "undeclared" if operation == "create_stack" else "declared"
    escaped = words if "\\" in words else words.replace("[", r"\[").replace("]", r"\]").replace("+", r"\+")
    with pytest.raises(ClientError, match=escaped) as refused:
        getattr(declared.client, operation)(
            StackName=name, TemplateBody=json.dumps(_declaring("changed")), Parameters=given, **more
        )
    assert refused.value.response["Error"]["Code"] == "ValidationError"


LONG = "x" * 65
LAMBDA = {
    "Code": {"ZipFile": "def handler(e, c): pass"},
    "Role": "arn:aws:iam::000000000000:role/r",
    "Handler": "index.handler",
}
PROPERTIES = [  # type, properties, what CloudFormation says
    ("AWS::SNS::Topic", {"Nonsense": 1}, "#: extraneous key [Nonsense] is not permitted"),
    ("AWS::SQS::Queue", {"Nonsense": 1}, "#: extraneous key [Nonsense] is not permitted"),
    ("AWS::DynamoDB::Table", {"KeySchema": [], "Nonsense": {}}, "#: extraneous key [Nonsense] is not permitted"),
    ("AWS::S3::Bucket", {"Arn": "arn:aws:s3:::x"}, "#: extraneous key [Arn] is not permitted"),
    (
        "AWS::S3::Bucket",
        {"VersioningConfiguration": {"Status": "Enabled", "Nonsense": 1}},
        "#/VersioningConfiguration: extraneous key [Nonsense] is not permitted",
    ),
    ("AWS::S3::Bucket", {"BucketName": "b" * 64}, "#/BucketName: expected maxLength: 63, actual: 64"),
    ("AWS::S3::Bucket", {"BucketName": "Upper"}, "#/BucketName: failed validation constraint for keyword [pattern]"),
    ("AWS::S3::Bucket", {"Tags": "a"}, "#/Tags: expected type: JSONArray, found: String"),
    ("AWS::SNS::Topic", {"DisplayName": ["a"]}, "#/DisplayName: expected type: String, found: JSONArray"),
    ("AWS::SQS::Queue", {"DelaySeconds": "soon"}, "#/DelaySeconds: expected type: Integer, found: String"),
    ("AWS::KMS::Key", {"EnableKeyRotation": "maybe"}, "#/EnableKeyRotation: expected type: Boolean, found: String"),
    (
        "AWS::Logs::LogGroup",
        {"RetentionInDays": 8},
        "#/RetentionInDays: failed validation constraint for keyword [enum]",
    ),
    ("AWS::IAM::Role", {}, "#: required key [AssumeRolePolicyDocument] not found"),
    (
        "AWS::IAM::Role",
        {"RoleName": LONG, "AssumeRolePolicyDocument": {}},
        "#/RoleName: expected maxLength: 64, actual: 65",
    ),
    (
        "AWS::Lambda::Function",
        {**LAMBDA, "Runtime": "python4"},
        "#/Runtime: failed validation constraint for keyword [enum]",
    ),
    (
        "AWS::Lambda::Function",
        {**LAMBDA, "Timeout": 0},
        "#/Timeout: failed validation constraint for keyword [minimum]",
    ),
    (
        "AWS::Lambda::Function",
        {**LAMBDA, "MemorySize": 64},
        "#/MemorySize: failed validation constraint for keyword [minimum]",
    ),
    ("AWS::EC2::Subnet", {}, "#: required key [VpcId] not found"),
    ("AWS::CodeBuild::Project", {"Nonsense": 1}, "Encountered unsupported property Nonsense"),
    ("AWS::CodeBuild::Project", {"Source": "here"}, "Value of property Source must be an object"),
]


@pytest.mark.parametrize(
    ("kind", "properties", "words"), PROPERTIES, ids=[f"{it[0]}-{it[2][-40:]}" for it in PROPERTIES]
)
def test_properties(stacks: Stacks, kind: str, properties: dict[str, Any], words: str) -> None:
    """Of types that MiniStack provisions and of ours; the resource fails, and the stack goes back."""
    assert words in stacks.make("one-wrong", kind, properties)


def test_values_that_cloudformation_reads_as_the_type_wants(stacks: Stacks) -> None:
    """Not too strict: texts for numbers and truth values, numbers for texts."""
    queue = {"DelaySeconds": "5", "FifoQueue": "true", "QueueName": "q.fifo", "Tags": [{"Key": "k", "Value": 1}]}
    assert stacks.make("one-right", "AWS::SQS::Queue", queue) == ""
    group = {"RetentionInDays": "7", "LogGroupName": "/a/b"}
    assert stacks.make("two-right", "AWS::Logs::LogGroup", group) == ""


def test_an_update_is_judged_too(stacks: Stacks) -> None:
    """A property that was right before."""
    assert stacks.create("changing", {"Resources": {"It": TOPIC}}) == "CREATE_COMPLETE"
    wrong = {"Resources": {"It": {**TOPIC, "Properties": {"DisplayName": {"a": 1}}}}}
    assert stacks.update("changing", wrong) == "UPDATE_ROLLBACK_COMPLETE"
    told = "Properties validation failed for resource It with message:\n#/DisplayName: expected type: String, found: JSONObject"
    assert stacks.reason("changing") == told


def test_policies_of_a_stack_are_judged_as_iam_does(stacks: Stacks) -> None:
    """A boundary and a policy that do not exist, sizes, a malformed document: as the resource's handler tells it."""
    import json

    base = {"AssumeRolePolicyDocument": json.loads(trust("lambda"))}
    missing = "arn:aws:iam::000000000000:policy/no-such"
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": [f"arn:aws:s3:::{'b' * 40}/{i}" for i in range(250)],
    }
    large = {"Version": "2012-10-17", "Statement": [statement]}
    cases = [
        ({"PermissionsBoundary": missing}, f"Scope ARN: {missing} does not exist or is not attachable."),
        ({"ManagedPolicyArns": [missing]}, f"Policy {missing} does not exist or is not attachable."),
        (
            {"Policies": [{"PolicyName": "p", "PolicyDocument": large}]},
            "Maximum policy size of 10240 bytes exceeded for role r",
        ),
        ({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}]}, "Syntax errors in policy."),
    ]
    for properties, words in cases:
        reason = stacks.make("role", "AWS::IAM::Role", {**base, "RoleName": "r", **properties})
        assert f'Resource handler returned message: "{words}' in reason
    half = {**large, "Statement": [{**statement, "Resource": statement["Resource"][:150]}]}
    assert "Cannot exceed quota for PolicySize: 6144" in stacks.make(
        "managed", "AWS::IAM::ManagedPolicy", {"PolicyDocument": half}
    )
