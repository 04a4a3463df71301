"""Deploy the assembly by CloudFormation's API alone: no Node.js, no CDK command line; the same calls here and in AWS."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from mlops.aws import Aws, listed
from mlops.errors import MlopsError, RefusedInput
from mlops.platform.assembly import Assembly, Stack
from mlops.platform.recovery import Recovery
from mlops.platform.region import require_region
from mlops.projects.names import STUDIO_TEMPLATES

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
_SHELLS = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}  # what a failed or cut-off creation leaves
_AS_IT_WAS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
_TIMEOUT = 3600.0  # seconds
Listener = Callable[[str, str], None]  # stack, what happened


class Deployer:
    """Deploys and destroys the platform's stacks as one identity."""

    def __init__(self, aws: Aws, interval: float = 0.1, role: str = "") -> None:
        """``role``: name of the role that CloudFormation acts as; without it, it acts as the caller."""
        self._aws, self._interval = aws, interval
        self._role = {"RoleARN": f"arn:aws:iam::{aws.account}:role/{role}"} if role else {}
        self._cloudformation, self._s3 = aws.client("cloudformation"), aws.client("s3")
        self._bucket = f"cdk-hnb659fds-assets-{aws.account}-{aws.region}"

    def deploy(self, assembly: Assembly, tell: Listener = lambda *_: None) -> None:
        """Upload assets, then create or update each stack: all of them, or none.

        Raises:
            RefusedInput: the account is not bootstrapped, or the platform is in another region of it.
            MlopsError: a resource failed; its stack was rolled back, and those updated before it were taken back too.
        """
        if all(self._status(stack.name) in {None, *_SHELLS} for stack in assembly.stacks):
            require_region(self._aws)
        self._require_bootstrap()
        self._upload({**assembly.assets, **{_key(stack): stack.template.encode() for stack in assembly.stacks}})
        updated: list[Stack] = []
        for stack in assembly.stacks:
            before = self._as_it_is(stack)
            try:
                outcome = self._deploy(stack)
            except MlopsError:
                self._take_back(updated, tell)
                raise
            updated += [before] if before and outcome == "updated" else []
            tell(stack.name, outcome)
        self._offer_in_studio(assembly)

    def _as_it_is(self, stack: Stack) -> Stack | None:
        """The stack as it is deployed now; None where there is none to go back to."""
        status = self._status(stack.name)
        if status is None or status in _SHELLS:
            return None
        template = self._cloudformation.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"]
        text = template if isinstance(template, str) else json.dumps(template)
        tags = {item["Key"]: item["Value"] for item in self._describe(stack.name).get("Tags", [])}
        return replace(stack, template=text, tags=tags)

    def _take_back(self, stacks: list[Stack], tell: Listener) -> None:
        """Latest first: what a later stack needs of an earlier one is there still."""
        self._upload({_key(stack): stack.template.encode() for stack in stacks})
        for stack in reversed(stacks):
            self._deploy(stack)
            tell(stack.name, "taken back")

    def _offer_in_studio(self, assembly: Assembly) -> None:
        """The products' templates once more as Studio's S3-hosted ones: shown for their tag; they have no versions there."""
        bucket = f"{STUDIO_TEMPLATES}-{self._aws.account}"
        for key, template in assembly.products.items():
            self._s3.put_object(
                Bucket=bucket, Key=f"{key}.yaml", Body=template.encode(), Tagging="sagemaker%3Astudio-visibility=true"
            )

    def destroy(self, assembly: Assembly, tell: Listener = lambda *_: None) -> None:
        """Delete the stacks, dependents first; what holds data is kept by its own policy.

        Raises:
            MlopsError: something is still in use, for example by a project; nothing that others use is deleted.
        """
        for stack in reversed(assembly.stacks):
            if self._status(stack.name) is None:
                continue
            if stack.protected:
                self._cloudformation.update_termination_protection(
                    StackName=stack.name, EnableTerminationProtection=False
                )
            id_ = self._describe(stack.name)["StackId"]
            self._cloudformation.delete_stack(StackName=stack.name)
            self._wait(id_, "DELETE_COMPLETE")
            tell(stack.name, "deleted")

    def in_use(self, assembly: Assembly) -> dict[str, list[str]]:
        """Stacks beyond the assembly that import from it, by export."""
        own = {stack.name for stack in assembly.stacks}
        found = {export: self._importers(export) - own for export in self._exports(own)}
        return {export: sorted(names) for export, names in found.items() if names}

    def _exports(self, own: set[str]) -> Iterator[str]:
        for page in self._cloudformation.get_paginator("list_exports").paginate():
            for item in page["Exports"]:
                if item["ExportingStackId"].split("/")[1] in own:
                    yield item["Name"]

    def _importers(self, export: str) -> set[str]:
        from botocore.exceptions import ClientError

        try:
            pages = self._cloudformation.get_paginator("list_imports").paginate(ExportName=export)
            return {name for page in pages for name in page["Imports"]}
        except ClientError:  # CloudFormation's answer where nothing imports it
            return set()

    def _require_bootstrap(self) -> None:
        ssm = self._aws.client("ssm")
        try:
            ssm.get_parameter(Name=_BOOTSTRAP)
        except ssm.exceptions.ParameterNotFound:
            where = f"aws://{self._aws.account}/{self._aws.region}"
            raise RefusedInput(f"{where} is not bootstrapped: run 'npx cdk bootstrap {where}' once") from None

    def _upload(self, wanted: Mapping[str, bytes]) -> None:
        known = self._known()
        missing = {key: body for key, body in wanted.items() if key not in known}
        with ThreadPoolExecutor(8) as pool:
            puts = [
                pool.submit(self._s3.put_object, Bucket=self._bucket, Key=key, Body=body)
                for key, body in missing.items()
            ]
            for put in puts:
                put.result()

    def _known(self) -> set[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    def _deploy(self, stack: Stack) -> str:
        status = self._status(stack.name)
        if status in _SHELLS:  # a creation that failed left an empty shell
            id_ = self._describe(stack.name)["StackId"]
            self._cloudformation.delete_stack(StackName=stack.name)
            self._wait(id_, "DELETE_COMPLETE")
            status = None
        recovered = status is None and self._recover(stack)
        created = status is None and not recovered
        change_set = self._change_set(stack, "CREATE" if created else "UPDATE", TemplateURL=self._url(_key(stack)))
        if change_set is None:
            return "unchanged"
        self._cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=change_set)
        self._wait(stack.name, "CREATE_COMPLETE" if created else "UPDATE_COMPLETE")
        if stack.protected and status is None:
            self._cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=True)
        return "recreated around what was kept" if recovered else "created" if created else "updated"

    def _recover(self, stack: Stack) -> bool:
        """Import what an earlier deletion kept; False where there is nothing."""
        found = Recovery(self._aws).imports(stack.template)
        if found is None:
            return False
        change_set = self._change_set(stack, "IMPORT", TemplateBody=found[0], ResourcesToImport=found[1])
        self._cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=change_set)
        self._wait(stack.name, "IMPORT_COMPLETE")
        return True

    def _change_set(self, stack: Stack, kind: str, **template: Any) -> str | None:
        """ARN of a change set that is ready; None where nothing would change."""
        id_ = self._cloudformation.create_change_set(
            StackName=stack.name,
            ChangeSetName=f"deploy-{int(time.time() * 1000)}",
            ChangeSetType=kind,
            Capabilities=_CAPABILITIES,
            **self._role,
            **(
                {}
                if kind == "IMPORT"
                else {"Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()]}
            ),
            **template,
        )["Id"]
        while True:
            answer = self._cloudformation.describe_change_set(StackName=stack.name, ChangeSetName=id_)
            if answer["Status"] == "CREATE_COMPLETE":
                return str(id_)
            if answer["Status"] == "FAILED":
                self._cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=id_)
                reason = answer.get("StatusReason", "")
                if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                    return None
                raise MlopsError(f"stack {stack.name}: {reason}")
            time.sleep(self._interval)

    def _url(self, key: str) -> str:
        return f"{self._s3.meta.endpoint_url.rstrip('/')}/{self._bucket}/{key}"

    def _describe(self, name: str) -> dict[str, Any]:
        return dict(self._cloudformation.describe_stacks(StackName=name)["Stacks"][0])

    def _status(self, name: str) -> str | None:
        from botocore.exceptions import ClientError

        try:
            return str(self._describe(name)["StackStatus"])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _wait(self, name: str, wanted: str) -> None:
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            status = self._describe(name)["StackStatus"]
            if status == wanted:
                return
            if not status.endswith("_IN_PROGRESS"):
                raise MlopsError(f"stack {name}: {status}: {self._reason(name)}")
            time.sleep(self._interval)
        raise MlopsError(f"stack {name}: not done within {_TIMEOUT / 60:.0f} minutes")

    def _reason(self, name: str) -> str:
        """Why the newest operation failed, in one line: by its first failed resource, or by the stack where all was refused."""
        stack = self._describe(name)
        if stack["StackStatus"] in _AS_IT_WAS:
            return str(stack.get("StackStatusReason", "no reason given"))
        events = listed(self._cloudformation, "describe_stack_events", "StackEvents", StackName=name)
        failed = [item for item in events if item["ResourceStatus"].endswith("_FAILED")]
        own = [item for item in failed if item["ResourceType"] != "AWS::CloudFormation::Stack"] or failed
        if not own:
            return str(stack.get("StackStatusReason", "no reason given"))
        reason = " ".join(own[-1].get("ResourceStatusReason", "").split())
        return f"{own[-1]['LogicalResourceId']} ({own[-1]['ResourceType']}): {reason}"


def _key(stack: Stack) -> str:
    return f"{hashlib.sha256(stack.template.encode()).hexdigest()}.json"
