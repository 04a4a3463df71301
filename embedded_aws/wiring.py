"""The services of one account, wired to each other and to MiniStack."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_aws.box.view import box_of, problem
from embedded_aws.codebuild import service as codebuild
from embedded_aws.codecommit import service as codecommit
from embedded_aws.codecommit.git_http import GitHttp
from embedded_aws.codepipeline import service as codepipeline
from embedded_aws.codepipeline.executions import Executions
from embedded_aws.codepipeline.open_jobs import OpenJobs
from embedded_aws.codepipeline.runners import Runners
from embedded_aws.door import Inside
from embedded_aws.host import Host
from embedded_aws.ministack import (
    account,
    custom_resources,
    events,
    identities,
    installation,
    keys,
    networks,
    persistence,
    projects,
    queries,
    resources,
)
from embedded_aws.ministack.hooks import Hooks
from embedded_aws.ministack.keeper import Keeper
from embedded_aws.ministack.object_bodies import ObjectFiles
from embedded_aws.ministack.services import Own
from embedded_aws.sagemaker import service as sagemaker
from embedded_aws.service import Background, Call, Document, Outside
from embedded_aws.servicecatalog import service as servicecatalog
from embedded_aws.settings import Settings
from embedded_aws.store import DocumentStore

ACCOUNT, REGION = "000000000000", "us-east-1"


@dataclass(frozen=True)
class Wired:
    """What begins when the endpoint answers, what lies behind the door, what of MiniStack was replaced, what keeps its state."""

    services: Sequence[Background]
    inside: Inside
    hooks: Hooks
    keeper: Keeper


def wire(state: Path, settings: Settings, root_secret: str) -> Wired:
    """Make the services with their state in a folder, and serve them inside MiniStack; its roots sign with ``root_secret``."""
    store = DocumentStore(state / "state" / "infrastructure.sqlite")
    outside = Outside(
        identities.trusted_session("sagemaker.amazonaws.com"),
        identities.require,
        networks.describe,
        keys.grant,
        keys.ensure_usable,
    )
    training = sagemaker.SageMaker(state, events.emitter("aws.sagemaker"), outside, settings)
    catalog = servicecatalog.ServiceCatalog(
        store,
        account.read_object_of,
        ACCOUNT,
        identities.trusted_session("servicecatalog.amazonaws.com"),
        identities.require,
    )
    code = codecommit.CodeCommit(store, state / "state" / "git", events.emitter("aws.codecommit"))
    box = None if problem() else box_of(state, settings.libraries)
    building = codebuild.CodeBuild(
        store,
        state / "builds",
        events.emitter("aws.codebuild"),
        identities.role_session,
        projects.find,
        projects.operate,
        code.archive,
        box,
    )
    delivering = _codepipeline(store, code, building)
    own = [
        Own(Host(training, identities.require_passed), sagemaker.resource_arn),
        Own(Host(catalog), servicecatalog.resource_arn),
        Own(Host(code), codecommit.resource_arn),
        Own(Host(building, identities.require_passed), codebuild.resource_arn),
        Own(Host(delivering, identities.require_passed), codepipeline.resource_arn),
    ]
    hosts = {item.name: item.host for item in own}
    targets = {"codepipeline": _delivery(delivering), "sagemaker": _training(hosts["sagemaker"])}
    asked, touched, files = queries.Queries(), persistence.Touched(), ObjectFiles()
    hooks = installation.install(
        own,
        targets,
        resources.contexts(_calls(hosts), code.seed),
        root_secret,
        box=box,
        asked=asked,
        touched=touched,
        files=files,
    )
    services = (training, asked, account.Bootstrap(ACCOUNT, REGION), catalog, code, building, delivering)
    git = GitHttp(code, identities.authorize)
    return Wired(
        services,
        Inside(persistence.application(), git, identities.secret_of, custom_resources.deliver),
        hooks,
        Keeper(state / "state", touched, files),
    )


def _codepipeline(
    store: DocumentStore, code: codecommit.CodeCommit, building: codebuild.CodeBuild
) -> codepipeline.CodePipeline:
    jobs = OpenJobs()
    executions = Executions(
        store, Runners(code, building, jobs), events.emitter("aws.codepipeline"), identities.role_session
    )
    return codepipeline.CodePipeline(store, executions, jobs)


def _calls(hosts: dict[str, Host]) -> resources.RunOperation:
    def call(service: str, operation: str, params: Document, caller: tuple[str, str, str]) -> Document:
        return hosts[service].call(operation, params, caller)

    return call


def _delivery(pipelines: codepipeline.CodePipeline) -> events.Target:
    """A rule's target that is a delivery pipeline."""

    def start(arn: str, given: Document, account_id: str, region: str) -> None:
        caller = _allowed(arn, given, "codepipeline:StartPipelineExecution", account_id, region)
        call = Call("StartPipelineExecution", {}, *caller)
        pipelines.start_by_rule(arn.rsplit(":", 1)[-1], given["Input"], given["Rule"], call)

    return start


def _training(host: Host) -> events.Target:
    """A rule's target that is a SageMaker pipeline; its parameters stand in the target."""

    def start(arn: str, given: Document, account_id: str, region: str) -> None:
        caller = _allowed(arn, given, "sagemaker:StartPipelineExecution", account_id, region)
        parameters = given["Target"].get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
        request: dict[str, Any] = {
            "PipelineName": arn.rsplit("/", 1)[-1],
            "PipelineParameters": parameters,
            "ClientRequestToken": uuid.uuid4().hex,
        }
        host.call("StartPipelineExecution", request, caller)

    return start


def _allowed(arn: str, given: Document, action: str, account_id: str, region: str) -> tuple[str, str, str]:
    """The caller that a rule's role makes; ServiceError where the role may not do it."""
    role = given["Target"].get("RoleArn", "")
    identities.require_role(role, action, arn, account_id, region)
    return account_id, region, identities.session_arn(role, "events")
