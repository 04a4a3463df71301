"""A project's repository: where git finds it and how git signs in, here and on AWS."""

import shutil
import sys
from collections.abc import Mapping

from embedded_aws.signing import git_password
from mlops.aws import STATE_DIR, Aws
from mlops.errors import RefusedInput
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
    where = f"MLOPS_STATE_DIR={STATE_DIR.resolve()} " if aws.endpoint else "MLOPS_TARGET=aws "
    program = (
        "mlops" if shutil.which("mlops") else f"{sys.executable} -m mlops"
    )  # an environment need not be on git's PATH
    helper = f"credential.helper='!{where}{program} git-credential --as data-scientist'"
    return f"git clone -c credential.useHttpPath=true -c {helper} {url} {project}"


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
