"""Services that hold what templates make, and CloudFormation's way to them; a bootstrapped account as ``cdk bootstrap`` leaves it."""

import uuid
from pathlib import Path
from typing import Any

from mlops.embedded import engine_delivery, engine_gaps, engine_types, ministack
from mlops.embedded.code import builds, delivery, repositories
from mlops.embedded.code.actions import Runners
from mlops.embedded.code.executions import Executions
from mlops.embedded.code.http import GitHttp
from mlops.embedded.code.jobs import OpenJobs
from mlops.embedded.host import Host
from mlops.embedded.service import Call, Service
from mlops.embedded.servicecatalog import service as catalog
from mlops.embedded.store import DocumentStore

ACCOUNT, REGION = "000000000000", "us-east-1"
ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_BOOTSTRAP_VERSION = "30"

HOSTS: dict[str, Host] = {}  # by service, SageMaker's included
GIT: list[GitHttp] = []  # what serves /git/


class Bootstrap:
    """What has to be in an account before CDK's stacks can be deployed: the assets bucket and the version parameter."""

    name = "bootstrap"

    def start(self, endpoint: str) -> None:  # noqa: ARG002 (every service gets it)
        """Make both where they are missing; in process, when the kept state has been read."""
        from ministack.core.responses import request_scope
        from ministack.services import s3
        from ministack.services.cloudformation import provisioners

        handlers = provisioners._RESOURCE_HANDLERS
        with request_scope(ACCOUNT, REGION):
            if ASSETS in s3._buckets:
                return
            handlers["AWS::S3::Bucket"]["create"]("Assets", {"BucketName": ASSETS}, "CDKToolkit")
            parameter = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": _BOOTSTRAP_VERSION}
            handlers["AWS::SSM::Parameter"]["create"]("Version", parameter, "CDKToolkit")

    def close(self) -> None:
        """Nothing to stop."""


def register(state: Path) -> list[Service]:
    """Serve Service Catalog, CodeCommit, CodeBuild and CodePipeline, and give CloudFormation their types."""
    ministack.trust_loopback()
    store = DocumentStore(state / "state" / "infrastructure.sqlite")
    repositories_service = repositories.CodeCommit(store, state / "state" / "git", engine_delivery.put_event)
    GIT.append(GitHttp(repositories_service, engine_delivery.authorize))
    building = builds.CodeBuild(
        store,
        state / "builds",
        engine_delivery.put_event,
        ministack.role_session,
        engine_delivery.build_project,
        engine_delivery.project_operation,
        repositories_service.archive,
    )
    jobs = OpenJobs()
    runners = Runners(repositories_service, building, jobs)
    delivering = delivery.CodePipeline(
        store, Executions(store, runners, engine_delivery.put_event, ministack.role_session), jobs
    )
    served: list[tuple[Service, ministack.ResourceArn]] = [
        (catalog.ServiceCatalog(store, _read, ACCOUNT), catalog.resource_arn),
        (repositories_service, repositories.resource_arn),
        (building, builds.resource_arn),
        (delivering, delivery.resource_arn),
    ]
    for service, resource_arn in served:
        HOSTS[service.name] = ministack.register(service, resource_arn)
    engine_delivery.deliver_to({"codepipeline": _deliver(delivering), "sagemaker": _train})
    engine_gaps.provide()
    engine_types.provide(_call, repositories_service.seed)
    return [Bootstrap(), *(service for service, _ in served)]  # type: ignore[list-item]


def _call(service: str, operation: str, params: dict[str, Any], caller: tuple[str, str, str]) -> dict[str, Any]:
    return HOSTS[service].call(operation, params, caller)


def _read(bucket: str, key: str, account: str, region: str) -> bytes:
    from ministack.core.responses import request_scope

    with request_scope(account, region):
        return engine_types.read_object(bucket, key)


def _deliver(pipelines: delivery.CodePipeline) -> engine_delivery.Target:
    """A rule's target that is a delivery pipeline."""

    def start(arn: str, given: dict[str, Any], account: str, region: str) -> None:
        role = given["Target"].get("RoleArn", "")
        engine_delivery.require_role(role, "codepipeline:StartPipelineExecution", arn, account, region)
        call = Call("StartPipelineExecution", {}, account, region, engine_delivery.session_arn(role, "events"))
        pipelines.start_by_rule(arn.rsplit(":", 1)[-1], given["Input"], given["Rule"], call)

    return start


def _train(arn: str, given: dict[str, Any], account: str, region: str) -> None:
    """A rule's target that is a SageMaker pipeline; its parameters stand in the target."""
    role = given["Target"].get("RoleArn", "")
    engine_delivery.require_role(role, "sagemaker:StartPipelineExecution", arn, account, region)
    parameters = given["Target"].get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    request = {
        "PipelineName": arn.rsplit("/", 1)[-1],
        "PipelineParameters": parameters,
        "ClientRequestToken": uuid.uuid4().hex,
    }
    caller = (account, region, engine_delivery.session_arn(role, "events"))
    HOSTS["sagemaker"].call("StartPipelineExecution", request, caller)
