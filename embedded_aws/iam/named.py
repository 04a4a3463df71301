"""What a request names, as the ARNs that IAM compares policies with: names, identifiers, ARNs, and every element of a list.

An action's resource types are the authorization reference's. A request to several resources is judged for each of them. Sources: each
service's user guide, "How ... works with IAM", and the reference's page of the service.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from embedded_aws.iam.reference import find, meet

Document = Mapping[str, Any]
Find = Callable[[str, str], str]  # (kind, identifier) -> what it stands for, "" where it is nothing
_OF_ANOTHER_ACTION = {"DestinationKeyId"}  # kms:ReEncryptTo, which KMS asks for itself
_SELECTOR = re.compile(r"^([^:]+):[^:/]+$")  # a parameter's version or label after its name
_PARTIAL = re.compile(r"^(arn:aws:lambda:[^:]*:[^:]*:function:)(?:\d{12}:function:|function:)")
_FUNCTION = 6  # colons of a function's ARN without a qualifier
_ROOM = "arn:aws:{service}:{region}:{account}:{rest}"


class Named:
    """Resources of requests to one account and region; ``find`` looks up what only the service knows."""

    def __init__(self, account: str, region: str, find_by: Find) -> None:
        self._account, self._region, self._find = account, region, find_by

    def arns(self, action: str, request: Document) -> list[str]:
        """Every resource that a request names, of the action's resource types; none where it names none."""
        known = find(action)
        if known is None or not known.on:
            return []
        service = action.partition(":")[0]
        mine = _BY_SERVICE.get(service, _nothing)(self, action.partition(":")[2], request)
        given = (
            self._read(service, value)
            for name, value in _texts(request)
            if value.startswith("arn:") and name not in _OF_ANOTHER_ACTION
        )
        found = dict.fromkeys(it for it in (*mine, *given) if it)
        return [it for it in found if any(meet(it, pattern) for pattern in known.arns)]

    def arn(self, service: str, rest: str) -> str:
        """ARN of a resource of this account and region."""
        return _ROOM.format(service=service, region=self._region, account=self._account, rest=rest)

    def _read(self, service: str, arn: str) -> str:
        """An ARN as policies write it."""
        if service == "kms" and ":alias/" in arn:
            return self._find("kms", arn)
        return arn.removesuffix(":*")

    def kms(self, operation: str, request: Document) -> Iterator[str]:
        """A key by its id or an alias; operations on aliases act on both."""
        for member in ("KeyId", "SourceKeyId", "TargetKeyId"):
            value = str(request.get(member, ""))
            if value.startswith("alias/"):
                yield self._find("kms", self.arn("kms", value))
            elif value and not value.startswith("arn:"):
                yield self.arn("kms", f"key/{value}")
        name = str(request.get("AliasName", ""))
        if name:
            yield self.arn("kms", name)
            if operation != "CreateAlias":
                yield self._find("kms", self.arn("kms", name))

    def logs(self, _operation: str, request: Document) -> Iterator[str]:
        """Groups by name or identifier; streams of one group."""
        members = ("logGroupName", "logGroupIdentifier", "logGroupNames", "logGroupIdentifiers")
        groups = [self._group(it) for member in members for it in _listed(request.get(member))]
        yield from groups
        for member in ("logStreamName", "logStreamNames"):
            for stream in _listed(request.get(member)):
                yield from (f"{group}:log-stream:{stream}" for group in groups)

    def _group(self, text: str) -> str:
        return text.removesuffix(":*") if text.startswith("arn:") else self.arn("logs", f"log-group:{text}")

    def ssm(self, _operation: str, request: Document) -> Iterator[str]:
        """Parameters by name, by list, by path; what stands after a name's colon is its version or label."""
        for member in ("Name", "Names", "Path"):
            for text in _listed(request.get(member)):
                if not text.startswith("arn:"):
                    name = _SELECTOR.sub(r"\1", text) if member != "Path" else text
                    yield self.arn("ssm", f"parameter/{name.lstrip('/')}")

    def cloudwatch(self, _operation: str, request: Document) -> Iterator[str]:
        """Alarms and dashboards, each of a list."""
        for member in ("AlarmName", "AlarmNames"):
            yield from (self.arn("cloudwatch", f"alarm:{it}") for it in _listed(request.get(member)))
        for member in ("DashboardName", "DashboardNames"):
            for it in _listed(request.get(member)):
                yield f"arn:aws:cloudwatch::{self._account}:dashboard/{it}"

    def events(self, operation: str, request: Document) -> Iterator[str]:
        """Rules of a bus, which is named by its ARN, too; buses of entries."""
        buses = [str(request.get("EventBusName", "")), *_members(request.get("Entries"), "EventBusName")]
        if operation.endswith("EventBus"):
            buses.append(str(request.get("Name", "")))
        named = [it.rsplit("/", 1)[-1] for it in buses if it]
        if "Rule" in operation or operation.endswith("Targets"):
            rule, bus = request.get("Rule") or request.get("Name"), (named or ["default"])[0]
            yield self.arn("events", f"rule/{rule}" if bus == "default" else f"rule/{bus}/{rule}") if rule else ""
        else:
            if any(not it for it in _members(request.get("Entries"), "EventBusName")):
                named.append("default")
            yield from (self.arn("events", f"event-bus/{it}") for it in named)

    def glue(self, operation: str, request: Document) -> Iterator[str]:
        """A table, its database and the catalog: a caller needs all three (Glue Developer Guide, resource ARNs)."""
        of_database = operation.endswith(("Database", "Databases"))
        database = request.get("DatabaseName") or (request.get("Name") if of_database else "")
        database = database or _member(request.get("DatabaseInput"), "Name")
        tables = [request.get("TableName"), _member(request.get("TableInput"), "Name")]
        tables += [] if of_database else [request.get("Name")]
        tables += list(_listed(request.get("TablesToDelete")))
        if database:
            yield self.arn("glue", "catalog")
            yield self.arn("glue", f"database/{database}")
            yield from (self.arn("glue", f"table/{database}/{it}") for it in tables if it)

    def athena(self, _operation: str, request: Document) -> Iterator[str]:
        """Work groups, also those of queries that are named by their ids."""
        yield from (self.arn("athena", f"workgroup/{it}") for it in _listed(request.get("WorkGroup")))
        for member in ("QueryExecutionId", "QueryExecutionIds", "NamedQueryId", "NamedQueryIds"):
            for it in _listed(request.get(member)):
                group = self._find("athena", it)
                yield self.arn("athena", f"workgroup/{group}") if group else ""

    def codebuild(self, _operation: str, request: Document) -> Iterator[str]:
        """Projects, also those of builds."""
        members = ("projectName", "name", "names", "id", "ids")
        for member in members:
            for it in _listed(request.get(member)):
                name = re.split(r"(?:project|build)/", it)[-1]
                yield self.arn("codebuild", f"project/{name.partition(':')[0] if 'id' in member else name}")

    def codecommit(self, _operation: str, request: Document) -> Iterator[str]:
        """Repositories, each of a list."""
        for member in ("repositoryName", "repositoryNames"):
            yield from (self.arn("codecommit", it) for it in _listed(request.get(member)))


_BY_SERVICE: Mapping[str, Callable[[Named, str, Document], Iterator[str]]] = {
    "kms": Named.kms,
    "logs": Named.logs,
    "ssm": Named.ssm,
    "cloudwatch": Named.cloudwatch,
    "events": Named.events,
    "glue": Named.glue,
    "athena": Named.athena,
    "codebuild": Named.codebuild,
    "codecommit": Named.codecommit,
}


def taken_apart(service: str) -> bool:
    """Whether requests of the service are read member by member; of others only ARNs are found."""
    return service in _BY_SERVICE


def function(arn: str, qualifier: str) -> str:
    """A function's ARN of any of the forms of its name (Lambda API reference, FunctionName): name, partial ARN, with a qualifier."""
    whole = _PARTIAL.sub(r"\1", arn)
    return f"{whole}:{qualifier}" if qualifier and whole.count(":") == _FUNCTION else whole


def of_query(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A request of the query protocol with its lists (``AlarmNames.member.1``) as lists."""
    found: dict[str, Any] = {}
    for key, value in sorted(parameters.items()):
        name, dotted, _ = key.partition(".")
        values = value if isinstance(value, list) else [value]
        if dotted:
            found.setdefault(name, []).extend(values)
        else:
            found[name] = values[0]
    return found


def _nothing(_self: Named, _operation: str, _request: Document) -> Iterator[str]:
    return iter(())


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a request with the member that it stands in."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, str):
        yield name, value


def _listed(value: Any) -> Iterator[str]:
    """The texts of a member that is one or a list of them."""
    return (text for _, text in _texts(value))


def _member(value: Any, name: str) -> str:
    return str(value.get(name, "")) if isinstance(value, Mapping) else ""


def _members(value: Any, name: str) -> list[str]:
    return [_member(item, name) for item in value] if isinstance(value, list) else []
