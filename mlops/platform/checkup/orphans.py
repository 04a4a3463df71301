"""What belongs to nothing that is there: stacks without a project, projects without a stack, what deleted projects have left."""

import re
from collections.abc import Iterator

from mlops.aws import Aws, listed
from mlops.platform.checkup.checks import OK, Check, ok, wrong
from mlops.projects.catalog import Projects
from mlops.projects.names import RESERVED

_PRODUCT_STACK = re.compile(r"SC-[0-9]+-(pp-[0-9a-z]+)")
_SOUND = "AVAILABLE"


def orphans(aws: Aws) -> Iterator[Check]:
    """Every project and every stack of one, then what is left of earlier ones; nothing is changed."""
    known = Projects(aws).all()
    stacks = {it["StackName"]: it for it in listed(aws.client("cloudformation"), "describe_stacks", "Stacks")}
    ids = {it["StackId"] for it in stacks.values()}
    for project in known:
        remedy = f"'mlops project delete {project.name}', then 'mlops project create {project.name}'"
        if project.status != _SOUND:
            yield wrong("project", f"{project.name}: {project.status}: {project.message or 'not ready'}", remedy)
        elif project.stack not in ids | set(stacks):
            yield wrong("project", f"{project.name}: its stack is not there", remedy)
        else:
            yield ok("project", f"{project.name}: {project.status}")
    owned = {it.stack for it in known}
    for name, stack in stacks.items():
        if _PRODUCT_STACK.fullmatch(name) and not {name, stack["StackId"]} & owned:
            yield wrong(
                "orphaned stack",
                f"{name} ({stack['StackStatus']}) belongs to no project",
                f"'mlops exec -- aws cloudformation delete-stack --stack-name {name}'",
            )
    yield from _kept(aws, {it.name for it in known})


def _kept(aws: Aws, projects: set[str]) -> Iterator[Check]:
    """Buckets and repositories with the name of a project that is not there: kept on purpose, or left by what was cut off."""
    bucket = re.compile(rf"mlops-(.+)-(?:data|artifacts)-{aws.account}")
    names = [it["Name"] for it in aws.client("s3").list_buckets()["Buckets"]]
    found = [(f"bucket {it}", match[1]) for it in names if (match := bucket.fullmatch(it))]
    repositories = listed(aws.client("codecommit"), "list_repositories", "repositories")
    ours = [it["repositoryName"] for it in repositories if it["repositoryName"].endswith("-code")]
    found += [(f"repository {it}", it.removesuffix("-code")) for it in ours]
    for what, project in found:
        if project not in projects | set(RESERVED):
            remedy = "kept on purpose, or left by a creation that was cut off; whoever needs it no more may delete it"
            yield Check("left", OK, f"{what}: there is no project {project}", remedy)
