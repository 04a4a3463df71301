"""``mlops doctor --security`` over an account of fakes: what it prints comes from deployed policies, and what differs is marked."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.errors import NotRunning
from mlops.platform.access import ANYBODY, Access, Line
from mlops.projects.names import DATA_SCIENTIST, MANAGER, ML_ENGINEER
from mlops.projects.products import titles
from tests.security.policies import ACCOUNT, ASSEMBLY, REGION, Statement, bucket_policies, roles, template

PEOPLE = (DATA_SCIENTIST, ML_ENGINEER, MANAGER)
KNOWN = {"SageMakerProjectName": "ward"}
DATA, ARTIFACTS = f"mlops-ward-data-{ACCOUNT}", f"mlops-ward-artifacts-{ACCOUNT}"


@dataclass
class FakeAccount:
    """Roles and buckets as the platform's templates make them; stands for the library's Aws and for its clients."""

    held: dict[str, list[Statement]] = field(default_factory=lambda: dict(roles(template("Access"))))
    policies: dict[str, list[Statement]] = field(
        default_factory=lambda: {**bucket_policies(template("Foundation")), **_own()}
    )
    projects: tuple[str, ...] = ("ward",)
    account: str = ACCOUNT
    region: str = REGION

    def client(self, _service: str) -> "FakeAccount":
        """As a session has it."""
        return self

    def search_provisioned_products(self, **_: Any) -> dict[str, Any]:
        """Service Catalog's."""
        product = next(iter(titles().values()))
        found = [{"Name": name, "ProductName": product, "Status": "AVAILABLE"} for name in self.projects]
        return {"ProvisionedProducts": found}

    def get_role(self, RoleName: str) -> dict[str, Any]:
        """IAM's."""
        if RoleName not in self.held:
            raise _error("NoSuchEntity")
        return {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{RoleName}", "RoleId": f"AROA{len(RoleName)}"}}

    def get_paginator(self, name: str) -> "FakePages":
        """Of listings."""
        return FakePages(name)

    def get_role_policy(self, RoleName: str, PolicyName: str) -> dict[str, Any]:
        """IAM's; the document as text, as some clients have it."""
        return {"PolicyDocument": json.dumps({"Statement": self.held[RoleName]})}

    def list_buckets(self) -> dict[str, Any]:
        """S3's."""
        return {"Buckets": [{"Name": name} for name in self.policies]}

    def get_bucket_policy(self, Bucket: str) -> dict[str, Any]:
        """S3's."""
        if not self.policies[Bucket]:
            raise _error("NoSuchBucketPolicy")
        return {"Policy": json.dumps({"Statement": self.policies[Bucket]})}


@dataclass
class FakePages:
    """One page: each role has one inline policy, and each bucket a forgotten folder."""

    name: str

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        """The page."""
        return {
            "list_role_policies": [{"PolicyNames": ["permissions"]}],
            "list_attached_role_policies": [{"AttachedPolicies": []}],
            "list_objects_v2": [{"CommonPrefixes": [{"Prefix": "forgotten/"}], "Contents": [{"Key": "loose.txt"}]}],
        }[self.name]


def _own() -> dict[str, list[Statement]]:
    (path,) = ASSEMBLY.glob("CatalogMlProject*.product.template.json")
    return bucket_policies(json.loads(path.read_text()), KNOWN)


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "Operation")  # type: ignore[typeddict-item]


def lines(account: FakeAccount) -> list[Line]:
    """What the doctor finds."""
    return Access(account).lines()  # type: ignore[arg-type]


def test_the_account_as_the_templates_make_it() -> None:
    """Nothing differs; each persona's prefixes are those of the table, and a manager has none."""
    found = lines(FakeAccount())
    assert [it for it in found if it.differs] == []
    written = {name: {it.where for it in found if it.who == name and it.what.startswith("write ")} for name in PEOPLE}
    shared = f"mlops-datasets-{ACCOUNT}"
    assert written[ML_ENGINEER] == {f"{shared}/signed/*/*/${{aws:userid}}/review-*.json", f"{shared}/athena/*"}
    assert {f"{DATA}/datasets/*", f"{DATA}/requests/${{aws:userid}}/*", f"{DATA}/quality/*"} <= written[DATA_SCIENTIST]
    assert not any("artifacts" in it for it in written[DATA_SCIENTIST])
    assert written[MANAGER] == set()
    decides = {it.what for it in found if it.who == ML_ENGINEER}
    assert {"approve a version", "reject a version", "release a delivery"} <= decides
    assert "start a training" not in decides


def test_what_an_added_allow_opens_is_marked() -> None:
    """Of a manager whose denials somebody took away."""
    account = FakeAccount()
    account.held[MANAGER] = [{"Effect": "Allow", "Action": ["s3:PutObject", "codecommit:GitPush"], "Resource": "*"}]
    differing = {(it.who, it.what): it.how for it in lines(account) if it.differs}
    assert differing[MANAGER, "push code"] == "yes"
    assert differing[MANAGER, "write uploaded tables: to train on, to predict for"] == "once"
    assert (MANAGER, "write code that jobs run, by its hash") not in differing  # the bucket's own policy


def test_a_bucket_without_its_policy_is_marked() -> None:
    """Anybody with every right writes there what and where he likes."""
    account = FakeAccount()
    account.policies[ARTIFACTS] = []
    found = {it.where: it.how for it in lines(account) if it.differs and it.who == ANYBODY}
    assert found[f"{ARTIFACTS}/code/*"] == "overwrites"
    assert found[f"{ARTIFACTS}/forgotten/*"] == "overwrites"
    assert found[f"{ARTIFACTS}/loose.txt"] == "overwrites"


def test_what_a_deleted_project_has_left_is_no_difference() -> None:
    """Its buckets stay without their policies, and are told apart; shared buckets still have to be as they are made."""
    account = FakeAccount(projects=())
    account.policies[ARTIFACTS] = account.policies[DATA] = []
    found = lines(account)
    assert [it for it in found if it.differs] == []
    assert {it.where for it in found if not it.as_expected} >= {f"{ARTIFACTS}/code/*", f"{DATA}/predictions/*"}
    account.policies[f"mlops-datasets-{ACCOUNT}"] = []
    assert {it.where.partition("/")[0] for it in lines(account) if it.differs} == {f"mlops-datasets-{ACCOUNT}"}


def test_a_bucket_that_lets_a_role_in_is_marked() -> None:
    """A statement of the bucket's own that names the role is enough, whatever the role's policy says nothing of."""
    account = FakeAccount()
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{DATA}/forgotten/*"}
    account.held[MANAGER] = []
    account.policies[DATA] = [{**allow, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{MANAGER}"}}]
    assert [it.where for it in lines(account) if it.who == MANAGER and it.differs] == [f"{DATA}/forgotten/*"]


def test_records_below_anothers_id_are_marked() -> None:
    """Where nothing ties a record to its writer, any name can stand on it."""
    account = FakeAccount()
    account.policies[DATA] = []
    wide = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{DATA}/requests/*"}
    account.held[DATA_SCIENTIST] = [wide]
    (line,) = [
        it for it in lines(account) if it.who == DATA_SCIENTIST and it.where.endswith("requests/${aws:userid}/*")
    ]
    assert (line.how, line.differs) == ("below anybody's id", True)


def test_an_account_without_the_platform_is_refused() -> None:
    """By the role that is missing."""
    account = FakeAccount(held={})
    with pytest.raises(NotRunning, match="the platform is not deployed here"):
        lines(account)
