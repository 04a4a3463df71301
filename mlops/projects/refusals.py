"""Refused calls in the platform's words: who may not do what, on which project, and which persona may.

What a call means and who may make it comes from the tables of rights and prefixes; the services' own texts are for administrators.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mlops.errors import RefusedByPolicy
from mlops.projects.names import PERSONAS
from mlops.projects.prefixes import ADMINISTRATORS, ARTIFACTS, AUDIT, DATA, DATASETS, of
from mlops.projects.rights import RIGHTS, Right

_NAME = "(?P<project>[a-z][a-z0-9-]*)"
_USER = re.compile(r"^User: (\S+) is not authorized")
_SESSION = re.compile(r"^arn:[^:]*:sts::[0-9]*:assumed-role/([^/]+)/")
_BUCKETS = (  # kinds of buckets, by name
    (re.compile(rf"^mlops-{_NAME}-data-[0-9]+$"), DATA),
    (re.compile(rf"^mlops-{_NAME}-artifacts-[0-9]+$"), ARTIFACTS),
    (re.compile("^mlops-datasets-[0-9]+$"), DATASETS),
    (re.compile("^mlops-audit-[0-9]+$"), AUDIT),
)
_OWNED = tuple(  # names of what a project owns, in calls' parameters
    re.compile(text)
    for text in (
        rf"^mlops-{_NAME}-(?:data|artifacts)-[0-9]+$",
        rf"^(?:arn:.*:pipeline/)?{_NAME}-(?:training|inference|delivery)(?:/.*)?$",
        rf"^arn:.*:model-package(?:-group)?/{_NAME}(?:/.*)?$",
        rf"^/mlops/{_NAME}/[^/]+$",
        rf"^{_NAME}-code$",
    )
)
_NAMED = ("ProvisionedProductName", "ModelPackageGroupName")  # parameters that are a project's name
_UPLOADS = {"s3:PutObject", "s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload"}
_CATALOG = "create and change projects"
_PARTS = {  # calls that are a part of what a right is for
    "servicecatalog:DescribeProduct": _CATALOG,
    "servicecatalog:DescribeProvisioningParameters": _CATALOG,
    "servicecatalog:DescribeRecord": _CATALOG,
    "servicecatalog:TerminateProvisionedProduct": _CATALOG,
    "servicecatalog:UpdateProvisionedProduct": _CATALOG,
}
_SAMPLES = re.compile(r"(?<=/)(?:x|1|t)$|prod-x$")  # of ids, at the end of rights' resources
ADMINISTRATOR = "administrator"  # of the account: no role of ours
_PEOPLE = {role: persona for persona, role in PERSONAS.items()}


def refusal(action: str, parameters: Mapping[str, Any], message: str) -> str:
    """One line about a call that was refused; ``message`` is the service's, which names the caller."""
    project = project_of(parameters)
    what, holders = _meaning(action, parameters)
    on = f" on project {project}" if project else ""
    may = [persona for persona, role in PERSONAS.items() if role in holders]
    who = " or ".join(may) or ("an administrator" if ADMINISTRATOR in holders else "no persona" if holders else "")
    instead = f"; {who} may" if who else "; 'mlops doctor --security' shows who may what"
    return f"{_caller(message)} may not {what}{on}{instead}"


def ensure_may(identity: str, action: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a persona in advance what its role does not have, so that nothing is read, shown or written on the way there.

    ``identity`` is the caller's ARN. Of anybody else the service's own answer counts, as of whatever the tables do not know.

    Raises:
        RefusedByPolicy: it is a persona's, and the tables give the call to others.
    """
    match = _SESSION.match(identity)
    if match is None or match[1] not in _PEOPLE:
        return
    holders = _meaning(action, parameters)[1]
    if holders and match[1] not in holders:
        raise RefusedByPolicy(refusal(action, parameters, f"User: {identity} is not authorized"))


def project_of(parameters: Mapping[str, Any]) -> str:
    """The project that a call is about; empty where it names none."""
    for name in _NAMED:
        if isinstance(parameters.get(name), str):
            return str(parameters[name]).rsplit("/", 1)[-1]
    found = (pattern.match(text) for text in _texts(parameters) for pattern in _OWNED)
    return next((match["project"] for match in found if match), "")


def _caller(message: str) -> str:
    match = _USER.match(message)
    if match is None:
        return "you"
    role = match[1].split("/")[1] if ":assumed-role/" in match[1] else ""
    return _PEOPLE.get(role, match[1])


def _meaning(action: str, parameters: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """(what the call does, who may)."""
    if action in _UPLOADS:
        return _upload(str(parameters.get("Bucket", "")), str(parameters.get("Key", "")))
    rights = [it for it in RIGHTS if _means(it, action, parameters)]
    fitting = [it for it in rights if _fits(it, parameters)] or rights[:1]
    if fitting:
        return fitting[0].what, fitting[0].holders
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", action.partition(":")[2]).lower()
    return words or "do this", frozenset()


def _upload(bucket: str, key: str) -> tuple[str, frozenset[str]]:
    kind = next((kind for pattern, kind in _BUCKETS if pattern.match(bucket)), "")
    if key in ADMINISTRATORS.get(kind, {}):
        return ADMINISTRATORS[kind][key], frozenset({ADMINISTRATOR})
    rows = [it for it in of(kind) if fnmatchcase(key, it.everybodys)]
    if not rows:
        return "write there", frozenset()
    what = re.split(r":|, each", rows[-1].what)[0]  # the narrowest row comes last
    return f"write {what}", frozenset().union(*(it.writers for it in rows))


def _means(right: Right, action: str, parameters: Mapping[str, Any]) -> bool:
    if _PARTS.get(action) == right.what:
        return True
    wanted = right.context.get("sagemaker:ModelApprovalStatus")
    return right.action == action and wanted in {None, parameters.get("ModelApprovalStatus")}


def _fits(right: Right, parameters: Mapping[str, Any]) -> bool:
    """Whether a parameter names what the right is about."""
    place = _SAMPLES.sub("*", right.resource.split(":", 5)[-1])
    kind = re.split(r"[/:]", place)[0]
    pattern = place.replace("{project}", "*").replace("{account}", "*")
    names = [text.split(":", 5)[-1] if text.startswith("arn:") else text for text in _texts(parameters)]
    return any(fnmatchcase(it, pattern) for name in names for it in (name, f"{kind}/{name}", f"{kind}{name}"))


def _texts(parameters: Mapping[str, Any]) -> Iterator[str]:
    yield from (value for value in parameters.values() if isinstance(value, str))
