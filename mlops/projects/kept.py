"""What deleted projects have left: buckets with data and models, versions, and repositories; taken over, or removed by a decision."""

import re
from collections.abc import Collection, Iterator

from mlops.aws import Aws, listed
from mlops.bundled.audit import PREFIX, audit_bucket
from mlops.projects.looks import look
from mlops.projects.names import ARTIFACTS_FROM, CODE_FROM, DATA_FROM, MODELS_FROM, Project

_WORDS = {
    "AWS::S3::Bucket": "bucket",
    "AWS::SageMaker::ModelPackageGroup": "model package group",
    "AWS::CodeCommit::Repository": "repository",
}


def adoptable(project: Project) -> dict[str, tuple[str, str]]:
    """Template parameter -> (CloudFormation's type, name) of what a stack leaves, and another one can take over."""
    return {
        DATA_FROM: ("AWS::S3::Bucket", project.data_bucket),
        ARTIFACTS_FROM: ("AWS::S3::Bucket", project.artifacts_bucket),
        MODELS_FROM: ("AWS::SageMaker::ModelPackageGroup", project.model_group),
        CODE_FROM: ("AWS::CodeCommit::Repository", project.repository),
    }


def remains(aws: Aws, project: Project) -> list[tuple[str, str]]:
    """Those that are there, whether the project is or not."""
    return [(kind, id_) for kind, id_ in adoptable(project).values() if (seen := look(aws, kind, id_)) and seen.there]


def told(kind: str, id_: str) -> str:
    """In words, for example ``bucket NAME``."""
    return f"{_WORDS.get(kind, kind)} {id_}"


def had_earlier(aws: Aws, name: str) -> bool:
    """Whether a project of this name has been there: every one leaves its trail, which nobody else writes and nobody deletes."""
    answer = aws.client("s3").list_objects_v2(Bucket=audit_bucket(aws.account), Prefix=f"{PREFIX}{name}/", MaxKeys=1)
    return bool(answer.get("Contents"))


def repositories(aws: Aws, projects: Collection[str]) -> Iterator[str]:
    """Repositories with a project's form of name, of no project that there is; whoever asks may list repositories."""
    form = re.compile(rf"^(.+){Project('x', aws.account).repository.removeprefix('x')}$")
    for item in listed(aws.client("codecommit"), "list_repositories", "repositories"):
        match = form.match(item["repositoryName"])
        if match and match.group(1) not in projects:
            yield str(item["repositoryName"])
