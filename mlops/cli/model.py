"""``mlops model``: the versions of a project's model."""

from typing import Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, say, say_json, table

app = typer.Typer(help="Model versions: list, show, approve, reject.")

ProjectName = Annotated[str, typer.Argument(help="project")]
Version = Annotated[int, typer.Argument(help="version number")]
Reason = Annotated[str, typer.Option(help="why, for the record")]


@app.command("list")
def list_versions(project: ProjectName, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """List the versions with their status; '*' marks the deployed one."""
    registry = _registry(project, persona)
    versions, deployed = registry.versions(), registry.deployed()
    current = int(deployed["version"]) if deployed else None
    if as_json:
        say_json({"versions": versions, "deployed": current})
        return
    rows = [
        [
            f"{item['ModelPackageVersion']}{'*' if item['ModelPackageVersion'] == current else ''}",
            item["ModelApprovalStatus"],
            f"{item['CreationTime']:%Y-%m-%d %H:%M:%S}",
            item["ModelPackageArn"],
        ]
        for item in versions
    ]
    table(["version", "status", "created", "arn"], rows)


@app.command()
def show(project: ProjectName, version: Version, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Show one version: status, origin and quality."""
    registry = _registry(project, persona)
    package, evaluation = registry.describe(version), registry.evaluation(version)
    package.pop("ResponseMetadata", None)
    if as_json:
        say_json(package | {"evaluation": evaluation})
        return
    say(f"{package['ModelPackageArn']}  {package['ModelApprovalStatus']}")
    details = {**package.get("CustomerMetadataProperties", {}), **evaluation["gates"]}
    table(["what", "value"], [[key, str(value)] for key, value in sorted(details.items())])


@app.command()
def approve(project: ProjectName, version: Version, reason: Reason, persona: AsPersona = "") -> None:
    """Approve a version (another identity than its trainer's) and wait until it is deployed."""
    registry = _registry(project, persona)
    registry.decide(version, "approve", reason)
    pointer = registry.wait_deployed(version)
    say(f"version {version} approved and deployed at {pointer['approved_at']}")


@app.command()
def reject(project: ProjectName, version: Version, reason: Reason, persona: AsPersona = "") -> None:
    """Reject a version."""
    _registry(project, persona).decide(version, "reject", reason)
    say(f"version {version} rejected")


def _registry(project: str, persona: str) -> "Registry":  # type: ignore[name-defined] # noqa: F821
    from mlops.models.registry import Registry
    from mlops.projects.names import Project

    aws = caller(persona)
    return Registry(aws, Project(project, aws.account))
