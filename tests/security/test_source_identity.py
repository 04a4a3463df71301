"""As whom somebody signed in stays with his session through every role, and opens the personas' roles under that name only."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, Credentials
from tests.security.house import ACCOUNT, House, house

__all__ = ["house"]
HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
BOTH = ["sts:AssumeRole", "sts:SetSourceIdentity"]


def _role(house: House, name: str, actions: list[str], when: dict[str, Any] | None = None, may: Any = BOTH) -> str:
    """A role that this account may use for the actions; itself it may assume roles and list those buckets that ann may."""
    iam = house.root.client("iam")
    trust = {"Effect": "Allow", "Principal": HERE, "Action": actions, **({"Condition": when} if when else {})}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    anns = {"StringEquals": {"aws:SourceIdentity": "ann"}}
    own = [
        {"Effect": "Allow", "Action": may, "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": anns},
    ]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": own}))
    return str(arn)


@pytest.fixture(scope="module")
def roles(house: House) -> Iterator[dict[str, str]]:
    """Whom they let in: ``sso`` everybody, ``plain`` whoever sets nothing, ``named`` sessions called as they signed in."""
    named = {"StringEquals": {"sts:RoleSessionName": "${aws:SourceIdentity}"}}
    made = {
        "sso": _role(house, "sso", BOTH),
        "plain": _role(house, "plain", BOTH[:1]),
        "next": _role(house, "next", BOTH),
        "named": _role(house, "named", BOTH, named),
        "anns": _role(house, "anns", BOTH, {"StringLike": {"sts:SourceIdentity": "ann*"}}),
        "mute": _role(house, "mute", BOTH, may=BOTH[:1]),
    }
    yield made
    iam = house.root.client("iam")
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)


def _assume(aws: Aws, role: str, session: str, **given: str) -> tuple[Aws, dict[str, Any]]:
    answer = aws.client("sts").assume_role(RoleArn=role, RoleSessionName=session, **given)
    keys = answer["Credentials"]
    own = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return Aws(aws.region, aws.endpoint, own), answer


def _refused(aws: Aws, role: str, session: str, **given: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        _assume(aws, role, session, **given)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def test_it_is_answered_and_is_no_part_of_the_caller(house: House, roles: dict[str, str]) -> None:
    """AssumeRole says it; GetCallerIdentity is what it was; without one there is none."""
    ann, answer = _assume(house.root, roles["sso"], "one", SourceIdentity="ann")
    assert answer["SourceIdentity"] == "ann"
    who = ann.client("sts").get_caller_identity()
    assert set(who) == {"UserId", "Account", "Arn", "ResponseMetadata"}
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/sso/one" == answer["AssumedRoleUser"]["Arn"]
    assert "SourceIdentity" not in _assume(house.root, roles["sso"], "one")[1]


def test_policies_see_it(house: House, roles: dict[str, str]) -> None:
    """``aws:SourceIdentity``, in every request of the session and of those that are begun with it."""
    ann, _ = _assume(house.root, roles["sso"], "one", SourceIdentity="ann")
    further, answer = _assume(ann, roles["next"], "two")
    assert answer["SourceIdentity"] == "ann"
    again, _ = _assume(further, roles["sso"], "three", SourceIdentity="ann")  # the same one may be said again
    for aws in (ann, further, again):
        assert aws.client("s3").list_buckets()["Buckets"]
    for aws in (
        _assume(house.root, roles["sso"], "ann")[0],
        _assume(house.root, roles["sso"], "one", SourceIdentity="ben")[0],
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            aws.client("s3").list_buckets()


def test_nobody_changes_or_loses_it(house: House, roles: dict[str, str]) -> None:
    """Another one is refused, and so is a role whose trust, or a session whose policy, does not allow that one is kept."""
    ann, _ = _assume(house.root, roles["sso"], "one", SourceIdentity="ann")
    assert _refused(ann, roles["next"], "two", SourceIdentity="ben")[0] == "AccessDenied"
    code, message = _refused(ann, roles["plain"], "two")
    assert (code, "sts:SetSourceIdentity" in message) == ("AccessDenied", True)
    mute, _ = _assume(house.root, roles["mute"], "one", SourceIdentity="ann")
    assert _refused(mute, roles["next"], "two")[0] == "AccessDenied"
    with pytest.raises(ClientError):
        ann.client("sts").get_session_token()


def test_setting_one_has_to_be_allowed(house: House, roles: dict[str, str]) -> None:
    """By the role's trust, which may look at what is set; ``sts:SourceIdentity`` is another key than the session's own."""
    assert _refused(house.root, roles["plain"], "one", SourceIdentity="ann")[0] == "AccessDenied"
    assert _assume(house.root, roles["plain"], "one")
    assert _assume(house.root, roles["anns"], "one", SourceIdentity="anna")
    assert _refused(house.root, roles["anns"], "one", SourceIdentity="ben")[0] == "AccessDenied"
    assert _refused(house.root, roles["anns"], "one")[0] == "AccessDenied"


@pytest.mark.parametrize("name", ["a", "x" * 65, "aws:ann", "ann<b>", "ann ben", "änn"])
def test_a_name_that_is_none_is_refused(house: House, roles: dict[str, str], name: str) -> None:
    """By the API reference: 2 to 64 characters of ``[\\w+=,.@-]``, not beginning with ``aws:``."""
    session = boto3.Session(*_keys(house.root), region_name="us-east-1")
    client: Any = session.client("sts", endpoint_url=house.running.endpoint, config=_unchecked())
    with pytest.raises(ClientError, match="ValidationError"):
        client.assume_role(RoleArn=roles["sso"], RoleSessionName="one", SourceIdentity=name)


def test_a_role_may_want_sessions_under_that_name(house: House, roles: dict[str, str]) -> None:
    """As the personas' trust does for people who come through another role: ann is ann, and not ben."""
    ann, _ = _assume(house.root, roles["sso"], "one", SourceIdentity="ann")
    session, answer = _assume(ann, roles["named"], "ann")
    assert answer["SourceIdentity"] == "ann"
    assert session.identity.endswith("assumed-role/named/ann")
    assert _refused(ann, roles["named"], "ben")[0] == "AccessDenied"
    assert _refused(house.root, roles["named"], "ann")[0] == "AccessDenied"


def _keys(aws: Aws) -> tuple[str, str]:
    assert aws.credentials is not None
    return aws.credentials.access_key, aws.credentials.secret_key


def _unchecked() -> Any:
    """boto3 without its own look at lengths: the server has to look."""
    from botocore.config import Config

    return Config(parameter_validation=False)
