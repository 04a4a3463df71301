"""AWS's service authorization reference: the extract says what AWS's pages say, and everybody who judges a request reads it."""

import fnmatch
import itertools
import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws import wiring
from embedded_aws.iam import reference
from embedded_aws.iam.extract import extract, written
from embedded_aws.ministack import installation
from embedded_aws.ministack.services import Own
from embedded_aws.sagemaker.unmade import unmade
from embedded_aws.settings import Settings
from embedded_aws.shapes import service_model
from mlops.platform.evaluation import Request, allowed

WORDS = ["".join(letters) for length in range(7) for letters in itertools.product("ab", repeat=length)]
PATTERN = st.text("ab*?", max_size=3)
OURS = ("sagemaker", "servicecatalog", "codecommit", "codebuild", "codepipeline")


@pytest.mark.parametrize(
    "action",
    [
        "logs:DescribeLogGroups",
        "sns:Unsubscribe",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "servicecatalog:UpdateProvisionedProduct",
        "servicecatalog:TerminateProvisionedProduct",
        "servicecatalog:DescribeProvisionedProduct",
        "cloudwatch:PutMetricData",
        "sagemaker:Search",
    ],
)
def test_actions_without_resource_types_are_asked_of_everything(action: str) -> None:
    """An Allow on an ARN grants none of them; one on ``*`` does."""
    arn = f"arn:aws:{action.partition(':')[0]}:us-east-1:111122223333:x"
    request = Request(action, arn)
    assert not allowed(request, [{"Effect": "Allow", "Action": action, "Resource": arn}])
    assert allowed(request, [{"Effect": "Allow", "Action": action, "Resource": "*"}])


def test_a_request_that_cannot_be_is_no_question() -> None:
    """Misspelt actions and resources of another kind, so that no matrix asks what nobody asks."""
    with pytest.raises(ValueError, match="no such action"):
        Request("s3:GetObjekt", "arn:aws:s3:::b/k")
    with pytest.raises(ValueError, match="not about"):
        Request("sns:Publish", "arn:aws:s3:::b")


def test_names_are_compared_without_case() -> None:
    """As IAM does."""
    found = reference.find("SNS:publish")
    assert found is not None
    assert found.full == "sns:Publish"
    assert {it.full for it in reference.matching("kms:*alias")} >= {"kms:CreateAlias", "kms:UpdateAlias"}


def test_keys_of_an_action() -> None:
    """Its own, with a variable part too, and global ones; not those of another action."""
    update = reference.find("sagemaker:UpdateModelPackage")
    assume = reference.find("sts:AssumeRole")
    assert update is not None
    assert assume is not None
    assert reference.carries(update, "sagemaker:ModelApprovalStatus")
    assert reference.carries(update, "sagemaker:CustomerMetadataProperties/digest")
    assert reference.carries(update, "aws:SecureTransport")
    assert not reference.carries(update, "sts:RoleSessionName")
    assert reference.carries(assume, "sts:RoleSessionName")
    named = reference.find("sts:SetSourceIdentity")
    assert named is not None
    assert not reference.carries(named, "sts:RoleSessionName")


@given(PATTERN, PATTERN)
def test_patterns_meet_where_some_text_is_like_both(one: str, other: str) -> None:
    """Compared with every text of up to six letters: three characters of a pattern need no more."""
    both = any(fnmatch.fnmatchcase(word, one) and fnmatch.fnmatchcase(word, other) for word in WORDS)
    assert reference.meet(one, other) is both


def test_the_overlay_names_its_sources_and_real_operations() -> None:
    """Each addition is an operation that botocore knows (of whatever API), and replaces nothing that the extract has right."""
    overlay = json.loads(reference.OVERLAY.read_text())
    extract_ = json.loads(reference.EXTRACT.read_text())["services"]
    session = botocore.session.get_session()
    apis = {"sagemaker": ("sagemaker", "sagemaker-featurestore-runtime")}
    for prefix, added in overlay["services"].items():
        known = {name for api in apis.get(prefix, (prefix,)) for name in session.get_service_model(api).operation_names}
        for name, entry in added["actions"].items():
            assert name in known, name
            assert entry["source"]
            before = extract_[prefix]["actions"].get(name, {})
            assert set(before.get("on", [])) < set(entry["on"]), f"{name}: the extract has it now"


def test_the_extract_keeps_types_keys_and_dependents() -> None:
    """Of a small definition in the package's form."""
    kind = {"": ({"required": False, "condition_keys": ["x:b"], "dependent_actions": []}), "thing": {}}
    kind["thing"] = {"required": True, "condition_keys": ["x:a"], "dependent_actions": ["iam:PassRole"]}
    given_: dict[str, Any] = {
        "service_authorization_url": "https://docs.aws.amazon.com/x",
        "privileges": {"Make": {"access_level": "Write", "resource_types": kind}},
        "resources": {"thing": {"arn": "arn:${Partition}:x:::thing", "condition_keys": ["x:c"]}},
        "conditions": {"x:a": {"type": "String"}},
    }
    found = extract(json.dumps(dict.fromkeys(reference.SERVICES.split(), given_)).encode(), "1.0")
    made = found["services"]["sns"]["actions"]["Make"]
    assert made == {"level": "Write", "on": ["thing*"], "keys": ["x:a", "x:b"], "needs": ["iam:PassRole"]}
    assert json.loads(written(found)) == found


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Own]]:
    """Our services as they are wired, by name."""
    found: dict[str, Own] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installation, "install", lambda own, *_, **_named: found.update({it.name: it for it in own}))
        wired = wiring.wire(tmp_path_factory.mktemp("state"), Settings(), "secret")
    yield found
    for service in wired.services:
        service.close()


@pytest.mark.parametrize("service", OURS)
def test_what_our_operations_act_on_is_of_their_actions_types(own: dict[str, Own], service: str) -> None:
    """For every operation that is served, with every member that it may have: an ARN of a type of the action's, or everything."""
    mine, model = own[service], service_model(service)
    unknown, wrong = [], []
    for name in mine.host.operations:
        action, shape = reference.find(f"{service}:{name}"), model.operation_model(name).input_shape
        if action is None:
            unknown += [] if name in unmade() else [name]  # kinds newer than the reference, of which nothing is here
            continue
        for params in _requests(shape, action):
            try:
                reference.compared_with(action.full, mine.resource_arn(name, params, "us-east-1", "111122223333"))
            except ValueError as error:
                wrong.append(f"{params}: {error}")
    assert (unknown, wrong) == ([], [])


def _requests(shape: Any, action: reference.Action) -> list[dict[str, Any]]:
    """With the required members alone, and with each other text besides."""
    texts = [name for name, member in shape.members.items() if member.type_name == "string"]
    base = {name: _sample(name, action) for name in shape.required_members if name in texts}
    return [base, *({**base, name: _sample(name, action)} for name in texts if name not in base)]


def _sample(name: str, action: reference.Action) -> str:
    if name.lower().endswith("arn") and action.arns:
        return action.arns[0].replace("arn:*", "arn:aws").replace(":*", ":1").replace("*", "x")
    return "x"
