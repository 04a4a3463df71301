"""The pages that a project's runs and data sets have left on S3, for whoever may read them there."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mlops.aws import Aws
from mlops.datasets.registry.names import datasets_bucket
from mlops.pages.serving import Entry
from mlops.projects.names import Project

_KINDS = {"evaluation.html": "evaluation", "profile.html": "profile of a data set", "report.html": "monitoring"}

_RUN = re.compile(
    r"runs/([a-z0-9]{1,40})/(?:[a-z-]+/)?(?:evaluation|report)\.html"
)  # what runs write; other keys are shown as they are
_DATA_SET = re.compile(r"datasets/([a-z0-9-]{1,48})/([0-9a-f]{12})/profile\.html")


class Reports:
    """Every page of the projects, newest first; names are ``bucket/key``."""

    def __init__(self, aws: Aws, projects: Sequence[str]) -> None:
        self.title = f"Pages of {', '.join(projects)}"
        owned = [Project(name, aws.account) for name in projects]
        self._s3, self._buckets = aws.client("s3"), [datasets_bucket(aws.account)]
        self._buckets += [bucket for item in owned for bucket in (item.artifacts_bucket, item.data_bucket)]
        self._owners = {bucket: item.name for item in owned for bucket in (item.artifacts_bucket, item.data_bucket)}

    def entries(self) -> list[Entry]:
        """What is there now."""
        found = sorted(self._found(), key=lambda item: item[1]["LastModified"], reverse=True)
        return [_entry(bucket, item, self._owners.get(bucket, "")) for bucket, item in found]

    def read(self, name: str) -> bytes:
        """One page."""
        bucket, _, key = name.partition("/")
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def _found(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for bucket in self._buckets:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                yield from ((bucket, item) for item in page.get("Contents", []) if item["Key"].endswith(".html"))


def _entry(bucket: str, item: dict[str, Any], owner: str) -> Entry:
    kind = _KINDS.get(item["Key"].rpartition("/")[2], "page")
    kind = "monitoring of predictions" if "/prediction-monitoring/" in item["Key"] else kind
    written = item["LastModified"].strftime("%Y-%m-%d %H:%M UTC")
    return Entry(f"{bucket}/{item['Key']}", kind, written, _title(item["Key"], owner))


def _title(key: str, owner: str) -> str:
    """What the page is about; empty where the key does not say it."""
    if owner and (run := _RUN.fullmatch(key)):
        return f"{owner}, run {run[1]}"
    if not owner and (version := _DATA_SET.fullmatch(key)):
        return f"data set {version[1]}@{version[2]}"
    return ""
