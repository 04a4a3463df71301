"""Who may use a key of KMS: identity policies, the key's policy, grants; by himself (AWS KMS Developer Guide, "Determining access")."""

from typing import Any

import pytest

from tests.integration.executor.lab import ACCOUNT, Lab
from tests.integration.services.roles import ROOT, Session, allow, key, refusal

USE = allow("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


def test_the_keys_policy_is_asked_first(lab: Lab) -> None:
    """Where it says nothing to the account, no identity policy counts; where it names the role, none is needed."""
    able, nobody = Session(lab, USE), Session(lab)
    other = key(lab, {**ROOT, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}})
    named = key(lab, {**ROOT, "Principal": {"AWS": nobody.role}})
    left = key(lab, ROOT)
    denied = key(lab, ROOT, {**ROOT, "Effect": "Deny", "Action": "kms:Encrypt", "Principal": {"AWS": able.role}})

    def answers(session: Session) -> list[bool]:
        kms = session.client("kms")
        return [not refusal(kms.encrypt, KeyId=it, Plaintext=b"x") for it in (other, named, left, denied)]

    assert answers(able) == [False, False, True, False]
    assert answers(nobody) == [False, True, False, False]
    words = refusal(nobody.client("kms").describe_key, KeyId=left)
    assert words.startswith("AccessDenied")
    assert "is not authorized to perform: kms:DescribeKey" in words


def test_a_boundary_limits_what_a_keys_policy_gives(lab: Lab) -> None:
    """As in tests/security/test_keys.py, here by requests."""
    session = Session(lab)
    policy = lab.client("iam").create_policy(
        PolicyName=session.name, PolicyDocument='{"Statement": [{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    )
    named = key(lab, {**ROOT, "Principal": {"AWS": session.role}})
    assert refusal(session.client("kms").encrypt, KeyId=named, Plaintext=b"x") == ""
    lab.client("iam").put_role_permissions_boundary(RoleName=session.name, PermissionsBoundary=policy["Policy"]["Arn"])
    assert "AccessDenied" in refusal(session.client("kms").encrypt, KeyId=named, Plaintext=b"x")
    _grant(lab, named, session, "Encrypt")
    assert "AccessDenied" in refusal(session.client("kms").encrypt, KeyId=named, Plaintext=b"x")


def test_a_key_by_its_alias_and_by_its_ciphertext(lab: Lab) -> None:
    """IAM is asked about the key: a right to one is no right to another, whatever the request calls it."""
    mine, others = key(lab, alias="alias/mine"), key(lab, alias="alias/others")
    kms = Session(lab, allow("kms:Encrypt", "kms:Decrypt", on=mine)).client("kms")
    sealed = kms.encrypt(KeyId="alias/mine", Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    assert "AccessDenied" in refusal(kms.encrypt, KeyId="alias/others", Plaintext=b"x")
    foreign = lab.client("kms").encrypt(KeyId=others, Plaintext=b"x")["CiphertextBlob"]
    assert "AccessDenied" in refusal(kms.decrypt, CiphertextBlob=foreign)


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"StringEquals": {"kms:EncryptionContext:unit": "ward"}}, {"unit": "ward"}, True),
        ({"StringEquals": {"kms:EncryptionContext:unit": "ward"}}, {"unit": "lab"}, False),
        ({"StringEquals": {"kms:EncryptionContext:unit": "ward"}}, {}, False),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, {}, True),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {}, False),
        ({"StringEquals": {"kms:RequestAlias": "alias/another"}}, {}, False),
    ],
)
def test_conditions_of_kms(lab: Lab, condition: dict[str, Any], context: dict[str, str], allowed: bool) -> None:
    """The keys that requests to KMS carry (service authorization reference)."""
    kms = Session(lab, {**USE, "Condition": condition}).client("kms")
    assert (refusal(kms.encrypt, KeyId=key(lab), Plaintext=b"x", EncryptionContext=context) == "") is allowed


def _grant(lab: Lab, arn: str, session: Session, *operations: str, **more: Any) -> dict[str, str]:
    made: dict[str, str] = lab.client("kms").create_grant(
        KeyId=arn, GranteePrincipal=session.role, Operations=list(operations), **more
    )
    return made


def test_a_grant_allows_its_operations_to_its_grantee(lab: Lab) -> None:
    """Until it is revoked; a denial wins."""
    session, another, arn = Session(lab), Session(lab), key(lab)
    kms = session.client("kms")
    sealed = lab.client("kms").encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    assert "AccessDenied" in refusal(kms.decrypt, CiphertextBlob=sealed)
    made = _grant(lab, arn, session, "Decrypt")
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    assert "AccessDenied" in refusal(kms.encrypt, KeyId=arn, Plaintext=b"x")
    assert "AccessDenied" in refusal(another.client("kms").decrypt, CiphertextBlob=sealed)
    lab.client("kms").revoke_grant(KeyId=arn, GrantId=made["GrantId"])
    assert "AccessDenied" in refusal(kms.decrypt, CiphertextBlob=sealed)
    denied = Session(lab, {**USE, "Effect": "Deny"})
    _grant(lab, arn, denied, "Decrypt")
    assert "AccessDenied" in refusal(denied.client("kms").decrypt, CiphertextBlob=sealed)


@pytest.mark.parametrize(
    ("kind", "exact", "more"),
    [("EncryptionContextEquals", True, False), ("EncryptionContextSubset", True, True)],
)
def test_a_grants_constraints(lab: Lab, kind: str, exact: bool, more: bool) -> None:
    """The encryption context has to be this one, or to hold it."""
    session, arn = Session(lab), key(lab)
    kms = session.client("kms")
    _grant(lab, arn, session, "Encrypt", Constraints={kind: {"Unit": "ward"}})

    def may(context: dict[str, str]) -> bool:
        return not refusal(kms.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext=context)

    assert [may({"Unit": "ward"}), may({"Unit": "ward", "year": "1"}), may({"Unit": "lab"}), may({})] == [
        exact,
        more,
        False,
        False,
    ]


def test_granting_is_a_right_of_its_own(lab: Lab) -> None:
    """kms:GrantIsForAWSResource is true for AWS's services alone."""
    services = allow("kms:CreateGrant", Bool={"kms:GrantIsForAWSResource": "true"})
    asked = {"KeyId": key(lab), "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/anybody", "Operations": ["Decrypt"]}
    assert "kms:CreateGrant" in refusal(Session(lab, services).client("kms").create_grant, **asked)
    decrypting = allow("kms:CreateGrant", **{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}})
    kms = Session(lab, decrypting).client("kms")
    assert refusal(kms.create_grant, **asked) == ""
    assert "kms:CreateGrant" in refusal(kms.create_grant, **{**asked, "Operations": ["Decrypt", "Encrypt"]})


@pytest.mark.parametrize(
    ("source", "target", "missing"),
    [
        ("kms:ReEncryptFrom", "kms:ReEncryptTo", ""),
        ("kms:ReEncryptTo", "kms:ReEncryptTo", "kms:ReEncryptFrom"),
        ("kms:ReEncryptFrom", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
        ("kms:ReEncrypt*", "kms:ReEncrypt*", ""),
    ],
)
def test_re_encrypt_is_two_rights(lab: Lab, source: str, target: str, missing: str) -> None:
    """kms:ReEncryptFrom on one key, kms:ReEncryptTo on the other; there is no action kms:ReEncrypt."""
    one, other = key(lab), key(lab)
    root, kms = lab.client("kms"), Session(lab, allow(source, on=one), allow(target, on=other)).client("kms")
    sealed = root.encrypt(KeyId=one, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    asked = {
        "CiphertextBlob": sealed,
        "SourceEncryptionContext": {"a": "1"},
        "DestinationKeyId": other,
        "DestinationEncryptionContext": {"b": "2"},
    }
    if missing:
        assert f"is not authorized to perform: {missing}" in refusal(kms.re_encrypt, **asked)
        return
    made = kms.re_encrypt(**asked)
    assert (made["SourceKeyId"], made["KeyId"]) == (one, other)
    assert root.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"b": "2"})["Plaintext"] == b"x"
