"""``mlops project``: create from a template, list, show, upgrade and go back, delete."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.cli import project_delete
from mlops.cli.common import AsJson, caller, ensure_may, say, say_json, table
from mlops.errors import RefusedInput
from mlops.projects import products

if TYPE_CHECKING:
    from mlops.projects.catalog import Projects

app = typer.Typer(help="Projects: create, list, show, upgrade, delete.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="lower-case words joined by '-'")]
Version = Annotated[str, typer.Option("--version", help="template version, for example v2; the newest without it")]
Param = Annotated[list[str], typer.Option("--param", help="NAME=VALUE of a template parameter; may be repeated")]
Persona = Annotated[
    str,
    typer.Option(
        "--as", help="act as data-scientist, ml-engineer or manager; without, as ml-engineer", show_default=False
    ),
]


@app.command()
def create(  # noqa: PLR0917 (the command's options)
    name: Name,
    template: Annotated[str, typer.Option(help=" | ".join(products.titles()))] = products.DEFAULT,
    version: Version = "",
    param: Param = [],  # noqa: B006 (typer's way)
    adopt: Annotated[
        bool, typer.Option("--adopt", help="take over what a deleted project of this name has left")
    ] = False,
    persona: Persona = "ml-engineer",
) -> None:
    """Create a project from a Service Catalog template: pipelines, registry, monitoring, repository, delivery."""
    values, projects = _values(param), _deciding(persona)
    adopt = adopt or _agreed(projects, name, persona)
    projects.create(name, template, version, values, adopt=adopt)
    say(f"project {name} is ready: {template}, {version or 'newest version'}")
    say(f"next: mlops train {name} --data FOLDER --as data-scientist")
    if adopt:
        say(f"or deploy one of the versions that were kept: mlops model rollback {name} --to VERSION")


@app.command("list")
def list_projects(persona: Persona = "ml-engineer", as_json: AsJson = False) -> None:
    """List the projects with template, version and status."""
    found = _projects(persona).all()
    if as_json:
        say_json([asdict(item) for item in found])
        return
    table(["project", "template", "version", "status"], [[i.name, i.template, i.version, i.status] for i in found])


@app.command()
def show(name: Name, persona: Persona = "ml-engineer", as_json: AsJson = False) -> None:
    """Show a project, its repository's address, what retraining uses, and everything that its stack holds."""
    from mlops.projects.repository import how_to_clone

    projects = _projects(persona)
    found = projects.get(name)
    resources = projects.resources(name) if found.stack else []
    rows = [[item["ResourceType"], item.get("PhysicalResourceId", "")] for item in resources]
    repository = _repository(name, persona) if found.stack else ""
    if as_json:
        listed = [{"type": kind, "id": id_} for kind, id_ in rows]
        say_json(
            {**asdict(found), "repository": repository, "retraining": _retraining(name, persona), "resources": listed}
        )
        return
    say(f"{found.name}: {found.template} {found.version}, {found.status} {found.message}".rstrip())
    if repository:
        say(f"repository: {repository}")
        say(f"to work on it: {how_to_clone(caller(persona), repository, name)}")
    for line in _told(_retraining(name, persona)):
        say(line)
    table(["type", "id"], sorted(rows))


@app.command()
def upgrade(name: Name, version: Version = "", param: Param = [], persona: Persona = "ml-engineer") -> None:  # noqa: B006
    """Bring a project to another version of its template, newer or older, or to other parameters."""
    values = _values(param)
    done = _deciding(persona).upgrade(name, version, values)
    say(f"project {name} is at {done.template} {done.version}")


app.command()(project_delete.delete)


def _retraining(name: str, persona: str) -> dict[str, Any]:
    """What retraining uses, and used before."""
    from mlops.models.entry import dataset_name
    from mlops.projects.names import Project
    from mlops.projects.retraining import retraining

    aws = caller(persona)
    found = retraining(aws, Project(name, aws.account))
    history = [{**entry.to_json(), "name": dataset_name(aws, entry.dataset.id)} for entry in found.history]
    return {"uses": history[0] if found.now else None, "history": history, "odd": found.odd}


def _told(retraining: dict[str, Any]) -> Iterator[str]:
    """The same in lines, the newest three."""
    from mlops.bundled.announced import NONE

    if retraining["uses"] is None:
        yield f"retraining uses nothing: {NONE}"
    told = "retraining uses" if retraining["uses"] else "retraining used"
    for entry in retraining["history"][:3]:
        yield f"{told} {entry['name']}, of version {entry['version']}, since {entry['since']}"
        told = "before it"
    if retraining["odd"]:
        yield f"its parameter has held {retraining['odd']} other values, which no registration wrote: nothing used them"


def _projects(persona: str) -> "Projects":
    from mlops.projects.catalog import Projects

    return Projects(caller(persona))


def _deciding(persona: str) -> "Projects":
    """For whoever creates and changes projects.

    Raises:
        RefusedByPolicy: the persona may not.
    """
    from mlops.projects.catalog import Projects

    aws = caller(persona)
    ensure_may(aws, "servicecatalog:ProvisionProduct")
    return Projects(aws)


def _repository(name: str, persona: str) -> str:
    from mlops.projects.names import Project
    from mlops.projects.repository import address

    aws = caller(persona)
    return address(aws, Project(name, aws.account))


def _agreed(projects: "Projects", name: str, persona: str) -> bool:
    """Whether somebody at a terminal wants to take over what an earlier project has left; there is nobody to ask elsewhere."""
    from mlops.projects.names import Project

    if not sys.stdin.isatty() or projects.find(name) is not None:
        return False
    left = projects.left(Project(name, caller(persona).account))
    return bool(left) and typer.confirm(
        f"Take over what a deleted project has left ({', '.join(left)})?", default=False
    )


def _values(given: list[str]) -> dict[str, str]:
    """NAME=VALUE pairs.

    Raises:
        RefusedInput: one is no pair.
    """
    pairs = [item.partition("=") for item in given]
    wrong = [item for item, pair in zip(given, pairs, strict=True) if not pair[1]]
    if wrong:
        raise RefusedInput(f"--param {wrong[0]}: must be NAME=VALUE")
    return {name: value for name, _, value in pairs}
