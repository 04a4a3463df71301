"""Bad starts: an account that is not bootstrapped, a resource of the platform that somebody else has made, a second region."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mlops.aws import Aws, local
from mlops.errors import MlopsError, RefusedInput
from mlops.platform import server
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer


@pytest.fixture
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account with nothing in it."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        yield local(running)


def test_account_without_bootstrap_is_refused(account: Aws) -> None:
    """Nothing is made; the line says what to run."""
    account.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    with pytest.raises(RefusedInput, match="not bootstrapped: run 'npx cdk bootstrap aws://000000000000/us-east-1'"):
        Deployer(account).deploy(load())
    assert account.client("cloudformation").describe_stacks()["Stacks"] == []


def test_failing_resource_is_named_and_its_stack_rolled_back(account: Aws) -> None:
    """A repository of that name exists: the stacks before it stay, the failed one leaves nothing, and the next try goes on."""
    account.client("codecommit").create_repository(repositoryName="mlops-platform")
    with pytest.raises(
        MlopsError,
        match=r"mlops-delivery: ROLLBACK_COMPLETE: Repository \(AWS::CodeCommit::Repository\).*already exists",
    ):
        Deployer(account).deploy(load())
    roles = {role["RoleName"] for role in account.client("iam").list_roles()["Roles"]}
    assert "mlops-manager" in roles
    assert not {name for name in roles if name.startswith("mlops-platform")}
    account.client("codecommit").delete_repository(repositoryName="mlops-platform")
    told: dict[str, str] = {}
    Deployer(account).deploy(load(), lambda stack, what: told.update({stack: what}))
    assert told["mlops-foundation"] == "unchanged"
    assert told["mlops-delivery"].startswith(("created", "recreated"))
    _second_region(account)


def _second_region(account: Aws) -> None:
    """Refused before anything is made there: while the platform is up, and while its data are."""
    other, assembly = replace(account, region="eu-central-1"), load()
    words = "eu-central-1: the platform of account 000000000000 is in us-east-1, .*: one region an account"
    with pytest.raises(RefusedInput, match=words) as refused:
        Deployer(other).deploy(assembly)
    assert "\n" not in str(refused.value)
    Deployer(account).destroy(assembly)
    with pytest.raises(RefusedInput, match=words):
        Deployer(other).deploy(assembly)
    assert other.client("cloudformation").describe_stacks()["Stacks"] == []
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    account.client("iam").create_role(  # of somebody else, in an account where ours would go
        RoleName="mlops-data-scientist", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    with pytest.raises(RefusedInput, match="a role of that name is not ours"):
        Deployer(account).deploy(assembly)
