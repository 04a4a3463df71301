"""CodeCommit: each repository is a bare git repository on disk, seeded from an archive where the template says so."""

import io
import shutil
import subprocess
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from embedded_aws.endpoint import Endpoint
from embedded_aws.service import Call, Document, Emit, Handler, ServiceError
from embedded_aws.store import DocumentStore

_COMMIT_FORM = "%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"
_AUTHOR = "AWS CloudFormation <noreply@amazonaws.com>"
_KINDS = {"heads": "branch", "tags": "tag"}  # of references that CodeCommit tells about
_SEED_TIME = 1_000_000_000  # the seed commit is the same for the same files


class CodeCommit:
    """See ``embedded_aws.service.Service``."""

    name = "codecommit"

    def __init__(self, store: DocumentStore, folder: Path, emit: Emit = lambda *_: None) -> None:
        self._store, self._folder, self._emit, self._endpoint = store, folder, emit, ""
        self.operations: Mapping[str, Handler] = {
            "CreateRepository": self._create,
            "GetRepository": lambda call: {"repositoryMetadata": self._reachable(call, self._find(call))},
            "ListRepositories": self._list,
            "UpdateRepositoryDescription": self._describe,
            "DeleteRepository": self._delete,
            "GetBranch": self._branch,
            "ListBranches": self._branches,
            "GetCommit": self._described,
            "GetFolder": self._files,
            "ListTagsForResource": lambda call: {"tags": self._tags(call)},
        }

    def start(self, endpoint: Endpoint) -> None:
        """Repositories are reachable below the endpoint."""
        self._endpoint = endpoint.url

    def close(self) -> None:
        """Nothing to stop."""

    def path(self, call: Call, name: str) -> Path:
        """The bare git repository."""
        return self._folder / call.account / call.region / f"{name}.git"

    def archive(self, call: Call, name: str, reference: str) -> tuple[str, bytes]:
        """(commit id, zip archive of its files) of a commit."""
        self._find(replace(call, params={"repositoryName": name}))
        commit = self._commit(call, name, reference)
        return commit, _run(self.path(call, name), "archive", "--format=zip", commit)

    def pushed(self, call: Call, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Tell the world about references that a push has created, updated or deleted."""
        document = self._find(call)
        self._store.put("Repository", call.key(name), {**document, "lastModifiedDate": time.time()})
        for detail in _moved(before, after):
            own = {"repositoryName": name, "repositoryId": document["repositoryId"], "callerUserArn": call.identity}
            kind = "CodeCommit Repository State Change"
            self._emit(kind, {**detail, **own}, [document["Arn"]], call.account, call.region)

    def describe_commit(self, call: Call, name: str, commit: str) -> Document:
        """Author, committer, message and parents of a commit."""
        lines = _git(self.path(call, name), "show", "--no-patch", f"--format={_COMMIT_FORM}", commit).split("\0")
        people = [dict(zip(("name", "email", "date"), lines[start : start + 3], strict=True)) for start in (2, 5)]
        author, committer = people
        parents, message = lines[1].split(), lines[8]
        return {"commitId": lines[0], "parents": parents, "author": author, "committer": committer, "message": message}

    def _described(self, call: Call) -> Document:
        name = self._find(call)["repositoryName"]
        commit = self._commit(call, name, call.params["commitId"])
        return {"commit": self.describe_commit(call, name, commit)}

    def _reachable(self, call: Call, document: Document) -> Document:
        address = f"{self._endpoint}/git/{call.account}/{call.region}/{document['repositoryName']}"
        return {**document, "cloneUrlHttp": address}

    def _create(self, call: Call) -> Document:
        name, now = call.params["repositoryName"], time.time()
        where = f"git-codecommit.{call.region}.amazonaws.com/v1/repos/{name}"
        document = {
            "accountId": call.account,
            "repositoryId": str(uuid.uuid4()),
            "repositoryName": name,
            "repositoryDescription": call.params.get("repositoryDescription", ""),
            "creationDate": now,
            "lastModifiedDate": now,
            "cloneUrlHttp": f"https://{where}",
            "cloneUrlSsh": f"ssh://{where}",
            "Arn": call.arn(name, "codecommit"),
            "kmsKeyId": call.params.get("kmsKeyId", ""),
            "tags": call.params.get("tags", {}),
        }
        if not self._store.create("Repository", call.key(name), document):
            raise ServiceError("RepositoryNameExistsException", f"repository {name} already exists")
        path = self.path(call, name)
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        _git(path, "init", "--quiet", "--bare", "--initial-branch", "main")
        return {"repositoryMetadata": document}

    def seed(self, name: str, archive: bytes, branch: str, account: str, region: str) -> None:
        """The repository's first commit: the files of a zip archive."""
        call = Call("CreateCommit", {"repositoryName": name}, account, region, f"arn:aws:iam::{account}:root")
        path = self.path(call, name)
        _git(path, "fast-import", "--quiet", stdin=_import_stream(archive, branch))
        _git(path, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._store.put("Repository", call.key(name), {**self._find(call), "defaultBranch": branch})

    def _find(self, call: Call) -> Document:
        name = call.params["repositoryName"]
        found = self._store.get("Repository", call.key(name))
        if found is None:
            raise ServiceError("RepositoryDoesNotExistException", f"repository {name} does not exist")
        return found

    def _list(self, call: Call) -> Document:
        found = [item for _, item in self._store.list("Repository", call.key(""))]
        return {"repositories": [{name: item[name] for name in ("repositoryName", "repositoryId")} for item in found]}

    def _describe(self, call: Call) -> Document:
        changed = {**self._find(call), "repositoryDescription": call.params.get("repositoryDescription", "")}
        self._store.put("Repository", call.key(changed["repositoryName"]), changed)
        return {}

    def _delete(self, call: Call) -> Document:
        name = call.params["repositoryName"]
        found = self._store.get("Repository", call.key(name))
        self._store.delete("Repository", call.key(name))
        shutil.rmtree(self.path(call, name), ignore_errors=True)
        return {"repositoryId": found["repositoryId"]} if found else {}

    def _branch(self, call: Call) -> Document:
        name, branch = self._find(call)["repositoryName"], call.params["branchName"]
        commit = self._commit(call, name, f"refs/heads/{branch}")  # a tag of that name is another thing
        return {"branch": {"branchName": branch, "commitId": commit}}

    def _commit(self, call: Call, name: str, reference: str) -> str:
        found = _git(self.path(call, name), "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", check=False)
        if not found:
            shown = reference.removeprefix("refs/heads/")
            raise ServiceError("BranchDoesNotExistException", f"{shown} does not exist in {name}")
        return found

    def _branches(self, call: Call) -> Document:
        path = self.path(call, self._find(call)["repositoryName"])
        return {"branches": _git(path, "for-each-ref", "--format", "%(refname:short)", "refs/heads").split()}

    def _files(self, call: Call) -> Document:
        name, folder = self._find(call)["repositoryName"], call.params["folderPath"].strip("/")
        path, commit = self.path(call, name), self._commit(call, name, call.params.get("commitSpecifier", "HEAD"))
        listing = _git(path, "ls-tree", "-r", "--full-name", commit, *([f"{folder}/"] if folder else []))
        rows = [line.split("\t", 1) for line in listing.splitlines()]
        files = [{"blobId": row[0].split()[2], "absolutePath": row[1], "fileMode": "NORMAL"} for row in rows]
        return {"commitId": commit, "folderPath": folder or "/", "files": files}

    def _tags(self, call: Call) -> Document:
        name = str(call.params["resourceArn"]).rsplit(":", 1)[-1]
        return dict((self._store.get("Repository", call.key(name)) or {}).get("tags", {}))


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Document]:
    for full in sorted(before.keys() | after.keys()):
        old, new = before.get(full, ""), after.get(full, "")
        if old == new:
            continue
        event = "referenceUpdated" if old and new else "referenceCreated" if new else "referenceDeleted"
        kind, name = full.removeprefix("refs/").split("/", 1)
        if kind not in _KINDS:
            continue
        detail = {"event": event, "referenceFullName": full, "referenceName": name, "referenceType": _KINDS[kind]}
        yield detail | {key: value for key, value in (("commitId", new), ("oldCommitId", old)) if value}


def _git(path: Path, *arguments: str, stdin: bytes = b"", check: bool = True) -> str:
    return _run(path, *arguments, stdin=stdin, check=check).decode(errors="replace").strip()


def _run(path: Path, *arguments: str, stdin: bytes = b"", check: bool = True) -> bytes:
    command = ["git", "-C", str(path), *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    except FileNotFoundError:
        raise ServiceError(
            "EncryptionIntegrityChecksFailedException", "the embedded AWS needs git for repositories"
        ) from None
    if check and done.returncode:
        raise ServiceError(
            "InvalidRepositoryDescriptionException", f"git {arguments[0]}: {done.stderr.decode().strip()}"
        )
    return done.stdout


def _import_stream(archive: bytes, branch: str) -> bytes:
    """One commit with the archive's files, in git's fast-import format."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        tree = {name: files.read(name) for name in sorted(files.namelist()) if not name.endswith("/")}
    message = b"Seed code"
    head = f"commit refs/heads/{branch}\ncommitter {_AUTHOR} {_SEED_TIME} +0000\ndata {len(message)}\n".encode()
    parts = [head, message, b"\n"]
    for name, content in tree.items():
        parts += [f"M 100644 inline {name}\ndata {len(content)}\n".encode(), content, b"\n"]
    return b"".join(parts)


def resource_arn(_operation: str, params: dict[str, Any], region: str, account: str) -> str:
    """ARN of the repository that an operation acts on."""
    name = params.get("repositoryName")
    return f"arn:aws:codecommit:{region}:{account}:{name}" if name else str(params.get("resourceArn", "*"))
