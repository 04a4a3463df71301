"""Who may write what in an account as it is, beside what the tables of prefixes and rights say: evidence for an auditor."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from mlops.aws import Aws
from mlops.bundled.audit import audit_bucket
from mlops.datasets.registry.names import datasets_bucket
from mlops.platform.deployed import Deployed, Role
from mlops.platform.evaluation import Request, Statement, allowed
from mlops.platform.patterns import listed
from mlops.projects.catalog import Projects
from mlops.projects.kept import repositories
from mlops.projects.names import PERSONAS, Project
from mlops.projects.prefixes import ADMINISTRATORS, ARTIFACTS, AUDIT, DATA, DATASETS, OWN_ID, Prefix, of
from mlops.projects.rights import RIGHTS

ANYBODY = "anybody with every right"
ONCE, OVERWRITES, NO = "once", "overwrites", "no"
_SESSION, _OTHER = "somebody", "AROAXXXXXXXXXXXXXXXXX:another"
_CREATES = {"s3:ObjectCreationOperation": "true"}
_FIRST = {**_CREATES, "s3:if-none-match": "*"}
_OBJECT = re.compile(r"^arn:[^:]*:s3:::([^/]*)/(.+)$")
_ALL: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Line:
    """One answer: may ``who`` do ``what`` there, and how; ``expected`` is what the tables say.

    ``kept``: it is about a bucket that a deleted project has left, whose policy went with the project's stack.
    """

    who: str
    what: str
    where: str
    how: str
    expected: str
    kept: bool = False

    @property
    def as_expected(self) -> bool:
        """Whether it is what the tables say of a project."""
        return self.how == self.expected

    @property
    def differs(self) -> bool:
        """Whether the account is not as the platform makes it."""
        return not (self.as_expected or self.kept)


@dataclass(frozen=True)
class _Bucket:
    name: str
    kind: str
    policy: Sequence[Statement]
    kept: bool = False


class Access:
    """The write access of the three personas, and of whoever has every right but what buckets' own policies refuse."""

    def __init__(self, aws: Aws) -> None:
        self._aws, self._deployed = aws, Deployed(aws)
        self._roles = [self._deployed.role(name) for name in PERSONAS.values()]
        account = aws.account
        self._roles.append(Role(ANYBODY, f"arn:aws:iam::{account}:role/anybody", "AROAANYBODY", (_ALL,), None))

    def lines(self) -> list[Line]:
        """What may be written, and whatever differs from the tables; by person, then by place."""
        found = [*self._objects(), *self._calls()]
        return [it for it in found if it.how != NO or not it.as_expected]

    def projects(self) -> list[Project]:
        """Those whose data bucket is there, by name."""
        name = re.compile(rf"^mlops-(.+)-data-{self._aws.account}$")
        found = filter(None, map(name.match, self._deployed.buckets()))
        return [Project(it, self._aws.account) for it in sorted(match.group(1) for match in found)]

    @cached_property
    def deleted(self) -> set[str]:
        """Names of projects of which only the kept buckets are left: Service Catalog does not have them any more."""
        return {it.name for it in self.projects()} - {it.name for it in Projects(self._aws).all()}

    def kept_repositories(self) -> list[str]:
        """Repositories of CodeCommit that deleted projects have left."""
        return sorted(repositories(self._aws, {it.name for it in Projects(self._aws).all()}))

    def _objects(self) -> Iterator[Line]:
        buckets = list(self._buckets())
        for role in self._roles:
            for bucket in buckets:
                for pattern in self._candidates(role, bucket):
                    yield _object_line(role, bucket, pattern)

    def _buckets(self) -> Iterator[_Bucket]:
        account, there = self._aws.account, self._deployed.buckets()
        named = {datasets_bucket(account): (DATASETS, False), audit_bucket(account): (AUDIT, False)}
        for project in self.projects():
            kept = project.name in self.deleted
            named |= {project.data_bucket: (DATA, kept), project.artifacts_bucket: (ARTIFACTS, kept)}
        for name, (kind, kept) in named.items():
            if name in there:
                yield _Bucket(name, kind, self._deployed.bucket_policy(name), kept)

    def _candidates(self, role: Role, bucket: _Bucket) -> list[str]:
        """Patterns to try: the table's, those that policies name, what is in the bucket, and a key that nobody has heard of."""
        known = [it.pattern for it in of(bucket.kind)] + list(ADMINISTRATORS.get(bucket.kind, ()))
        there = [f"{it}*" if it.endswith("/") else it for it in self._deployed.prefixes(bucket.name)]
        given = [pattern for it in role.statements for pattern in _named(it, bucket.name)]
        return list(dict.fromkeys([*known, *given, *there, "elsewhere/*"]))

    def _calls(self) -> Iterator[Line]:
        region = self._aws.region
        for role in self._roles[:-1]:
            for project in self.projects():
                policies = {name: self._deployed.bucket_policy(name) for name in _owned(project)}
                for right in (it for it in RIGHTS if it.writes):
                    resource = right.on(project, region)
                    context = {**role.keys(_SESSION), **right.context}
                    own = policies.get(resource.removeprefix("arn:aws:s3:::").partition("/")[0], [])
                    request = Request(right.action, resource, context)
                    may = allowed(request, role.statements, role.boundary, own)
                    expected = "yes" if role.name in right.holders else NO
                    kept, place = project.name in self.deleted, f"{right.action} {resource}"
                    yield Line(role.name, right.what, place, "yes" if may else NO, expected, kept)


def _owned(project: Project) -> tuple[str, str]:
    return project.data_bucket, project.artifacts_bucket


def _object_line(role: Role, bucket: _Bucket, pattern: str) -> Line:
    own = role.keys(_SESSION)["aws:userid"]
    how = _how(role, bucket, _sample(pattern, own))
    if OWN_ID in pattern and _how(role, bucket, _sample(pattern, _OTHER)) != NO:
        how = "below anybody's id"
    rows = [it for it in of(bucket.kind) if fnmatchcase(_sample(pattern, own), it.pattern.replace(OWN_ID, own))]
    what = next((it.what for it in rows), _beside(bucket, how))
    expected = _expected(role, bucket, rows, pattern)
    return Line(role.name, f"write {what}", f"{bucket.name}/{pattern}", how, expected, bucket.kept)


def _beside(bucket: _Bucket, how: str) -> str:
    """What keys are that no row of the table has."""
    return "nothing of the platform's" if how == NO or bucket.kind == AUDIT else "administrators' settings"


def _how(role: Role, bucket: _Bucket, key: str) -> str:
    resource = f"arn:aws:s3:::{bucket.name}/{key}"
    for how, keys in ((OVERWRITES, _CREATES), (ONCE, _FIRST)):
        request = Request("s3:PutObject", resource, {**role.keys(_SESSION), **keys})
        if allowed(request, role.statements, role.boundary, bucket.policy):
            return how
    return NO


def _expected(role: Role, bucket: _Bucket, rows: Sequence[Prefix], pattern: str) -> str:
    """What the table says; of anybody with every right, what the bucket's own policy leaves him."""
    if role.name == ANYBODY:
        if pattern in ADMINISTRATORS.get(bucket.kind, ()):
            return OVERWRITES
        rows = [] if any(it.closed for it in rows) else rows
    else:
        rows = [it for it in rows if role.name in it.writers]
    return NO if not rows else ONCE if any(it.once for it in rows) else OVERWRITES


def _named(statement: Statement, bucket: str) -> Iterator[str]:
    """Key patterns that an Allow names in the bucket, also past the stroke: ``a-*-b/c`` is below ``a-d/x-b/c`` too."""
    matches = map(_OBJECT.match, map(str, listed(statement.get("Resource")))) if statement["Effect"] == "Allow" else []
    for name, key in (match.groups() for match in matches if match):
        if fnmatchcase(bucket, name):
            yield key
        head, star, tail = name.partition("*")
        if star and bucket.startswith(head):
            yield f"*{tail}/{key}"


def _sample(pattern: str, userid: str) -> str:
    """A key that is like the pattern."""
    return pattern.replace(OWN_ID, userid).replace("*", "x").replace("?", "0")
