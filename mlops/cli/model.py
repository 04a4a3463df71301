"""``mlops model``: the versions of a project's model."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mlops.cli.common import AsJson, AsPersona, Reason, caller, ensure_may, say, say_json, table

app = typer.Typer(help="Model versions: list, show, compare, approve, reject, rollback, log.")

ProjectName = Annotated[str, typer.Argument(help="project")]
Version = Annotated[int, typer.Argument(help="version number")]


@app.command("list")
def list_versions(project: ProjectName, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """List the versions with status, quality and origin; '*' marks the deployed one."""
    from mlops.models.entry import dataset_name, status, summary

    registry = _registry(project, persona)
    deployed = registry.deployed()
    current = int(deployed["version"]) if deployed else None
    if as_json:
        say_json({"versions": registry.versions(), "deployed": current})
        return
    rows = []
    for package, evaluation in registry.entries():
        number = package["ModelPackageVersion"]
        dataset = dataset_name(registry.aws, package.get("CustomerMetadataProperties", {}).get("dataset_id", ""))
        start = [f"{number}{'*' if number == current else ''}", status(package)]
        rows.append([*start, f"{package['CreationTime']:%Y-%m-%d %H:%M:%S}", *summary(package, evaluation, dataset)])
    table(["version", "status", "created", "AUC", "AUC due", "ECE due", "data set", "trained by"], rows)


@app.command()
def show(  # noqa: PLR0917 (the command's options)
    project: ProjectName,
    version: Version,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option(help="also write the evaluation's page")] = None,
    card: Annotated[Path | None, typer.Option(help="also write the model card (Markdown)")] = None,
    persona: AsPersona = "",
) -> None:
    """Show one version: status, origin, parameters, gates, and its measures by stratum, brand and group."""
    from mlops.models.entry import dataset_name, document, sections, status

    registry = _registry(project, persona)
    package, evaluation = registry.describe(version), registry.evaluation(version)
    package.pop("ResponseMetadata", None)
    for file, name in ((html, "evaluation.html"), (card, "model_card.md")):
        if file is not None:
            file.write_bytes(document(registry.aws, package, name))
    dataset = dataset_name(registry.aws, package.get("CustomerMetadataProperties", {}).get("dataset_id", ""))
    if as_json:
        say_json(package | {"evaluation": evaluation, "dataset": dataset})
        return
    say(f"{package['ModelPackageArn']}  {status(package)}")
    for section in sections(package, evaluation, dataset):
        say(f"\n{section.title}")
        table(list(section.columns), [list(row) for row in section.rows])


@app.command()
def approve(project: ProjectName, version: Version, reason: Reason, persona: AsPersona = "") -> None:
    """Approve a version (another identity than its trainer's) and wait until it is deployed."""
    registry = _deciding(project, persona, "Approved")
    registry.decide(version, "approve", reason)
    pointer = registry.wait_deployed(version)
    say(f"version {version} approved and deployed at {pointer['approved_at']}")


@app.command()
def reject(project: ProjectName, version: Version, reason: Reason, persona: AsPersona = "") -> None:
    """Reject a version."""
    _deciding(project, persona, "Rejected").decide(version, "reject", reason)
    say(f"version {version} rejected")


@app.command()
def compare(  # noqa: PLR0917 (the command's options)
    project: ProjectName,
    first: Version,
    second: Version,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option(help="also write a page")] = None,
    persona: AsPersona = "",
) -> None:
    """Compare two versions: measures by stratum and brand, parameters, data."""
    from mlops.models.comparison import as_html, shown
    from mlops.models.comparison import compare as side_by_side

    registry = _registry(project, persona)
    packages = _named(registry, first), _named(registry, second)
    found = side_by_side(project, packages, (registry.evaluation(first), registry.evaluation(second)))
    if html is not None:
        html.write_text(as_html(found), encoding="utf-8")
    if as_json:
        say_json(found.to_json())
        return
    if not found.same_rows:
        say(found.note)
    lines = [[row.name, shown(row.first), shown(row.second), shown(row.change)] for row in found.rows if row.differs]
    table(["what differs", f"version {first}", f"version {second}", "change"], lines)


@app.command()
def rollback(
    project: ProjectName,
    reason: Reason,
    to: Annotated[int | None, typer.Option(help="version; the one that was deployed before without it")] = None,
    persona: AsPersona = "",
) -> None:
    """Deploy an earlier approved version again; nothing is trained."""
    pointer = _deciding(project, persona, "Approved").rollback(reason, to)
    say(f"version {pointer['version']} is deployed again since {pointer['approved_at']}")


@app.command()
def log(project: ProjectName, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Show what was deployed when, by whom and why; newest first."""
    entries = _registry(project, persona).deployments()
    if as_json:
        say_json({"deployments": entries})
        return
    names = ("approved_at", "action", "version", "approved_by", "reason")
    table(
        ["time", "action", "version", "by", "reason"], [[str(item.get(name, "")) for name in names] for item in entries]
    )


def _named(registry: "Registry", version: int) -> dict[str, Any]:  # type: ignore[name-defined] # noqa: F821
    """DescribeModelPackage's answer, with the data set's name where the registry of data sets knows it."""
    from mlops.models.entry import dataset_name

    package: dict[str, Any] = registry.describe(version)
    metadata = package.get("CustomerMetadataProperties", {})
    known = {"dataset_id": dataset_name(registry.aws, metadata["dataset_id"])} if "dataset_id" in metadata else {}
    return package | {"CustomerMetadataProperties": metadata | known}


def _deciding(project: str, persona: str, status: str) -> "Registry":  # type: ignore[name-defined] # noqa: F821
    """For whoever decides about versions.

    Raises:
        RefusedByPolicy: the persona may not.
    """
    registry = _registry(project, persona)
    ensure_may(registry.aws, "sagemaker:UpdateModelPackage", ModelPackageGroupName=project, ModelApprovalStatus=status)
    return registry


def _registry(project: str, persona: str) -> "Registry":  # type: ignore[name-defined] # noqa: F821
    from mlops.models.registry import Registry
    from mlops.projects.names import Project

    aws = caller(persona)
    return Registry(aws, Project(project, aws.account))
