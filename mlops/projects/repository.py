"""A project's repository: where git finds it and how git signs in, here and on AWS."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from embedded_aws.signing import git_password
from mlops.aws import STATE_DIR, Aws
from mlops.errors import MlopsError, RefusedInput
from mlops.projects.names import Project


def address(aws: Aws, project: Project) -> str:
    """Clone address; empty where the project's code lives elsewhere (CodeConnections)."""
    codecommit = aws.client("codecommit")
    try:
        answer = codecommit.get_repository(repositoryName=project.repository)
    except codecommit.exceptions.RepositoryDoesNotExistException:
        return ""
    return str(answer["repositoryMetadata"]["cloneUrlHttp"])


def how_to_clone(aws: Aws, url: str, project: str) -> str:
    """The command that clones as a data scientist; git asks our helper for a signature at every access."""
    helper = f"credential.helper='{_helper(aws, 'data-scientist')}'"
    return f"git clone -c credential.useHttpPath=true -c {helper} {url} {project}"


def export(aws: Aws, url: str, file: Path, persona: str) -> None:
    """Write the repository with every branch and tag into a git bundle, as the persona reads it.

    Raises:
        RefusedInput: the file is there already, or there is no git. MlopsError: git has failed; there is no file.
    """
    if file.exists():
        raise RefusedInput(f"--export-repository {file}: is there already; nothing was deleted")
    settings = ["-c", "credential.useHttpPath=true", "-c", f"credential.helper={_helper(aws, persona)}"]
    with tempfile.TemporaryDirectory(prefix="mlops-export-") as name:
        mirror, bundle = Path(name, "code.git"), Path(name, "bundle")
        _git(*settings, "clone", "--quiet", "--mirror", url, str(mirror))
        _git("-C", str(mirror), "bundle", "create", "--quiet", str(bundle), "--all")
        _git("-C", str(mirror), "bundle", "verify", "--quiet", str(bundle))
        shutil.copyfile(bundle, file)


def _git(*arguments: str) -> None:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RefusedInput("--export-repository: needs git; nothing was deleted") from None
    if done.returncode:
        raise MlopsError(
            f"the repository was not exported, nothing was deleted: {done.stderr.strip().splitlines()[-1]}"
        )


def _helper(aws: Aws, persona: str) -> str:
    where = f"MLOPS_STATE_DIR={STATE_DIR.resolve()} " if aws.endpoint else "MLOPS_TARGET=aws "
    program = (
        "mlops" if shutil.which("mlops") else f"{sys.executable} -m mlops"
    )  # an environment need not be on git's PATH
    return f"!{where}{program} git-credential --as {persona}"


def login(aws: Aws, asked: Mapping[str, str]) -> dict[str, str]:
    """What git's credential protocol wants: ``asked`` has protocol, host and path.

    Raises:
        RefusedInput: git has not said the path (credential.useHttpPath is off).
    """
    path = asked.get("path", "")
    if not path:
        raise RefusedInput("git-credential: git gave no path; set credential.useHttpPath to true")
    keys = aws.keys
    password = git_password(keys, asked["host"], f"/{path}", aws.region)
    return {"username": keys.access_key + (f"%{keys.token}" if keys.token else ""), "password": password}
