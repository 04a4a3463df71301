"""What a run costs: every job of its definition, from its start to its end, by the minute of its instances and their volumes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mlops.costs.jobs import Job
from mlops.costs.lines import Item, Line
from mlops.costs.prices import Prices

MILLION = 1_000_000
Minutes = Callable[[Job], float]


def run(name: str, jobs: Sequence[Job], minutes: Minutes, prices: Prices, reckoned: str, *, metrics: int = 0) -> Item:
    """A run of these jobs that publishes so many custom metrics; ``reckoned`` says where the minutes come from."""
    published = Line("custom metrics for an hour", metrics, prices["metric"] / prices["hours_a_month"])
    lines = [*_instances(jobs, minutes, prices), *_volumes(jobs, minutes, prices), *([published] if metrics else [])]
    words = f"{_counted(jobs)}, {sum(map(minutes, jobs)):.0f} minutes in all, {reckoned}"
    return Item(name, "run", tuple(lines), words)


def assumed(prices: Prices) -> Minutes:
    """A start and a little work a job."""
    return lambda _: prices["start_minutes"] + prices["work_minutes"]


def a_million(prices: Prices) -> Minutes:
    """Minutes of a job of a batch of a million rows, its start included."""

    def minutes(job: Job) -> float:
        kind = "scored" if job.kind == "Transform" else "handled"
        return prices["start_minutes"] + prices[f"seconds_per_million_{kind}"] / 60

    return minutes


def delivery(prices: Prices) -> Item:
    """A pushed commit, without the training that it starts."""
    minutes = prices["delivery_minutes"]
    lines = (
        Line("minutes of builds", minutes, prices["build_minute"]),
        Line("minutes of actions", minutes, prices["action_minute"]),
    )
    return Item(
        "a delivery", "delivery", lines, f"{minutes:.0f} minutes of small builds, without the training that it starts"
    )


def predictions(jobs: Sequence[Job], prices: Prices, metrics: int) -> Item:
    """A million predictions in one batch."""
    item = run(
        "1M predictions",
        jobs,
        a_million(prices),
        prices,
        "one batch of them, work as in docs/benchmarks.md",
        metrics=metrics,
    )
    return replace(item, per="1M predictions")


def in_batches(batch: Item, rows: int) -> Item:
    """A million predictions in batches as one was: every batch starts all its jobs."""
    times = MILLION / rows
    lines = tuple(Line(line.what, line.quantity * times, line.each) for line in batch.lines)
    return Item(f"1M predictions, {rows:,} a batch", "1M predictions", lines, f"{times:,.0f} batches as the last one")


def _counted(jobs: Sequence[Job]) -> str:
    types = sorted({job.instance_type for job in jobs})
    return f"{len(jobs)} job{'' if len(jobs) == 1 else 's'} on {', '.join(types) or 'nothing'}"


def _instances(jobs: Sequence[Job], minutes: Minutes, prices: Prices) -> list[Line]:
    hours: dict[str, float] = {}
    for job in jobs:
        hours[job.instance_type] = hours.get(job.instance_type, 0) + job.instances * minutes(job) / 60
    return [Line(f"hours of {name}", spent, prices[name]) for name, spent in hours.items()]


def _volumes(jobs: Sequence[Job], minutes: Minutes, prices: Prices) -> list[Line]:
    gigabyte_hours = sum(job.instances * job.volume_gb * minutes(job) / 60 for job in jobs)
    return [Line("GB-months of volumes", gigabyte_hours / prices["hours_a_month"], prices["volume_gb"])]
