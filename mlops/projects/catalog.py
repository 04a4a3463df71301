"""Projects through Service Catalog: create from a template version, list, show, upgrade and go back, delete."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from mlops.aws import Aws
from mlops.bundled.deletion import Deletion
from mlops.errors import MlopsError, RefusedInput
from mlops.projects.kept import adoptable, had_earlier, remains, told
from mlops.projects.looks import look, removal
from mlops.projects.names import ARTIFACTS_FROM, CODE_FROM, DATA_FROM, KEPT, MODELS_FROM, Project, unknown
from mlops.projects.products import titles

_TIMEOUT = 1800.0  # seconds
_ADOPTING = {DATA_FROM, ARTIFACTS_FROM, MODELS_FROM, CODE_FROM}
_SET_BY_US = {"SageMakerProjectName", "SageMakerProjectId", "CodePackage", *_ADOPTING}
_UNDER_WAY = {"CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"}
_TAKEN = re.compile(r"type '?(AWS::[A-Za-z0-9:]+)'?.*?identifier '?([^' ]+)'?")


@dataclass(frozen=True)
class Provisioned:
    """A project as Service Catalog has it."""

    name: str
    template: str
    version: str
    status: str
    stack: str
    message: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


class Projects:
    """The projects of an account as one identity manages them."""

    def __init__(self, aws: Aws, interval: float = 0.1) -> None:
        self._aws, self._catalog, self._interval = aws, aws.client("servicecatalog"), interval

    def create(
        self,
        name: str,
        template: str,
        version: str = "",
        parameters: Mapping[str, str] | None = None,
        *,
        adopt: bool = False,
    ) -> Project:
        """Provision the project; returns when it is ready to train. ``adopt``: with what an earlier one of the name has left.

        Raises:
            RefusedInput: name, template, version or a parameter is wrong, or the name is taken; nothing was made.
            MlopsError: a resource failed; everything that had been made was removed again.
        """
        project = Project(name, self._aws.account)
        if self.find(name) is not None:
            raise RefusedInput(f"project {name} already exists; 'mlops project upgrade {name}' changes it")
        taken_over = self._free(project, adopt=adopt)
        title, chosen = self._version(template, version)
        given = {**self._checked(title, chosen, parameters or {}), **self._known(title, chosen, taken_over)}
        values = {"SageMakerProjectName": name, "SageMakerProjectId": f"p-{uuid.uuid4().hex[:12]}", **given}
        record = self._catalog.provision_product(
            ProductName=title,
            ProvisioningArtifactName=chosen,
            ProvisionedProductName=name,
            ProvisioningParameters=[{"Key": key, "Value": value} for key, value in values.items()],
            Tags=[{"Key": "mlops:project", "Value": name}],
            ProvisionToken=str(uuid.uuid4()),
        )["RecordDetail"]
        try:
            self._follow(record, f"project {name} was not created")
        except MlopsError as error:
            found = self._in_the_way(name)
            self._terminate(name)
            if not found:
                raise
            left = "somebody else has made what stands in the way: remove it, or choose another name"
            raise MlopsError(f"project {name} was not created: {' '.join(found)} ({left})") from error
        return project

    def left(self, project: Project) -> list[str]:
        """What an earlier project of the name has left, in words.

        Raises:
            RefusedInput: something of that name is nobody's that we know, or a deletion is under way.
        """
        found = remains(self._aws, project)
        asked = look(self._aws, "AWS::SSM::Parameter", project.deletion_parameter)
        if asked is not None and asked.there and self.find(project.name) is None:
            raise RefusedInput(
                f"project {project.name}: its deletion is under way: 'mlops project delete {project.name}' finishes it"
            )
        if found and not had_earlier(self._aws, project.name):
            named = "; ".join(f"{told(*it)} (an administrator removes it: {removal(*it)})" for it in found)
            raise RefusedInput(f"project {project.name}: somebody else has made what stands in the way: {named}")
        return [told(*it) for it in found]

    def _free(self, project: Project, *, adopt: bool) -> set[str]:
        """Parameters of what is taken over; CloudFormation would fail on what is there, and somebody may need it.

        Raises:
            RefusedInput: names what was kept, and what to do.
        """
        kept = self.left(project)
        if kept and not adopt:
            name = project.name
            raise RefusedInput(
                f"project {name}: kept from a deleted project of this name: {', '.join(kept)}; take it over with --adopt, "
                f"or remove it: 'mlops project delete {name} --with-data --delete-repository'"
            )
        there = set(remains(self._aws, project))
        return {parameter for parameter, it in adoptable(project).items() if it in there}

    def _known(self, title: str, version: str, taken_over: set[str]) -> dict[str, str]:
        """Raises RefusedInput where the template's version cannot take things over."""
        missing = taken_over and not (taken_over - {MODELS_FROM}) <= self._parameters(title, version)
        if missing:
            raise RefusedInput(
                f"--version {version}: is older than --adopt; choose a newer one and go back with 'upgrade'"
            )
        return dict.fromkeys(sorted(taken_over & self._parameters(title, version)), KEPT)

    def _in_the_way(self, name: str) -> list[str]:
        """Resources that exist already, in CloudFormation's words: it looks before it makes anything, and tells nobody but who asks."""
        stack = self.get(name).stack
        try:
            events = (
                self._aws.client("cloudformation").describe_events(StackName=stack)["OperationEvents"] if stack else []
            )
        except ClientError:
            return []  # the failure itself is told
        found = [
            it["ValidationStatusReason"] for it in events if it.get("ValidationName") == "NAME_CONFLICT_VALIDATION"
        ]
        return [f"{reason}{_remedy(reason)}" for reason in found]

    def upgrade(self, name: str, version: str = "", parameters: Mapping[str, str] | None = None) -> Provisioned:
        """Bring the project to a version of its template (the newest without ``version``); an older one goes back.

        Raises:
            RefusedInput: no such project, version or parameter. MlopsError: a resource failed; the stack was rolled back.
        """
        current = self.get(name)
        title, chosen = self._version(current.template, version)
        given = self._checked(title, chosen, parameters or {}, updating=True)
        kept = (self._parameters_of(current, title) & self._parameters(title, chosen)) - set(given)
        record = self._catalog.update_provisioned_product(
            ProvisionedProductName=name,
            ProductName=title,
            ProvisioningArtifactName=chosen,
            ProvisioningParameters=[
                *({"Key": key, "UsePreviousValue": True} for key in sorted(kept)),
                *({"Key": key, "Value": value} for key, value in given.items()),
            ],
            UpdateToken=str(uuid.uuid4()),
        )["RecordDetail"]
        self._follow(record, f"project {name} stays at {current.version}")
        return self.get(name)

    def all(self) -> list[Provisioned]:
        """All projects by name."""
        request: dict[str, Any] = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}}
        found: list[Provisioned] = []
        while True:
            answer = self._catalog.search_provisioned_products(**request)
            found += [_provisioned(item) for item in answer["ProvisionedProducts"]]
            if not answer.get("NextPageToken"):
                break
            request["PageToken"] = answer["NextPageToken"]
        return sorted((item for item in found if item.template), key=lambda item: item.name)

    def find(self, name: str) -> Provisioned | None:
        """The project, or None."""
        return next((item for item in self.all() if item.name == name), None)

    def get(self, name: str) -> Provisioned:
        """The project with its stack's parameters.

        Raises:
            RefusedInput: there is none.
        """
        found = self.find(name)
        if found is None:
            raise unknown(name)
        return found

    def resources(self, name: str) -> list[dict[str, Any]]:
        """What the project's stack holds: logical id, type, physical id, status."""
        stack = self.get(name).stack
        pages = self._aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        return [item for page in pages for item in page["StackResourceSummaries"]]

    def delete(self, name: str, reason: str = "", beside: tuple[str, ...] = ()) -> None:
        """Remove the project's stack; what its template keeps stays, until what is ``beside`` the stack goes by ``Deleting``.

        The reason goes into the audit trail.

        Raises:
            RefusedInput: there is none. MlopsError: a resource could not be removed.
        """
        self.get(name)
        self.ask_for_deletion(name, reason, beside)
        self._terminate(name)

    def ask_for_deletion(self, name: str, reason: str, beside: tuple[str, ...]) -> None:
        """Write down why, and what goes beside the stack, for the functions that do it."""
        parameter = Project(name, self._aws.account).deletion_parameter
        asked = Deletion(reason or "no reason given", beside)
        self._aws.client("ssm").put_parameter(Name=parameter, Value=asked.text(), Type="String", Overwrite=True)

    def versions(self, template: str) -> list[str]:
        """Versions of a template, oldest first.

        Raises:
            RefusedInput: there is no such template, or no access to it.
        """
        known = titles()
        if template not in known:
            raise RefusedInput(f"--template {template}: must be one of {', '.join(known)}")
        try:
            answer = self._catalog.describe_product(Name=known[template])
        except self._catalog.exceptions.ResourceNotFoundException:
            raise RefusedInput(f"template {template}: not in the catalog; 'mlops deploy' puts it there") from None
        found = sorted(answer["ProvisioningArtifacts"], key=lambda item: (item["CreatedTime"], item["Name"]))
        return [item["Name"] for item in found]

    def _version(self, template: str, version: str) -> tuple[str, str]:
        known = self.versions(template)
        if version and version not in known:
            raise RefusedInput(f"--version {version}: template {template} has {', '.join(known)}")
        return titles()[template], version or max(known, key=lambda name: (len(name), name))

    def _parameters_of(self, project: Provisioned, title: str) -> set[str]:
        """What the project was made with; its stack tells where the catalog has its version no more, one under development."""
        if project.version:
            return self._parameters(title, project.version)
        stack = self._aws.client("cloudformation").describe_stacks(StackName=project.stack)["Stacks"][0]
        return {item["ParameterKey"] for item in stack.get("Parameters", [])}

    def _parameters(self, title: str, version: str) -> set[str]:
        answer = self._catalog.describe_provisioning_parameters(ProductName=title, ProvisioningArtifactName=version)
        return {item["ParameterKey"] for item in answer["ProvisioningArtifactParameters"]}

    def _checked(
        self, title: str, version: str, given: Mapping[str, str], *, updating: bool = False
    ) -> Mapping[str, str]:
        """The parameters, refused where the template does not have them or does not allow the value."""
        answer = self._catalog.describe_provisioning_parameters(ProductName=title, ProvisioningArtifactName=version)
        known = {item["ParameterKey"]: item for item in answer["ProvisioningArtifactParameters"]}
        choosable = [name for name in known if name not in _SET_BY_US]
        for name, value in given.items():
            if name not in choosable:
                raise RefusedInput(f"--param {name}: the template has {', '.join(choosable)}")
            allowed = known[name].get("ParameterConstraints", {}).get("AllowedValues")
            if allowed and value not in allowed:
                raise RefusedInput(f"--param {name}: must be one of {', '.join(allowed)}")
        missing = [name for name in choosable if "DefaultValue" not in known[name] and name not in given]
        if missing and not updating:
            raise RefusedInput(f"--param {missing[0]}=... is missing: {known[missing[0]].get('Description', '')}")
        return given

    def _terminate(self, name: str) -> None:
        """What is under way, by a command that was interrupted, comes to its end first."""
        while (found := self.find(name)) is not None and found.status in {"UNDER_CHANGE", "PLAN_IN_PROGRESS"}:
            detail = self._catalog.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
            self._ended(self._catalog.describe_record(Id=detail["LastRecordId"])["RecordDetail"], f"project {name}")
        if found is None:
            return
        record = self._catalog.terminate_provisioned_product(
            ProvisionedProductName=name, TerminateToken=str(uuid.uuid4())
        )["RecordDetail"]
        self._follow(record, f"project {name} was not removed")

    def _follow(self, record: Mapping[str, Any], otherwise: str) -> None:
        record = self._ended(record, otherwise)
        if record["Status"] != "SUCCEEDED":
            reasons = "; ".join(error.get("Description", "") for error in record.get("RecordErrors", []))
            raise MlopsError(f"{otherwise}: {' '.join(reasons.split())}")

    def _ended(self, record: Mapping[str, Any], otherwise: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + _TIMEOUT
        while record["Status"] in _UNDER_WAY:
            if time.monotonic() > deadline:
                raise MlopsError(f"{otherwise}: not done within {_TIMEOUT / 60:.0f} minutes")
            time.sleep(self._interval)
            record = self._catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
        return record


def _remedy(reason: str) -> str:
    """The administrator's command that removes what CloudFormation has found."""
    match = _TAKEN.search(reason)
    command = removal(match[1], match[2]) if match else ""
    return f" (an administrator removes it: {command})" if command else ""


def _provisioned(item: Mapping[str, Any]) -> Provisioned:
    templates = {title: key for key, title in titles().items()}
    return Provisioned(
        name=item["Name"],
        template=templates.get(item.get("ProductName", ""), ""),
        version=item.get("ProvisioningArtifactName", ""),
        status=item["Status"],
        stack=item.get("PhysicalId", ""),
        message=item.get("StatusMessage", ""),
    )
