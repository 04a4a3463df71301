"""A request names its operation once, in the one place where its service's protocol has it.

MiniStack asks IAM about the first name that it finds, and its services run the one that they look for: with two names in a request,
or one in a foreign place, a right to read would be a right to write.
"""

import re
from urllib.parse import parse_qsl

from embedded_aws.service import ServiceError
from embedded_aws.signatures import Request

# Credential scopes of services that speak the query protocol (botocore's models; SQS answers in its former protocol too).
QUERY = frozenset(
    {
        "autoscaling",
        "cloudformation",
        "cloudsearch",
        "ec2",
        "elasticache",
        "elasticbeanstalk",
        "elasticloadbalancing",
        "iam",
        "importexport",
        "monitoring",
        "rds",
        "redshift",
        "sdb",
        "ses",
        "sns",
        "sqs",
        "sts",
    }
)
_BOTH = {
    "monitoring": "GraniteServiceVersion20100801.",
    "sqs": "AmazonSQS.",
}  # of those, the ones that speak JSON as well
_TARGET = re.compile(r"(com\.amazonaws\.[a-z0-9.-]+\.)?[A-Za-z0-9_]+\.[A-Za-z0-9]+")
_QUEUE = re.compile(r"/\d{12}/[A-Za-z0-9_-]+(\.fifo)?")


def check(request: Request, path: str, service: str, body: bytes) -> None:
    """Refuse what names its operation twice or elsewhere; ``path`` is decoded, ``service`` the signature's.

    Raises:
        ServiceError: it does.
    """
    kind, targets = request.header("content-type"), request.every("x-amz-target")
    in_query = [name for name, _ in request.pairs if name.lower() == "action"]
    in_body = _in_body(kind, service, body)
    if len(targets) + len(in_query) + len(in_body) > 1:
        raise _refused("names more than one operation")
    if targets and not _as_json(request, path, service, kind):
        raise _refused("has an X-Amz-Target where its service has none")
    if in_query + in_body and not _as_query(request, path, service):
        raise _refused("has a parameter Action where its service has none")
    if (in_body and "x-www-form-urlencoded" not in kind) or in_query + in_body not in ([], ["Action"]):
        raise _refused("has its Action in another form than the query protocol's")


def _in_body(kind: str, service: str, body: bytes) -> list[str]:
    """Parameters Action of a form; services of the query protocol read any body as one."""
    if "x-www-form-urlencoded" not in kind and service not in QUERY:
        return []
    return [
        name
        for name, _ in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        if name.lower() == "action"
    ]


def _as_json(request: Request, path: str, service: str, kind: str) -> bool:
    target = request.header("x-amz-target")
    own = service not in QUERY or target.startswith(_BOTH.get(service, "\0"))
    plain = request.method == "POST" and path == "/" and "form" not in kind
    return own and plain and _TARGET.fullmatch(target) is not None


def _as_query(request: Request, path: str, service: str) -> bool:
    place = path == "/" or (service == "sqs" and _QUEUE.fullmatch(path) is not None)
    return service in QUERY and request.method in {"GET", "POST"} and place


def _refused(why: str) -> ServiceError:
    return ServiceError("InvalidAction", f"The request {why}.", 400)
