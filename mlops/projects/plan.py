"""What a project's deletion would do, thing by thing, before it does anything; the plan's id stands for exactly this.

Whoever confirms a plan by its id deletes what he has seen: where anything that goes has become more, fewer or another, or anything
that stays is no longer there, the id is another one.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from mlops.bundled import deletion
from mlops.bundled.deletion import AUDIT, DATASETS, IN_DATA, MODELS, PREDICTIONS, REPOSITORY, Deletion
from mlops.errors import RefusedInput

OBJECTS, RUN, SHARED, RECORDS = "objects", "run", "shared", "records"  # kinds beside CloudFormation's types
WHOLE, HALF_CREATED, HALF_DELETED, LEFT = "whole", "half created", "half deleted", "deleted before"
_LENGTH = 12
_BUCKET, _GROUP, _CODE = "AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup", "AWS::CodeCommit::Repository"
_VERSION, _MODEL = "AWS::SageMaker::ModelPackage", "AWS::SageMaker::Model"


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that is there: CloudFormation's type or one of the kinds above, its id, and what is known of it.

    ``part`` is what people call the content that it belongs to (``mlops.bundled.deletion``); ``stacked``: the project's stack has it.
    ``note`` says why it stays whatever anybody chooses.
    """

    kind: str
    id: str
    part: str = ""
    stacked: bool = False
    note: str = ""
    count: int = 1
    size: int = 0
    since: datetime | None = None
    monthly: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Item:
    """A thing, what becomes of it, and why."""

    thing: Thing
    goes: bool
    why: str

    def json(self, now: datetime) -> dict[str, Any]:
        """As ``--json`` shows it."""
        shown = {
            key: value for key, value in asdict(self.thing).items() if key not in {"part", "stacked", "note", "since"}
        }
        return {**shown, "goes": self.goes, "age_days": age(self.thing, now), "why": self.why}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything of a project's. ``beside`` is what goes beside the stack; ``held`` is what others use, with every user."""

    project: str
    state: str
    beside: tuple[str, ...]
    items: Sequence[Item]
    held: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Of what goes, how much of it, and of what stays."""
        going = sorted((it.thing.kind, it.thing.id, *_amount(it.thing)) for it in self.items if it.goes)
        staying = sorted((it.thing.kind, it.thing.id) for it in self.items if not it.goes)
        text = json.dumps([self.project, self.state, self.beside, going, staying])
        return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]

    def going(self) -> list[Item]:
        """What goes."""
        return [it for it in self.items if it.goes]

    def staying(self) -> list[Item]:
        """What stays."""
        return [it for it in self.items if not it.goes]

    def require_free(self) -> None:
        """Raises RefusedInput: somebody else uses what is the project's; names every user."""
        if self.held:
            users = ", ".join(sorted({user for users in self.held.values() for user in users}))
            words = f"project {self.project}: its model versions are used by {users}: delete these first; nothing was deleted"
            raise RefusedInput(words)

    def json(self, now: datetime) -> dict[str, Any]:
        """As ``--json`` shows it."""
        going, staying = self.going(), self.staying()
        return {
            "project": self.project,
            "plan_id": self.id,
            "state": self.state,
            "beside": list(self.beside),
            "used_by": {key: list(users) for key, users in self.held.items()},
            "goes": [it.json(now) for it in going],
            "stays": [it.json(now) for it in staying],
            "monthly_saved": round(sum(it.thing.monthly for it in going), 2),
            "monthly_left": round(sum(it.thing.monthly for it in staying), 2),
        }


def age(thing: Thing, now: datetime) -> float | None:
    """Days since it was made, where its service says so."""
    return round((now - thing.since.astimezone(UTC)).total_seconds() / 86400, 1) if thing.since else None


def chosen(keep: str | None, *, with_data: bool, repository: bool) -> tuple[str, ...]:
    """What goes beside the stack, of the command's options; without any, nothing that holds data does.

    Raises:
        RefusedInput: both were given, or a word of ``--keep`` is none of ours.
    """
    if keep is not None and with_data:
        raise RefusedInput("--keep and --with-data: one of them")
    kept = [word.strip() for word in (keep or "").split(",") if word.strip()]
    wrong = [word for word in kept if word not in deletion.CHOICES]
    if wrong or (keep is not None and not kept):
        raise RefusedInput(f"--keep {keep}: must be some of {','.join(deletion.CHOICES)}; --with-data keeps none")
    some = () if keep is None and not with_data else tuple(it for it in deletion.CHOICES if it not in kept)
    return tuple(sorted((*some, *([REPOSITORY] if repository else []))))


def decide(things: Collection[Thing], beside: tuple[str, ...], *, unused: bool = False) -> list[Item]:
    """What becomes of each; ``unused``: the project has never run, so that its stack takes its code with it."""
    order = {RUN: 0, RECORDS: 8, SHARED: 9}
    items = [_decided(it, Deletion("", beside), unused) for it in things]
    return sorted(items, key=lambda it: (not it.goes, order.get(it.thing.kind, 5), it.thing.kind, it.thing.id))


def _decided(thing: Thing, asked: Deletion, unused: bool) -> Item:
    if thing.note:
        return Item(thing=thing, goes=False, why=thing.note)
    if thing.kind == RUN:
        return Item(thing=thing, goes=True, why="is stopped first; its record stays")
    if thing.kind == _BUCKET and thing.part == "":
        return _data_bucket(thing, asked)
    if thing.kind in {_BUCKET, _GROUP, _CODE, _VERSION, _MODEL, OBJECTS}:
        return _content(thing, asked, unused)
    return Item(
        thing=thing,
        goes=True,
        why="the project's stack has it" if thing.stacked else "the project's functions have made it",
    )


def _data_bucket(thing: Thing, asked: Deletion) -> Item:
    if asked.whole_data_bucket:
        return Item(thing=thing, goes=True, why="nothing in it is kept")
    kept = [it for it in IN_DATA if it not in asked.beside]
    return Item(thing=thing, goes=False, why=f"holds what is kept: {', '.join(sorted(kept))}")


def _content(thing: Thing, asked: Deletion, unused: bool) -> Item:
    if thing.part == "":  # of the data bucket, and none of its parts
        goes = asked.whole_data_bucket
        return Item(thing=thing, goes=goes, why="goes with its bucket" if goes else "goes with its bucket alone")
    if thing.part in asked.beside:
        return Item(thing=thing, goes=True, why=f"asked for: {_OPTIONS[thing.part]}")
    if unused and thing.kind == OBJECTS and thing.part == MODELS:
        return Item(thing=thing, goes=True, why="code of a project that never ran")
    return Item(thing=thing, goes=False, why=f"kept: {_WHY[thing.part]}")


_OPTIONS = {**dict.fromkeys(deletion.CHOICES, "it is not among what is kept"), REPOSITORY: "--delete-repository"}
_WHY = {
    PREDICTIONS: "predictions and what became of them",
    DATASETS: "uploaded tables and features",
    MODELS: "model versions and what they were made of",
    AUDIT: "who asked for which training",
    REPOSITORY: "the team's code",
}


def _amount(thing: Thing) -> tuple[int, int]:
    """Logs grow by themselves: they are no news."""
    return (thing.count, thing.size) if thing.kind == OBJECTS else (1, 0)
