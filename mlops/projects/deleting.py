"""Delete a project as its plan says, in the order of what needs what, and prove it; what was interrupted goes on where it was.

The stack goes by Service Catalog, with what it made; what holds data goes by the platform's own function, which nobody else can do
and which refuses as long as the project is there. Both may be asked again and again.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mlops.aws import Aws
from mlops.bundled.deletion import Deletion
from mlops.errors import MlopsError
from mlops.projects.catalog import Projects, Provisioned
from mlops.projects.inventory import Inventory
from mlops.projects.looks import PARTS, look
from mlops.projects.names import DELETE_KEPT, Project, unknown
from mlops.projects.plan import HALF_CREATED, HALF_DELETED, LEFT, OBJECTS, RUN, WHOLE, Item, Plan, decide
from mlops.projects.prices import Price, monthly
from mlops.projects.sharing import of_account

_RUNS_END = 300.0  # seconds
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Proof:
    """What a service says of an item after the deletion; ``right`` is whether it is as the plan said."""

    item: Item
    asked: str
    says: str
    right: bool

    def json(self) -> dict[str, Any]:
        """As ``--json`` shows it."""
        thing = self.item.thing
        return {
            "kind": thing.kind,
            "id": thing.id,
            "goes": self.item.goes,
            "asked": self.asked,
            "says": self.says,
            "right": self.right,
        }


class Deleting:
    """The deletion of projects as one identity does it."""

    def __init__(self, aws: Aws, price: Price = monthly, interval: float = 0.1) -> None:
        self._aws, self._price, self._interval = aws, price, interval
        self._projects = Projects(aws, interval)

    def plan(self, name: str, beside: tuple[str, ...] = ()) -> Plan:
        """What deleting it would do now.

        Raises:
            RefusedInput: there is no such project, and nothing of one.
        """
        project, found = Project(name, self._aws.account), self._projects.find(name)
        stack = self._projects.resources(name) if found and found.stack else []
        everybody = self._projects.all()
        names = {it.stack.split("/")[1]: it.name for it in everybody if it.stack}
        sharing, inventory = of_account(self._aws, names), Inventory(self._aws, project, found, self._price)
        things = inventory.things(stack, sharing)
        if found is None and all(it.note for it in things):
            raise unknown(name)
        unused = bool(stack) and inventory.unused(things)
        items = decide(things, beside, unused=unused)
        return Plan(
            project=name, state=self._state(project, found), beside=beside, items=items, held=sharing.holders(name)
        )

    def delete(self, plan: Plan, reason: str, tell: Tell = lambda _: None) -> None:
        """Everything that goes by the plan.

        Raises:
            RefusedInput: others use what is the project's. MlopsError: something could not be removed; asking again goes on from there.
        """
        plan.require_free()
        self._stop([it.thing.id for it in plan.going() if it.thing.kind == RUN], tell)
        if self._projects.find(plan.project) is not None:
            self._projects.delete(plan.project, reason, plan.beside)
            tell("the stack is gone")
        else:
            self._projects.ask_for_deletion(plan.project, reason, plan.beside)
        if (
            intent(self._aws, plan.project) is not None
        ):  # a stack that goes takes the request along where no more was asked for
            self._beside(plan.project, tell)

    def verify(self, plan: Plan) -> list[Proof]:
        """What each thing's own service says of it: what goes is gone, what stays is there."""
        proofs = [proof for it in plan.items if it.thing.kind not in PARTS and (proof := self._proof(it)) is not None]
        owners = {it.item.thing.kind for it in proofs if it.item.goes and not it.right}
        return [*proofs, *_parts(plan, owners)]

    def _state(self, project: Project, found: Provisioned | None) -> str:
        if found is not None:
            return WHOLE if found.status in {"AVAILABLE", "TAINTED"} else HALF_CREATED
        asked = look(self._aws, "AWS::SSM::Parameter", project.deletion_parameter)
        return HALF_DELETED if asked is not None and asked.there else LEFT

    def _stop(self, runs: list[str], tell: Tell) -> None:
        """Pipelines with running executions are not deleted."""
        sagemaker, deadline = self._aws.client("sagemaker"), time.monotonic() + _RUNS_END
        for run in runs:
            sagemaker.stop_pipeline_execution(PipelineExecutionArn=run)
        for run in runs:
            while (
                status := sagemaker.describe_pipeline_execution(PipelineExecutionArn=run)["PipelineExecutionStatus"]
            ) in {"Executing", "Stopping"}:
                if time.monotonic() > deadline:
                    raise MlopsError(f"run {run.rsplit('/', 1)[-1]}: is {status} still; ask again once it has ended")
                time.sleep(self._interval)
            tell(f"run {run.rsplit('/', 1)[-1]}: {status}")

    def _beside(self, name: str, tell: Tell) -> None:
        """By the platform's function, until it says that nothing is left."""
        while True:
            answer = self._call(name)
            if answer["refused"]:
                raise MlopsError(answer["refused"])
            for what, count in answer["removed"].items():
                tell(f"removed {count} {what}")
            if answer["done"]:
                return

    def _call(self, name: str) -> dict[str, Any]:
        body = json.dumps({"project": name}).encode()
        answer = self._aws.client("lambda").invoke(FunctionName=DELETE_KEPT, Payload=body)
        content = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            told = f"{content.get('errorType', '')}: {content.get('errorMessage', '')}"
            raise MlopsError(f"project {name}: {DELETE_KEPT} failed, ask again once this is mended: {told}")
        return dict(content)

    def _proof(self, item: Item) -> Proof | None:
        thing = item.thing
        if thing.kind == OBJECTS:
            there, asked = self._any(thing.id), "s3:ListObjectVersions"
        elif (seen := look(self._aws, thing.kind, thing.id)) is not None:
            there, asked = seen.there, seen.asked
        else:
            return None
        return Proof(item, asked, "is there" if there else "is gone", there != item.goes)

    def _any(self, uri: str) -> bool:
        from botocore.exceptions import ClientError

        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        try:
            answer = self._aws.client("s3").list_object_versions(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
                return False
            raise
        return bool(answer.get("Versions") or answer.get("DeleteMarkers"))


def _parts(plan: Plan, present: set[str]) -> Iterator[Proof]:
    """What has no life of its own is gone where all of what it belongs to is."""
    for item in plan.going():
        owner = PARTS.get(item.thing.kind)
        if owner is not None:
            gone = owner not in present
            yield Proof(item, f"with every {owner}", "is gone" if gone else "may be there", gone)


def intent(aws: Aws, name: str) -> Deletion | None:
    """What was asked for when a deletion was begun that is not finished; None where none was."""
    from mlops.bundled.deletion import read

    ssm = aws.client("ssm")
    try:
        text = ssm.get_parameter(Name=Project(name, aws.account).deletion_parameter)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
    return read(text)
