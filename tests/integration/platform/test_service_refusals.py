"""What AWS's IAM and Lambda refuse, with their codes and words; and as whom CloudFormation works. One bare embedded AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.platform import server
from tests.integration.platform.plain import ACCOUNT, TOPIC, Stacks, archive, document, grant, role, trust

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
MISSING = f"arn:aws:iam::{ACCOUNT}:policy/no-such"


def filled(size: int) -> str:
    """A policy of about this many characters."""
    return document({**READ, "Resource": [f"arn:aws:s3:::{'b' * 40}/{number}" for number in range(size // 60)]})


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account with a role ``worker`` and a boundary in it."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        aws = local(running)
        role(aws, "worker", "lambda", "logs:*")
        yield aws


IAM: list[tuple[str, dict[str, Any], str, str]] = [  # operation, request, code, words
    (
        "create_role",
        {"RoleName": "x", "AssumeRolePolicyDocument": trust("lambda"), "PermissionsBoundary": MISSING},
        "NoSuchEntity",
        f"Scope ARN: {MISSING} does not exist or is not attachable.",
    ),
    (
        "put_role_permissions_boundary",
        {"RoleName": "worker", "PermissionsBoundary": MISSING},
        "NoSuchEntity",
        f"Scope ARN: {MISSING} does not exist or is not attachable.",
    ),
    (
        "attach_role_policy",
        {"RoleName": "worker", "PolicyArn": MISSING},
        "NoSuchEntity",
        f"Policy {MISSING} does not exist or is not attachable.",
    ),
    (
        "attach_role_policy",
        {"RoleName": "worker", "PolicyArn": "arn:aws:iam::aws:policy/AmazonSageMakerFulAccess"},
        "NoSuchEntity",
        "Policy arn:aws:iam::aws:policy/AmazonSageMakerFulAccess does not exist or is not attachable.",
    ),
    (
        "create_role",
        {"RoleName": "r" * 65, "AssumeRolePolicyDocument": trust("lambda")},
        "ValidationError",
        "at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
    ),
    (
        "create_role",
        {"RoleName": "a b", "AssumeRolePolicyDocument": trust("lambda")},
        "ValidationError",
        "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ),
    (
        "create_role",
        {"RoleName": "x", "AssumeRolePolicyDocument": document(READ)},
        "MalformedPolicyDocument",
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ),
    (
        "create_role",
        {"RoleName": "x", "AssumeRolePolicyDocument": document({"Effect": "Allow", "Action": "sts:AssumeRole"})},
        "MalformedPolicyDocument",
        "Missing required field Principal",
    ),
    (
        "create_role",
        {
            "RoleName": "x",
            "AssumeRolePolicyDocument": document(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/gone"},
                }
            ),
        },
        "MalformedPolicyDocument",
        f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:role/gone"',
    ),
    (
        "update_assume_role_policy",
        {
            "RoleName": "worker",
            "PolicyDocument": document(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": [f"{'s' * 40}{number}.amazonaws.com" for number in range(40)]},
                }
            ),
        },
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    ),
    *[
        (
            "put_role_policy",
            {"RoleName": "worker", "PolicyName": "q", "PolicyDocument": text},
            "MalformedPolicyDocument",
            words,
        )
        for text, words in (
            ("{", "This policy contains invalid Json"),
            (document(), "Syntax errors in policy."),
            (document({**READ, "Efect": "Allow"}), "Syntax errors in policy."),
            (document({**READ, "Effect": "allow"}), "Syntax errors in policy."),
            (
                document({**READ, "Action": "GetObject"}),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (document({**READ, "Resource": "bucket"}), 'Resource bucket must be in ARN format or "*".'),
            (document({**READ, "Principal": "*"}), "Policy document should not specify a principal."),
            (document({**READ, "Condition": {"StringEqual": {"a:b": "c"}}}), "Invalid Condition type : StringEqual."),
            (
                document({**READ, "Sid": "A"}, {**READ, "Sid": "A"}),
                "Statement IDs (SID) in a single policy must be unique.",
            ),
        )
    ],
    (
        "put_role_policy",
        {"RoleName": "worker", "PolicyName": "q", "PolicyDocument": filled(11_000)},
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role worker",
    ),
    (
        "create_policy",
        {"PolicyName": "large", "PolicyDocument": filled(7_000)},
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    ),
]


@pytest.mark.parametrize(("operation", "request_", "code", "words"), IAM, ids=[f"{it[0]}-{it[3][:40]}" for it in IAM])
def test_iam(account: Aws, operation: str, request_: dict[str, Any], code: str, words: str) -> None:
    """By IAM's own API."""
    with pytest.raises(ClientError) as refused:
        getattr(account.client("iam"), operation)(**request_)
    assert refused.value.response["Error"]["Code"] == code
    assert words in refused.value.response["Error"]["Message"]


def test_iam_takes_what_aws_takes(account: Aws) -> None:
    """Several inline policies below the limit, white space that does not count, AWS's own policies: and one too many of each."""
    iam = account.client("iam")
    for name in ("AmazonSageMakerFullAccess", "AdministratorAccess", "service-role/AWSLambdaBasicExecutionRole"):
        iam.attach_role_policy(RoleName="worker", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    iam.put_role_policy(RoleName="worker", PolicyName="a", PolicyDocument=filled(5_000))
    spaced = json.dumps(json.loads(filled(4_000)), indent=40)
    iam.put_role_policy(RoleName="worker", PolicyName="b", PolicyDocument=spaced)
    iam.put_role_policy(RoleName="worker", PolicyName="a", PolicyDocument=filled(5_500))  # in place of the other
    with pytest.raises(iam.exceptions.LimitExceededException):
        iam.put_role_policy(RoleName="worker", PolicyName="c", PolicyDocument=filled(3_000))
    for name in "ab":
        iam.delete_role_policy(RoleName="worker", PolicyName=name)
    arns = [iam.create_policy(PolicyName=f"p{it}", PolicyDocument=document(READ))["Policy"]["Arn"] for it in range(8)]
    for arn in arns[:7]:
        iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    with pytest.raises(iam.exceptions.LimitExceededException, match="Cannot exceed quota for PoliciesPerRole: 10"):
        iam.attach_role_policy(RoleName="worker", PolicyArn=arns[7])


FUNCTION = {"Runtime": "python3.13", "Handler": "index.handler", "Role": f"arn:aws:iam::{ACCOUNT}:role/worker"}
LAMBDA: list[tuple[dict[str, Any], str, str]] = [
    (
        {"Timeout": 901},
        "InvalidParameterValueException",
        "at 'timeout': Member must have value less than or equal to 900",
    ),
    (
        {"MemorySize": 10241},
        "InvalidParameterValueException",
        "at 'memorySize': Member must have value less than or equal to 10240",
    ),
    (
        {"Runtime": "python4"},
        "ValidationException",
        "at 'runtime' failed to satisfy constraint: Member must satisfy enum value set",
    ),
    (
        {"Runtime": "nodejs10.x"},
        "InvalidParameterValueException",
        "The runtime parameter of nodejs10.x is no longer supported",
    ),
    (
        {"Environment": {"Variables": {"AWS_REGION": "x"}}},
        "InvalidParameterValueException",
        "Reserved keys used in this request: AWS_REGION",
    ),
    (
        {"Environment": {"Variables": {"LARGE": "x" * 4_100}}},
        "InvalidParameterValueException",
        "exceeded the 4KB limit.",
    ),
]


@pytest.mark.parametrize(("given", "code", "words"), LAMBDA, ids=[f"{next(iter(it[0]))}-{it[1]}" for it in LAMBDA])
def test_lambda(account: Aws, given: dict[str, Any], code: str, words: str) -> None:
    """By CreateFunction and UpdateFunctionConfiguration, and by CloudFormation where its schema does not say it first."""
    client = account.client("lambda")
    code_zip = {"ZipFile": archive(index="def handler(e, c): return 1")}
    with pytest.raises(ClientError) as refused:
        client.create_function(FunctionName="wrong", Code=code_zip, **{**FUNCTION, **given})
    assert (refused.value.response["Error"]["Code"], words in str(refused.value)) == (code, True)
    if "x" not in {it["FunctionName"] for it in client.list_functions()["Functions"]}:
        client.create_function(FunctionName="x", Code=code_zip, **FUNCTION)
    with pytest.raises(ClientError) as again:
        client.update_function_configuration(FunctionName="x", **given)
    assert again.value.response["Error"]["Code"] == code
    properties = {**FUNCTION, "Code": {"ZipFile": "def handler(e, c): pass"}, **given}
    reason = Stacks(account).make("function", "AWS::Lambda::Function", properties)
    assert words in reason if code == "InvalidParameterValueException" else "Properties validation failed" in reason


@pytest.mark.parametrize(
    ("source", "handler", "kind", "says"),
    [
        (
            "def handler(e, c): pass",
            "other.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'other': No module named 'other'",
        ),
        (
            "import no_such",
            "index.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'index': No module named 'no_such'",
        ),
        (
            "def handler(e, c): pass",
            "index.main",
            "Runtime.HandlerNotFound",
            "Handler 'main' missing on module 'index'",
        ),
        ("def handler(e, c) pass", "index.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index': "),
        (
            "def handler(e, c): pass",
            "index",
            "Runtime.MalformedHandlerName",
            "Bad handler 'index': not enough values to unpack",
        ),
        ("1 / 0", "index.handler", "ZeroDivisionError", "division by zero"),
    ],
)
def test_handler_that_is_not_there(account: Aws, source: str, handler: str, kind: str, says: str) -> None:
    """Lambda takes the function; its first invocation tells."""
    client, name = account.client("lambda"), f"broken-{abs(hash((source, handler)))}"
    client.create_function(
        FunctionName=name, Code={"ZipFile": archive(index=source)}, **{**FUNCTION, "Handler": handler}
    )
    answer = client.invoke(FunctionName=name)
    body = json.loads(answer["Payload"].read())
    assert (answer["FunctionError"], body["errorType"]) == ("Unhandled", kind)
    assert body["errorMessage"].startswith(says)


def test_role_of_a_function(account: Aws, caller: Aws) -> None:
    """One that Lambda may assume, and that the caller may pass on to it."""
    given = {**FUNCTION, "FunctionName": "mine", "Code": {"ZipFile": archive(index="def handler(e, c): return 1")}}
    other = role(account, "for-others", "sagemaker", "logs:*")
    with pytest.raises(ClientError, match="The role defined for the function cannot be assumed by Lambda"):
        account.client("lambda").create_function(**{**given, "Role": other})
    code = {"Code": {"ZipFile": "def handler(e, c): pass"}}
    reason = Stacks(account).make("untrusted", "AWS::Lambda::Function", {**FUNCTION, **code, "Role": other})
    assert "The role defined for the function cannot be assumed by Lambda." in reason
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {FUNCTION['Role']}") as refused:
        caller.client("lambda").create_function(**given)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


STACK = {"Resources": {"It": {**TOPIC, "Properties": {"TopicName": "t"}}}}
DENIED = (
    f'Resource handler returned message: "User: arn:aws:sts::{ACCOUNT}:assumed-role/maker/AWSCloudFormation is not authorized'
    f" to perform: {{action}} on resource: arn:aws:sns:us-east-1:{ACCOUNT}:t because no identity-based policy allows the"
    ' {action} action"'
)
TOPICS = (
    "sns:CreateTopic",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:SetTopicAttributes",
)
STACKS = ("cloudformation:*", "lambda:CreateFunction")


@pytest.fixture(scope="module")
def maker(account: Aws) -> str:
    """A role that CloudFormation may act as, which may do nothing yet."""
    return role(account, "maker", "cloudformation", "logs:*")


@pytest.fixture(scope="module")
def caller(account: Aws, maker: str) -> Aws:
    """Somebody who may call CloudFormation and pass the role to it, and make nothing himself."""
    anybody = document(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    )
    iam = account.client("iam")
    iam.create_role(RoleName="caller", AssumeRolePolicyDocument=anybody)
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": maker,
        "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
    }
    allowed = {"Effect": "Allow", "Action": list(STACKS), "Resource": "*"}
    iam.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=document(allowed, passing))
    return account.assume("caller", "ann")


def test_role_is_passed_by_those_who_may(account: Aws, caller: Aws, maker: str) -> None:
    """By every operation that takes one."""
    other = role(account, "other", "cloudformation", "sns:*")
    client = caller.client("cloudformation")
    request = {"StackName": "s", "TemplateBody": json.dumps(STACK), "RoleARN": other}
    words = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/caller/ann is not authorized to perform: iam:PassRole on resource: {other}"
    for operation, given in (
        ("create_stack", request),
        ("update_stack", request),
        ("create_change_set", {**request, "ChangeSetName": "c", "ChangeSetType": "CREATE"}),
        ("delete_stack", {"StackName": "s", "RoleARN": other}),
    ):
        with pytest.raises(ClientError, match=words) as refused:
            getattr(client, operation)(**given)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_role_has_to_trust_cloudformation(account: Aws) -> None:
    """One that Lambda alone may assume, and one that does not exist."""
    for arn in (f"arn:aws:iam::{ACCOUNT}:role/worker", f"arn:aws:iam::{ACCOUNT}:role/no-such"):
        with pytest.raises(ClientError, match=f"Role {arn} is invalid or cannot be assumed"):
            account.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(STACK), RoleARN=arn)


def test_everything_is_made_as_the_role(account: Aws, caller: Aws, maker: str) -> None:
    """Create, update and delete with the role's rights, whoever calls; the stack remembers the role."""
    stacks, topics = Stacks(caller), account.client("sns")
    assert stacks.create("s", STACK, RoleARN=maker) == "ROLLBACK_COMPLETE"
    assert DENIED.format(action="sns:CreateTopic") in stacks.reason("s")
    assert topics.list_topics()["Topics"] == []
    grant(account, "maker", *TOPICS)
    stacks.client.delete_stack(StackName="s")
    assert stacks.create("s", STACK, RoleARN=maker) == "CREATE_COMPLETE"
    assert stacks.describe("s")["RoleARN"] == maker
    grant(account, "maker", *(set(TOPICS) - {"sns:SetTopicAttributes"}))
    changed = {"Resources": {"It": {**TOPIC, "Properties": {"TopicName": "t", "DisplayName": "d"}}}}
    assert stacks.update("s", changed) == "UPDATE_ROLLBACK_COMPLETE"  # the role is not named again
    assert DENIED.format(action="sns:SetTopicAttributes") in stacks.reason("s")
    stacks.client.delete_stack(StackName="s")
    assert stacks.settled("s") == "DELETE_FAILED"
    assert len(topics.list_topics()["Topics"]) == 1
    grant(account, "maker", *TOPICS, "sns:DeleteTopic")
    stacks.client.delete_stack(StackName="s")
    stacks.client.get_waiter("stack_delete_complete").wait(StackName="s", WaiterConfig={"Delay": 1})
    assert topics.list_topics()["Topics"] == []


def test_change_sets_are_executed_as_their_role(account: Aws, caller: Aws, maker: str) -> None:
    """The role is that of CreateChangeSet."""
    stacks = Stacks(caller)
    grant(account, "maker", "logs:*")
    request = {"StackName": "c", "ChangeSetName": "n", "TemplateBody": json.dumps(STACK), "ChangeSetType": "CREATE"}
    stacks.client.create_change_set(**request, RoleARN=maker)
    stacks.client.execute_change_set(StackName="c", ChangeSetName="n")
    assert stacks.settled("c") == "ROLLBACK_COMPLETE"
    assert DENIED.format(action="sns:CreateTopic") in stacks.reason("c")


def test_without_a_role_the_caller_acts(caller: Aws) -> None:
    """What he may not make himself, CloudFormation does not make for him; a type of which only the main call is known."""
    stacks = Stacks(caller)
    who = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/caller/ann is not authorized to perform: "
    assert f"{who}sns:CreateTopic" in stacks.make("own", "AWS::SNS::Topic", {"TopicName": "u"})
    assert f"{who}sqs:CreateQueue" in stacks.make("queue", "AWS::SQS::Queue", {"QueueName": "q"})


def test_roles_are_passed_on_by_the_role(account: Aws, caller: Aws, maker: str) -> None:
    """A function's role: iam:PassRole of the acting role, to Lambda."""
    group = {
        "Type": "AWS::Lambda::Function",
        "Properties": {**FUNCTION, "Code": {"ZipFile": "def handler(e, c): pass"}},
    }
    grant(account, "maker", "lambda:*", "s3:*")
    stacks = Stacks(caller)
    assert stacks.create("passing", {"Resources": {"It": group}}, RoleARN=maker) == "ROLLBACK_COMPLETE"
    assert f"iam:PassRole on resource: {FUNCTION['Role']}" in stacks.reason("passing")
