"""What comes back of a backup: projects and data sets as they were; the rest as an archive, with a mapping from old names to new ones.

A data set's version is its content: it has the same id everywhere. Projects are made anew from their template and parameters. Numbers
and ARNs that an account gives (model versions, runs, deployments, audit entries, who signed what) cannot be given again: they come
back as they were written, below ``archive/<id>/`` of the registry's bucket, and nothing of them counts as an approval.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops.aws import Aws
from mlops.backups.archive import Archive
from mlops.bundled.audit import audit_bucket
from mlops.datasets.registry.manifest import parsed
from mlops.datasets.registry.names import alias_number, datasets_bucket
from mlops.datasets.registry.registry import Registry
from mlops.errors import MlopsError
from mlops.projects.catalog import Projects
from mlops.projects.names import Project
from mlops.s3 import put_once

Tell = Callable[[str], None]


@dataclass
class Restored:
    """What came back: ``mapping`` has old -> new of everything with another name; empty where there is no counterpart."""

    archive: str
    projects: list[str] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)
    archived: int = 0
    mapping: dict[str, str] = field(default_factory=dict)


def restore(aws: Aws, archive: Archive, tell: Tell = lambda _: None) -> Restored:
    """Verify every file, then bring back what can be; again is nothing new.

    Raises:
        RefusedInput: this is no backup. MlopsError: it is damaged, or what is there differs from it; nothing was changed.
    """
    manifest = archive.verify()
    work = _Restoring(aws, archive, manifest)
    for what, step in (
        ("projects", work.projects),
        ("data sets", work.datasets),
        ("archived files", work.archived),
        ("mapping", work.mapping),
    ):
        step()
        tell(what)
    return work.done


class _Restoring:
    def __init__(self, aws: Aws, archive: Archive, manifest: Mapping[str, Any]) -> None:
        self._aws, self._from, self._manifest = aws, archive, manifest
        self._s3, self._bucket = aws.client("s3"), datasets_bucket(aws.account)
        stamp = "".join(it for it in manifest["made_at"][:19] if it.isdigit())
        self._prefix = f"archive/{manifest['account']}-{stamp}/"
        self.done = Restored(f"s3://{self._bucket}/{self._prefix}")

    def projects(self) -> None:
        known = Projects(self._aws)
        for name in self._from.below(self._manifest, "projects/"):
            found = self._from.read_json(name)
            if known.find(found["name"]) is None:
                known.create(found["name"], found["template"], found["version"], found["parameters"])
                self.done.projects.append(found["name"])
            self._map_project(found["name"])

    def _map_project(self, name: str) -> None:
        old, new = Project(name, self._manifest["account"]), Project(name, self._aws.account)
        for before, after in (
            (old.artifacts_bucket, new.artifacts_bucket),
            (old.data_bucket, new.data_bucket),
            (old.model_group, new.model_group),
        ):
            self.done.mapping[before] = after

    def datasets(self) -> None:
        """Versions whose tables are in the backup, in the order of their numbers; the numbers are given anew, without gaps."""
        registry = Registry(self._aws)
        for dataset, number, id_ in sorted(self._numbered()):
            root = f"datasets/{dataset}/{id_}/"
            names = [name.removeprefix("datasets/") for name in self._from.below(self._manifest, f"datasets/{root}")]
            if not any(name.startswith(f"{root}data/") for name in names):
                continue
            for name in names:
                if not name.startswith((f"{root}glue/", f"{root}manifest.json")):
                    self._put(name, self._from.read(f"datasets/{name}"))
            old = parsed(self._from.read(f"datasets/{root}manifest.json"))
            new = registry.adopt(old)
            self.done.datasets.append(str(new))
            self.done.mapping[f"{dataset}@v{number}"] = str(new)
            after = {it.path: it.version_id for it in new.manifest.files}
            self.done.mapping.update({it.version_id: after[it.path] for it in old.files if it.version_id})

    def _numbered(self) -> Iterator[tuple[str, int, str]]:
        """(data set, number, id) of every alias."""
        for name in self._from.below(self._manifest, "datasets/datasets/"):
            *_, dataset, folder, file = name.split("/")
            number = alias_number(file) if folder == "aliases" else None
            if number is not None:
                yield dataset, number, str(self._from.read_json(name)["id"])

    def archived(self) -> None:
        for name in self._archive_names():
            self._put(f"{self._prefix}{name}", self._from.read(name))
            self.done.archived += 1

    def _archive_names(self) -> Iterator[str]:
        kinds = ("audit/", "artifacts/", "models/", "pointers/", "runs/", "projects/", "data/", "datasets/signed/")
        return (name for name in self._manifest["files"] if name.startswith(kinds))

    def mapping(self) -> None:
        """Every ARN and number of the backup: archived, with where it is."""
        made = self.done.mapping
        made[audit_bucket(self._manifest["account"])] = f"{self.done.archive}audit/"
        made[datasets_bucket(self._manifest["account"])] = self._bucket
        for name in self._from.below(self._manifest, "models/"):
            made[self._from.read_json(name)["ModelPackageArn"]] = f"{self.done.archive}{name}"
        for name in self._from.below(self._manifest, "runs/"):
            made[self._from.read_json(name)["execution"]["PipelineExecutionArn"]] = f"{self.done.archive}{name}"
        content = json.dumps(made, indent=1, sort_keys=True).encode()
        self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}mapping.json", Body=content)

    def _put(self, key: str, content: bytes) -> None:
        if not put_once(self._s3, self._bucket, key, content) and self._body(key) != content:
            raise MlopsError(f"s3://{self._bucket}/{key}: there is another one already: it was left as it is")

    def _body(self, key: str) -> bytes:
        return bytes(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
