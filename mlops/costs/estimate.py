"""Estimates: of the platform and its templates before anything is made, and of a project as it is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from mlops.costs import idle, work
from mlops.costs.jobs import Job, jobs
from mlops.costs.lines import Item
from mlops.costs.observed import LastRun, Observed
from mlops.costs.prices import Prices
from mlops.projects.names import Project
from mlops.projects.products import PRODUCTS, Product

_TITLES = {"training": "a training run", "inference": "a batch"}


@dataclass(frozen=True)
class Estimate:
    """What something costs, in items that are not to be added up: each has a ``per`` of its own."""

    name: str
    items: tuple[Item, ...]

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {"name": self.name, "items": [item.to_json() for item in self.items]}


def before(prices: Prices) -> list[Estimate]:
    """The platform's stacks, and a project of every template, as the library ships them."""
    from mlops.platform.assembly import load

    assembly = load()
    stacks = [json.loads(stack.template) for stack in assembly.stacks]
    platform = Item("idle", "month", tuple(idle.idle(idle.of_templates(stacks), prices)), "all projects share it")
    found = [Estimate("the platform", (platform,))]
    for product in PRODUCTS:
        template = json.loads(assembly.products[product.key])
        resting = Item(
            "idle", "month", tuple(idle.idle(idle.of_templates([template]), prices)), "and what it stores in S3"
        )
        items = resting, *_shipped(product, prices), work.delivery(prices)
        found.append(Estimate(f"a project of {product.key}", items))
    return found


def _shipped(product: Product, prices: Prices) -> Iterator[Item]:
    minutes = work.assumed(prices)
    for name, has in (("training", product.trains), ("inference", product.infers)):
        if has:
            started = jobs(files("pipelines.definitions").joinpath(f"{name}.json").read_text())
            metrics = int(prices["metrics_a_batch"]) if name == "inference" else 0
            yield work.run(_TITLES[name], started, minutes, prices, "starts and work assumed", metrics=metrics)
            if name == "inference":
                yield work.predictions(started, prices, metrics)


def of_project(observed: Observed, project: Project, resources: list[dict[str, Any]], prices: Prices) -> Estimate:
    """A deployed project: its own resources, definitions and runs."""
    stored = observed.gigabytes()
    lines = idle.idle(observed.types(resources), prices)
    lines += [] if stored is None else [idle.storage(stored, prices)]
    words = "what it stores in S3 is not yours to list" if stored is None else ""
    items = [Item("idle", "month", tuple(lines), words)]
    for name, pipeline in (("training", project.training_pipeline), ("inference", project.inference_pipeline)):
        definition = observed.definition(pipeline)
        if definition is not None:
            items += _observed(name, jobs(definition), observed, observed.last(pipeline), prices)
    return Estimate(f"project {project.name}", (*items, work.delivery(prices)))


def _observed(
    name: str, started: list[Job], observed: Observed, last: LastRun | None, prices: Prices
) -> Iterator[Item]:
    metrics = observed.metrics() or int(prices["metrics_a_batch"]) if name == "inference" else 0
    minutes, how = work.assumed(prices), "starts and work assumed: no run has succeeded yet"
    if last is not None:
        minutes = _measured(last, prices, 0.0 if observed.starts_take_time else prices["start_minutes"])
        how = f"as run {last.id}" + ("" if observed.starts_take_time else " took here, and assumed starts")
    run = work.run(_TITLES[name], started, minutes, prices, how, metrics=metrics)
    yield run
    if name == "inference":
        yield work.predictions(started, prices, metrics)
    if last is not None and last.rows:
        yield work.in_batches(run, last.rows)


def _measured(last: LastRun, prices: Prices, start: float) -> work.Minutes:
    return lambda job: start + last.minutes.get(job.step, prices["work_minutes"])
