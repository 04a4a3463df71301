"""The persona matrix, made of the tables of prefixes and rights: every write and call that a component relies on, for every role.

Two projects stand side by side, and the name of one begins with the other's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlops.bundled.audit import audit_bucket
from mlops.datasets.registry.names import datasets_bucket
from mlops.projects.names import PERSONAS, Project
from mlops.projects.prefixes import (
    ARTIFACTS,
    AUDIT,
    BUILD,
    DATA,
    DATASETS,
    DELIVERIES_READ,
    DELIVERY,
    DEPLOY,
    EXECUTION,
    OWN_ID,
    PREFIXES,
    Prefix,
    of,
)
from mlops.projects.rights import RIGHTS

OWN, ALIKE = "a", "a-b"
PEOPLE = tuple(PERSONAS.values())
SERVICES = (BUILD, DEPLOY, DELIVERY, EXECUTION)  # roles of the project OWN
ROLES = (*PEOPLE, *SERVICES)
ANOTHER = "AROAXXXXXXXXXXXXXXXXX:another"
CREATES = {"s3:ObjectCreationOperation": "true"}
FIRST = {**CREATES, "s3:if-none-match": "*"}


@dataclass(frozen=True)
class Row:
    """One call of one role; ``project`` is whose the resource is, empty for what all share."""

    role: str
    project: str
    what: str
    action: str
    resource: str
    context: Mapping[str, str]
    expected: bool


def role_name(role: str) -> str:
    """Of IAM."""
    return role if role in PEOPLE else f"mlops-{OWN}-{role}"


def rows(role: str, account: str, region: str, userid: str) -> list[Row]:
    """About two hundred; ``userid`` is the session's own unique id."""
    return [*_objects(role, account, userid), *_reads(role, account, userid), *_calls(role, account, region)]


def _objects(role: str, account: str, userid: str) -> Iterator[Row]:
    for row in PREFIXES:
        for project in (OWN, ALIKE) if row.bucket in {DATA, ARTIFACTS} else ("",):
            bucket = _bucket(row.bucket, project, account)
            ids = (userid, ANOTHER) if OWN_ID in row.pattern else (userid,)
            for key in (_sample(row.pattern, id_) for id_ in ids):
                found = _writing(role, project, row.bucket, key, userid)
                may, again = bool(found), bool(found) and not any(it.once for it in found)
                place = f"arn:aws:s3:::{bucket}/{key}"
                yield Row(role, project, f"write {row.what}", "s3:PutObject", place, FIRST, may)
                yield Row(role, project, f"overwrite {row.what}", "s3:PutObject", place, CREATES, again)
    for kind in (DATA, ARTIFACTS, DATASETS, AUDIT):
        place = f"arn:aws:s3:::{_bucket(kind, OWN, account)}/elsewhere/x"
        yield Row(role, OWN, "write elsewhere", "s3:PutObject", place, FIRST, False)
    for place, may in _past(role, account, userid):
        yield Row(role, "", "write past a bucket's name", "s3:PutObject", place, FIRST, may)


def _past(role: str, account: str, userid: str) -> Iterator[tuple[str, bool]]:
    """Keys that end as a data bucket's ARN does, and who may write them: IAM's * goes on past the stroke behind a bucket's name."""
    end = f"x-data-{account}/datasets/x"
    for kind in ("logs", "experiments", "delivery", "studio-templates"):
        yield f"arn:aws:s3:::mlops-{kind}-{account}/{end}", False
    for prefix in ("", "audit/a/", "claims/a/"):
        yield f"arn:aws:s3:::{audit_bucket(account)}/{prefix}{end}", False
    for prefix in ("", "runs/", "code/"):
        key = f"{prefix}{end}/Source/x"
        may = bool(_writing(role, OWN, ARTIFACTS, key, userid)) and not (prefix and role == DELIVERY)
        yield f"arn:aws:s3:::{_bucket(ARTIFACTS, OWN, account)}/{key}", may


def _reads(role: str, account: str, userid: str) -> Iterator[Row]:
    """People read all projects, data sets and the audit trail; jobs their own project and the data sets; deliveries the code alone."""
    for row in PREFIXES:
        owned = row.bucket in {DATA, ARTIFACTS}
        for project in (OWN, ALIKE) if owned else ("",):
            key = _sample(row.pattern, userid)
            may = role in PEOPLE or (role == EXECUTION and (project == OWN or row.bucket == DATASETS))
            if row.bucket == ARTIFACTS and project == OWN:
                may |= any(fnmatchcase(key, pattern) for pattern in DELIVERIES_READ.get(role, ()))
            place = f"arn:aws:s3:::{_bucket(row.bucket, project, account)}/{key}"
            yield Row(role, project, f"read {row.what}", "s3:GetObject", place, {}, may)


def _writing(role: str, project: str, bucket: str, key: str, userid: str) -> list[Prefix]:
    """Rows by which the role may write the key; a project's role writes its own project's."""
    if role in SERVICES and project != OWN:
        return []
    return [it for it in of(bucket) if role in it.writers and fnmatchcase(key, it.pattern.replace(OWN_ID, userid))]


def _calls(role: str, account: str, region: str) -> Iterator[Row]:
    for right in RIGHTS:
        projects = (OWN, ALIKE) if "{project}" in right.resource else ("",)
        for project in projects:
            resource = right.on(Project(project or OWN, account), region)
            may = role in right.holders and (role in PEOPLE or project == OWN)
            yield Row(role, project, right.what, right.action, resource, right.context, may)


def _bucket(kind: str, project: str, account: str) -> str:
    if kind == DATASETS:
        return datasets_bucket(account)
    if kind == AUDIT:
        return audit_bucket(account)
    own = Project(project, account)
    return own.data_bucket if kind == DATA else own.artifacts_bucket


def _sample(pattern: str, userid: str) -> str:
    return pattern.replace(OWN_ID, userid).format(project=OWN).replace("*", "x").replace("?", "0")
