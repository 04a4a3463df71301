"""Projects through Service Catalog: create from a template version, list, show, upgrade and go back, delete."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from mlops.aws import Aws
from mlops.bundled.deletion import Deletion
from mlops.errors import MlopsError, RefusedInput
from mlops.projects.kept import kept_of
from mlops.projects.names import Project, unknown
from mlops.projects.products import titles

_TIMEOUT = 1800.0  # seconds
_SET_BY_US = {"SageMakerProjectName", "SageMakerProjectId", "CodePackage"}


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
        self, name: str, template: str, version: str = "", parameters: Mapping[str, str] | None = None
    ) -> Project:
        """Provision the project; returns when it is ready to train.

        Raises:
            RefusedInput: name, template, version or a parameter is wrong, or the name is taken; nothing was made.
            MlopsError: a resource failed; everything that had been made was removed again.
        """
        project = Project(name, self._aws.account)
        if self.find(name) is not None:
            raise RefusedInput(f"project {name} already exists; 'mlops project upgrade {name}' changes it")
        self._require_free(project)
        title, chosen = self._version(template, version)
        given = self._checked(title, chosen, parameters or {})
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

    def _require_free(self, project: Project) -> None:
        """Nothing that an earlier project of the name has left: CloudFormation would fail on it, and somebody may need it.

        Raises:
            RefusedInput: names what was kept.
        """
        kept = kept_of(self._aws, project)
        if kept:
            raise RefusedInput(
                f"project {project.name}: kept from a deleted project of this name: {', '.join(kept)}; choose another name, "
                "or have an administrator remove these"
            )

    def _in_the_way(self, name: str) -> list[str]:
        """Resources that exist already, in CloudFormation's words: it looks before it makes anything, and tells nobody but who asks."""
        stack = self.get(name).stack
        try:
            events = (
                self._aws.client("cloudformation").describe_events(StackName=stack)["OperationEvents"] if stack else []
            )
        except ClientError:
            return []  # the failure itself is told
        return [it["ValidationStatusReason"] for it in events if it.get("ValidationName") == "NAME_CONFLICT_VALIDATION"]

    def upgrade(self, name: str, version: str = "", parameters: Mapping[str, str] | None = None) -> Provisioned:
        """Bring the project to a version of its template (the newest without ``version``); an older one goes back.

        Raises:
            RefusedInput: no such project, version or parameter. MlopsError: a resource failed; the stack was rolled back.
        """
        current = self.get(name)
        title, chosen = self._version(current.template, version)
        given = self._checked(title, chosen, parameters or {}, updating=True)
        kept = (self._parameters(title, current.version) & self._parameters(title, chosen)) - set(given)
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

    def delete(self, name: str, reason: str = "", *, repository: bool = False) -> None:
        """Remove the project's stack; what its template keeps (data, model versions) stays. The reason goes into the audit trail.

        ``repository``: its repository of CodeCommit goes too, by the hand of the project's own function.

        Raises:
            RefusedInput: there is none. MlopsError: a resource could not be removed.
        """
        self.get(name)
        parameter = Project(name, self._aws.account).deletion_parameter
        asked = Deletion(reason or "no reason given", repository)
        self._aws.client("ssm").put_parameter(Name=parameter, Value=asked.text(), Type="String", Overwrite=True)
        self._terminate(name)

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
        record = self._catalog.terminate_provisioned_product(
            ProvisionedProductName=name, TerminateToken=str(uuid.uuid4())
        )["RecordDetail"]
        self._follow(record, f"project {name} was not removed")

    def _follow(self, record: Mapping[str, Any], otherwise: str) -> None:
        deadline = time.monotonic() + _TIMEOUT
        while record["Status"] in {"CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"}:
            if time.monotonic() > deadline:
                raise MlopsError(f"{otherwise}: not done within {_TIMEOUT / 60:.0f} minutes")
            time.sleep(self._interval)
            record = self._catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
        if record["Status"] != "SUCCEEDED":
            reasons = "; ".join(error.get("Description", "") for error in record.get("RecordErrors", []))
            raise MlopsError(f"{otherwise}: {' '.join(reasons.split())}")


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
