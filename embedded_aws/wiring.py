"""Services that hold what templates make, and CloudFormation's way to them; a bootstrapped account as ``cdk bootstrap`` leaves it."""

import uuid
from pathlib import Path
from typing import Any

from embedded_aws.codebuild import service as codebuild
from embedded_aws.codecommit import repositories
from embedded_aws.codecommit.git_http import GitHttp
from embedded_aws.codepipeline import service as codepipeline
from embedded_aws.codepipeline.actions import Runners
from embedded_aws.codepipeline.executions import Executions
from embedded_aws.codepipeline.open_jobs import OpenJobs
from embedded_aws.host import Host
from embedded_aws.ministack import events, gaps, requests, resource_types
from embedded_aws.service import Call, Service
from embedded_aws.servicecatalog import service as catalog
from embedded_aws.store import DocumentStore

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
    requests.trust_loopback()
    store = DocumentStore(state / "state" / "infrastructure.sqlite")
    repositories_service = repositories.CodeCommit(store, state / "state" / "git", events.put_event)
    GIT.append(GitHttp(repositories_service, events.authorize))
    building = codebuild.CodeBuild(
        store,
        state / "builds",
        events.put_event,
        requests.role_session,
        events.build_project,
        events.project_operation,
        repositories_service.archive,
    )
    jobs = OpenJobs()
    runners = Runners(repositories_service, building, jobs)
    delivering = codepipeline.CodePipeline(
        store, Executions(store, runners, events.put_event, requests.role_session), jobs
    )
    served: list[tuple[Service, requests.ResourceArn]] = [
        (catalog.ServiceCatalog(store, _read, ACCOUNT), catalog.resource_arn),
        (repositories_service, repositories.resource_arn),
        (building, codebuild.resource_arn),
        (delivering, codepipeline.resource_arn),
    ]
    for service, resource_arn in served:
        HOSTS[service.name] = requests.register(service, resource_arn)
    events.deliver_to({"codepipeline": _deliver(delivering), "sagemaker": _train})
    gaps.provide()
    resource_types.provide(_call, repositories_service.seed)
    return [Bootstrap(), *(service for service, _ in served)]  # type: ignore[list-item]


def _call(service: str, operation: str, params: dict[str, Any], caller: tuple[str, str, str]) -> dict[str, Any]:
    return HOSTS[service].call(operation, params, caller)


def _read(bucket: str, key: str, account: str, region: str) -> bytes:
    from ministack.core.responses import request_scope

    with request_scope(account, region):
        return resource_types.read_object(bucket, key)


def _deliver(pipelines: codepipeline.CodePipeline) -> events.Target:
    """A rule's target that is a delivery pipeline."""

    def start(arn: str, given: dict[str, Any], account: str, region: str) -> None:
        role = given["Target"].get("RoleArn", "")
        events.require_role(role, "codepipeline:StartPipelineExecution", arn, account, region)
        call = Call("StartPipelineExecution", {}, account, region, events.session_arn(role, "events"))
        pipelines.start_by_rule(arn.rsplit(":", 1)[-1], given["Input"], given["Rule"], call)

    return start


def _train(arn: str, given: dict[str, Any], account: str, region: str) -> None:
    """A rule's target that is a SageMaker pipeline; its parameters stand in the target."""
    role = given["Target"].get("RoleArn", "")
    events.require_role(role, "sagemaker:StartPipelineExecution", arn, account, region)
    parameters = given["Target"].get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    request = {
        "PipelineName": arn.rsplit("/", 1)[-1],
        "PipelineParameters": parameters,
        "ClientRequestToken": uuid.uuid4().hex,
    }
    caller = (account, region, events.session_arn(role, "events"))
    HOSTS["sagemaker"].call("StartPipelineExecution", request, caller)
