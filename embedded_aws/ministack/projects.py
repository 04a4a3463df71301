"""CodeBuild's projects, which MiniStack keeps (their builds are ours)."""

import json

from ministack.core import responses
from ministack.services import codebuild

from embedded_aws.service import Document, ServiceError

_OPERATIONS = {
    "CreateProject": codebuild._create_project,
    "BatchGetProjects": codebuild._batch_get_projects,
    "ListProjects": codebuild._list_projects,
    "UpdateProject": codebuild._update_project,
    "DeleteProject": codebuild._delete_project,
}


def find(name: str, account: str, region: str) -> Document | None:
    """A project as it was created."""
    with responses.request_scope(account, region):
        found = codebuild._projects.get(name)
        return dict(found) if found is not None else None


def operate(operation: str, params: Document, account: str, region: str) -> Document:
    """One of MiniStack's own operations on projects.

    Raises:
        ServiceError: its error.
    """
    with responses.request_scope(account, region):
        status, _, body = _OPERATIONS[operation](params)
    answer = json.loads(body or b"{}")
    if status >= 400:
        raise ServiceError(answer.get("__type", "ValidationException"), answer.get("message", ""), status)
    return dict(answer)
