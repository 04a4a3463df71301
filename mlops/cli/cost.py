"""``mlops cost``: what the platform and a project cost on AWS, idle and in use, before they are there and as they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, say, say_json, table

if TYPE_CHECKING:
    from mlops.costs.estimate import Estimate
    from mlops.costs.lines import Item
    from mlops.costs.prices import Prices


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(cost)


def cost(
    project: Annotated[
        str, typer.Argument(help="a project that is there; without it the templates, before any is made")
    ] = "",
    prices: Annotated[Path | None, typer.Option(help='JSON file of own figures: {"ml.m5.xlarge": 0.2}')] = None,
    sources: Annotated[bool, typer.Option("--sources", help="show every figure with its source and date")] = False,
    persona: AsPersona = "",
    as_json: AsJson = False,
) -> None:
    """What it costs on AWS: idle a month, a training run, a batch, a million predictions."""
    from mlops.costs.prices import table as price_table

    known = price_table(prices)
    if sources:
        _sources(known, as_json)
        return
    found = [_of(project, known, persona)] if project else _before(known)
    if as_json:
        say_json({"currency": known.currency, "region": known.region, "estimates": [it.to_json() for it in found]})
        return
    for estimate in found:
        _show(estimate, known)
    say(
        f"list prices of {known.region} in {known.currency}, without free tiers and taxes, no quotation; 'mlops cost --sources' says where"
    )
    say(
        "they are from and when they were read. Requests to S3 and KMS, functions and log lines are cents at this use and left out."
    )


def _before(known: "Prices") -> "list[Estimate]":
    from mlops.costs.estimate import before

    return before(known)


def _of(name: str, known: "Prices", persona: str) -> "Estimate":
    from mlops.costs.estimate import of_project
    from mlops.costs.observed import Observed
    from mlops.projects.catalog import Projects
    from mlops.projects.names import Project

    aws = caller(persona)
    project = Project(name, aws.account)
    return of_project(Observed(aws, project), project, Projects(aws).resources(name), known)


def _show(estimate: "Estimate", known: "Prices") -> None:
    say(f"{estimate.name}:")
    table(["", known.currency, "reckoned"], [[it.title, f"{it.total:.2f}", _words(it)] for it in estimate.items])
    say("")


def _words(item: "Item") -> str:
    """How it was reckoned; of what rests, the parts of it."""
    if item.per != "month":
        return item.reckoned
    parts = [f"{line.quantity:.3g} {line.what}" for line in item.lines]
    return "; ".join(it for it in (", ".join(parts), item.reckoned) if it)


def _sources(known: "Prices", as_json: bool) -> None:
    if as_json:
        say_json([vars(row) for row in known.rows.values()])
        return
    rows = [
        [row.name, f"{row.value:g}", row.unit, row.checked, row.read or "-", row.source] for row in known.rows.values()
    ]
    table(["name", known.currency, "what", "checked", "read", "source"], rows)
