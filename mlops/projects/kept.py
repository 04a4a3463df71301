"""What deleted projects have left: buckets with data and models, and repositories; removed by a decision of their own."""

import re
from collections.abc import Collection, Iterator

from mlops.aws import Aws, listed
from mlops.projects.names import Project


def kept_of(aws: Aws, project: Project) -> list[str]:
    """What is there under the names of a project that does not exist: ``bucket NAME``, ``repository NAME``."""
    from botocore.exceptions import ClientError

    found = []
    for bucket in (project.data_bucket, project.artifacts_bucket):
        try:
            aws.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
                raise
        else:
            found.append(f"bucket {bucket}")
    codecommit = aws.client("codecommit")
    try:
        codecommit.get_repository(repositoryName=project.repository)
    except codecommit.exceptions.RepositoryDoesNotExistException:
        return found
    return [*found, f"repository {project.repository}"]


def repositories(aws: Aws, projects: Collection[str]) -> Iterator[str]:
    """Repositories with a project's form of name, of no project that there is; whoever asks may list repositories."""
    form = re.compile(rf"^(.+){Project('x', aws.account).repository.removeprefix('x')}$")
    for item in listed(aws.client("codecommit"), "list_repositories", "repositories"):
        match = form.match(item["repositoryName"])
        if match and match.group(1) not in projects:
            yield str(item["repositoryName"])
