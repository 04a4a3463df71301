"""AWS CLI 1 and the SageMaker SDK v3 as users have them, against the embedded AWS: as root, as personas, by all three ways."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.foreign.environments import needs_aws_cli
from tests.integration.desk import Desk
from tests.integration.test_foreign_programs import ELSEWHERE, MLOPS, ROOT, SCIENTIST, answer, shell

SDK = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).with_name('sdk_program.py')))}"
IDENTITY = "sts get-caller-identity --query Arn --output text"


@pytest.fixture(scope="module")
def aws_cli() -> str:
    """The command."""
    return shlex.quote(str(needs_aws_cli()))


def test_cli_with_what_up_prints(desk: Desk, aws_cli: str) -> None:
    """The indented lines in an empty shell."""
    lines = [line for line in desk.done("up").splitlines() if line.startswith("  ")]
    assert answer(desk, "\n".join([*lines, f"{aws_cli} {IDENTITY}"])) == [ROOT]


@pytest.mark.parametrize("environment", [{}, ELSEWHERE], ids=["empty", "elsewhere"])
@pytest.mark.parametrize(("flags", "identity"), [("", ROOT), ("--as data-scientist", SCIENTIST)])
def test_cli(desk: Desk, aws_cli: str, flags: str, identity: str, environment: dict[str, str]) -> None:
    """``up --export`` and ``exec``."""
    exported = f'eval "$({MLOPS} up --export {flags})"\n{aws_cli} {IDENTITY}'
    executed = f"{MLOPS} exec {flags} -- {aws_cli} {IDENTITY}"
    assert answer(desk, f"{exported}\n{executed}", **environment) == [identity, identity]


def test_cli_by_hand_and_by_profile(desk: Desk, aws_cli: str) -> None:
    """The other two ways of docs/embedded-aws.md: assume-role's three keys, and a profile."""
    role = "arn:aws:iam::000000000000:role/mlops-data-scientist"
    (desk.folder / "config").write_text(
        f"[profile ann]\nrole_arn = {role}\nrole_session_name = ann\ncredential_source = Environment\n"
    )
    keys = "[AccessKeyId,SecretAccessKey,SessionToken]"
    assume = f"sts assume-role --role-arn {role} --role-session-name ann --query Credentials.{keys} --output text"
    lines = f"""
        eval "$({MLOPS} up --export)"
        AWS_CONFIG_FILE=config {aws_cli} --profile ann {IDENTITY}
        read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< "$({aws_cli} {assume})"
        export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
        {aws_cli} {IDENTITY}
    """
    assert answer(desk, lines) == [SCIENTIST.replace("/data-scientist", "/ann")] * 2


def test_cli_works(desk: Desk, aws_cli: str) -> None:
    """A bucket, files up and down, the pipeline of a refused right: exit codes are the CLI's."""
    (desk.folder / "a file").write_text("content")
    lines = f"""
        eval "$({MLOPS} up --export)"
        {aws_cli} s3 mb s3://by-cli
        {aws_cli} s3 cp "a file" s3://by-cli/x/
        {aws_cli} s3 ls s3://by-cli/x/
        {aws_cli} s3 cp s3://by-cli/x/"a file" -
    """
    found = answer(desk, lines)
    assert found[-1] == "content"
    assert found[-2].split(maxsplit=2)[2] == "7 a file"
    denied = shell(desk, f"{MLOPS} exec --as manager -- {aws_cli} iam create-user --user-name mallory")
    assert "AccessDenied" in denied.stderr
    assert denied.returncode == 255  # AWS CLI 1: "the request to AWS failed"


def test_sdk(desk: Desk) -> None:
    """The SDK asks STS for account and role, makes its default bucket, uploads, runs a job."""
    script = desk.folder / "make.py"
    script.write_text("open('/opt/ml/processing/made/it.txt', 'w').write('made here')")
    role = job_role(desk)
    done = shell(desk, f"{MLOPS} exec -- {SDK} make.py {role}")
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["account"] == "000000000000"
    assert found["bucket"] == "sagemaker-us-east-1-000000000000"
    assert found["uploaded"] == f"s3://{found['bucket']}/given/make.py"
    assert found["made"] == "made here"


def job_role(desk: Desk) -> str:
    """ARN of a role of the user's own, as SageMaker's guide has it: the service may act as it, and it reaches buckets and logs."""
    iam = desk.client("iam")
    service = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    role = iam.create_role(RoleName="notebooks", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    actions = ["s3:GetObject", "s3:ListBucket", "s3:PutObject", "logs:CreateLogStream", "logs:PutLogEvents"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="notebooks", PolicyName="own", PolicyDocument=policy)
    return str(role)


def test_sdk_own_role(desk: Desk) -> None:
    """As a persona the SDK finds the persona's role by STS."""
    code = "from sagemaker.core.helper.session_helper import Session; print(Session().get_caller_identity_arn())"
    lines = f"{MLOPS} exec --as data-scientist -- {shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    assert answer(desk, lines)[-1] == "arn:aws:iam::000000000000:role/mlops-data-scientist"


def test_sdk_needs_the_redirection() -> None:
    """The SDK still has the public address written into it; once it has not, ``exec`` needs no sitecustomize."""
    from sagemaker.core.helper.session_helper import sts_regional_endpoint

    assert sts_regional_endpoint("us-east-1") == "https://sts.us-east-1.amazonaws.com"
