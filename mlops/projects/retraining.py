"""What retraining uses: the parameter that registrations write, and its history as Parameter Store keeps it."""

from dataclasses import asdict, dataclass
from typing import Any

from mlops.aws import Aws
from mlops.bundled.announced import Announced, known
from mlops.projects.names import Project


@dataclass(frozen=True)
class Entry:
    """A data set and since when; ``by`` has written it."""

    dataset: Announced
    since: str
    by: str

    def to_json(self) -> dict[str, Any]:
        """One flat object."""
        return {**asdict(self.dataset), "since": self.since, "by": self.by}


@dataclass(frozen=True)
class Retraining:
    """What is used now, None where nothing is, and everything that was, newest first.

    ``odd`` counts values that no registration has written: nothing retrains on them.
    """

    now: Entry | None
    history: list[Entry]
    odd: int


def retraining(aws: Aws, project: Project) -> Retraining:
    """Of a project."""
    ssm = aws.client("ssm")
    pages = ssm.get_paginator("get_parameter_history").paginate(Name=project.latest_dataset_parameter)
    try:
        values = [item for page in pages for item in page["Parameters"]]
    except ssm.exceptions.ParameterNotFound:
        values = []
    values.sort(key=lambda item: int(item["Version"]), reverse=True)
    told = [(known(item["Value"]), item) for item in values]
    entries = [
        Entry(found, f"{item['LastModifiedDate']:%Y-%m-%d %H:%M:%S}", str(item.get("LastModifiedUser", "")))
        for found, item in told
        if found is not None
    ]
    usable = bool(told) and told[0][0] is not None
    return Retraining(entries[0] if usable else None, entries, len(told) - len(entries))
