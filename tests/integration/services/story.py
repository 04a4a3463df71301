"""One small story a service, in which every operation that the embedded AWS answers itself is called once or more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.delivery.bench import Bench, wait_for
from tests.integration.delivery.line import action, function, line, project, role
from tests.integration.executor.lab import ACCOUNT, IMAGE, ROLE, Lab, definition, processing

_TAGS = [{"Key": "a", "Value": "1"}]
_CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
_SLEEPS = ["python3", "-c", "import time; time.sleep(60)"]
_SERVE = """
def model_fn(folder): return None
def input_fn(body, kind): return body
def predict_fn(given, model): return given
def output_fn(given, accept): return given
"""
Clients = Callable[[str], Any]


def ended(describe: Callable[[], dict[str, Any]], member: str) -> str:
    """Its final status."""
    wait_for(lambda: describe()[member] not in {"InProgress", "Executing", "Stopping"}, member, 60)
    return str(describe()[member])


def registry(sagemaker: Any) -> None:
    """Models, groups and versions, and what is found of them."""
    container = {"Image": IMAGE, "Environment": {"A": "b"}}
    sagemaker.create_model(ModelName="told", PrimaryContainer=container, ExecutionRoleArn=ROLE, Tags=_TAGS)
    sagemaker.describe_model(ModelName="told")
    sagemaker.list_models(NameContains="told")
    group = {"ModelPackageGroupName": "told"}
    sagemaker.create_model_package_group(**group, ModelPackageGroupDescription="d", Tags=_TAGS)
    sagemaker.describe_model_package_group(**group)
    sagemaker.list_model_package_groups()
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    arn = sagemaker.create_model_package(
        **group,
        InferenceSpecification=specification,
        ModelPackageDescription="d",
        CustomerMetadataProperties={"a": "1"},
        ModelMetrics={"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://lab/x"}}},
        MetadataProperties={"GeneratedBy": "story"},
        ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
    )["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="ok")
    sagemaker.describe_model_package(ModelPackageName=arn)
    sagemaker.list_model_packages(**group)
    sagemaker.add_tags(ResourceArn=arn, Tags=_TAGS)
    sagemaker.list_tags(ResourceArn=arn)
    for resource in ("ModelPackage", "ModelPackageGroup", "Model"):
        assert sagemaker.search(Resource=resource)["Results"], resource
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(**group)
    sagemaker.delete_model(ModelName="told")


def features(sagemaker: Any) -> None:
    """A feature group and an MLflow App."""
    definitions = [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "at", "FeatureType": "Fractional"}]
    sagemaker.create_feature_group(
        FeatureGroupName="told",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=definitions,
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://lab/features"}},
        RoleArn=ROLE,
        Description="d",
    )
    sagemaker.update_feature_group(
        FeatureGroupName="told", FeatureAdditions=[{"FeatureName": "n", "FeatureType": "Integral"}]
    )
    sagemaker.describe_feature_group(FeatureGroupName="told")
    sagemaker.describe_feature_metadata(FeatureGroupName="told", FeatureName="n")
    sagemaker.list_feature_groups()
    for resource in ("FeatureGroup", "FeatureMetadata"):
        assert sagemaker.search(Resource=resource)["Results"], resource
    sagemaker.delete_feature_group(FeatureGroupName="told")
    app = sagemaker.create_mlflow_app(Name="told", ArtifactStoreUri="s3://lab/mlflow", RoleArn=ROLE)["Arn"]
    sagemaker.update_mlflow_app(Arn=app, WeeklyMaintenanceWindowStart="Mon:00:00")
    sagemaker.describe_mlflow_app(Arn=app)
    sagemaker.list_mlflow_apps()
    sagemaker.delete_mlflow_app(Arn=app)


def lineage(sagemaker: Any) -> None:
    """An artifact, an action, what connects them."""
    artifact = sagemaker.create_artifact(
        ArtifactName="told", ArtifactType="DataSet", Source={"SourceUri": "s3://lab/x"}, Properties={"a": "1"}
    )["ArtifactArn"]
    made = sagemaker.create_action(
        ActionName="told", ActionType="Import", Source={"SourceUri": "s3://lab/y"}, Status="Completed", Description="d"
    )["ActionArn"]
    ends = {"SourceArn": artifact, "DestinationArn": made}
    sagemaker.add_association(**ends, AssociationType="ContributedTo")
    sagemaker.describe_artifact(ArtifactArn=artifact)
    sagemaker.describe_action(ActionName="told")
    sagemaker.list_artifacts()
    sagemaker.list_actions()
    sagemaker.list_associations(SourceArn=artifact)
    sagemaker.query_lineage(StartArns=[artifact], Direction="Both")
    sagemaker.delete_association(**ends)
    sagemaker.delete_action(ActionName="told")
    sagemaker.delete_artifact(ArtifactArn=artifact)


def jobs(lab: Lab, sagemaker: Any) -> None:
    """Of each kind one that ends, and one that is stopped."""
    lab.put("told/in.csv", "1,2\n")
    image, role_arn = {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", "print('x=1;')"]}, {"RoleArn": ROLE}
    resources = {"ProcessingResources": {"ClusterConfig": _CLUSTER}}
    given = processing("x", [], inputs={"in": lab.uri("told/")}, outputs={"out": lab.uri("told/out")})["Arguments"]
    told = {name: given[name] for name in ("ProcessingInputs", "ProcessingOutputConfig")}
    sagemaker.create_processing_job(
        ProcessingJobName="told", AppSpecification=image, **resources, **role_arn, **told, Environment={"A": "b"}
    )
    sagemaker.create_processing_job(
        ProcessingJobName="long", AppSpecification={**image, "ContainerEntrypoint": _SLEEPS}, **resources, **role_arn
    )
    training = {
        "OutputDataConfig": {"S3OutputPath": lab.uri("told")},
        "ResourceConfig": _CLUSTER,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **role_arn,
    }
    algorithm = {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": image["ContainerEntrypoint"],
    }
    channel = {"S3DataType": "S3Prefix", "S3Uri": lab.uri("told/in.csv"), "S3DataDistributionType": "FullyReplicated"}
    sagemaker.create_training_job(
        TrainingJobName="told",
        AlgorithmSpecification={**algorithm, "MetricDefinitions": [{"Name": "x", "Regex": "x=(.*?);"}]},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}],
        HyperParameters={"a": "1"},
        **training,
    )
    sagemaker.create_training_job(
        TrainingJobName="long", AlgorithmSpecification={**algorithm, "ContainerEntrypoint": _SLEEPS}, **training
    )
    _transforms(lab, sagemaker)
    for kind in ("processing", "training", "transform"):
        describe = getattr(sagemaker, f"describe_{kind}_job")
        name, status = f"{kind.title()}JobName", f"{kind.title()}JobStatus"
        getattr(sagemaker, f"stop_{kind}_job")(**{name: "long"})
        assert ended(lambda it=describe, n=name: it(**{n: "long"}), status) == "Stopped"  # type: ignore[misc]
        final = ended(lambda it=describe, n=name: it(**{n: "told"}), status)  # type: ignore[misc]
        assert final == "Completed", describe(**{name: "told"})
        getattr(sagemaker, f"list_{kind}_jobs")()
    assert sagemaker.search(Resource="TrainingJob")["Results"]


def _transforms(lab: Lab, sagemaker: Any) -> None:
    lab.put("told/code/inference.py", _SERVE)
    lab.put("told/slow/inference.py", _SERVE + "import time; time.sleep(60)\n")
    for name, code in (("told", "code"), ("long", "slow")):
        source = {"S3Uri": lab.uri(f"told/{code}/"), "S3DataType": "S3Prefix", "CompressionType": "None"}
        variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model"}
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}, "Environment": variables},
        )
        data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": lab.uri("told/in.csv")}}
        sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=name,
            TransformInput={"DataSource": data, "ContentType": "text/csv"},
            TransformOutput={"S3OutputPath": lab.uri("told/out")},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )


def pipelines(lab: Lab, sagemaker: Any) -> None:
    """One that fails and is tried again, one that is stopped."""
    fails, sleeps = processing("Fail", ["python3", "-c", "raise ValueError('told')"]), processing("Sleep", _SLEEPS)
    parameters = [{"Name": "P", "Type": "String", "DefaultValue": "x"}]
    made: dict[str, Any] = {"RoleArn": ROLE, "ClientRequestToken": "x" * 32}
    for name, step in (("told", fails), ("long", sleeps)):
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition([step], parameters), **made)
    sagemaker.update_pipeline(PipelineName="told", PipelineDescription="d")
    sagemaker.describe_pipeline(PipelineName="told")
    sagemaker.list_pipelines()
    sagemaker.list_pipeline_versions(PipelineName="told")
    given = [{"Name": "P", "Value": "y"}]
    arns = {
        name: sagemaker.start_pipeline_execution(
            PipelineName=name, PipelineParameters=given, PipelineExecutionDescription="d"
        )["PipelineExecutionArn"]
        for name in ("told", "long")
    }
    told = {"PipelineExecutionArn": arns["told"]}
    sagemaker.update_pipeline_execution(**told, PipelineExecutionDisplayName="shown")
    assert ended(lambda: sagemaker.describe_pipeline_execution(**told), "PipelineExecutionStatus") == "Failed"
    sagemaker.retry_pipeline_execution(**told)
    sagemaker.list_pipeline_executions(PipelineName="told")
    sagemaker.list_pipeline_execution_steps(**told)
    sagemaker.list_pipeline_parameters_for_execution(**told)
    sagemaker.describe_pipeline_definition_for_execution(**told)
    long = {"PipelineExecutionArn": arns["long"]}
    wait_for(lambda: sagemaker.list_pipeline_execution_steps(**long)["PipelineExecutionSteps"], "step")
    sagemaker.stop_pipeline_execution(**long)
    assert ended(lambda: sagemaker.describe_pipeline_execution(**long), "PipelineExecutionStatus") == "Stopped"
    assert ended(lambda: sagemaker.describe_pipeline_execution(**told), "PipelineExecutionStatus") == "Failed"
    for resource in ("Pipeline", "PipelineExecution", "PipelineVersion"):
        assert sagemaker.search(Resource=resource)["Results"], resource
    for name in ("told", "long"):
        sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken="y" * 32)


def catalog(lab: Lab, clients: Clients) -> None:
    """A product, from its portfolio to a stack and back."""
    client = clients("servicecatalog")
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}
    template = {
        "Parameters": {"Name": {"Type": "String", "Default": "told", "Description": "d"}},
        "Resources": {"Topic": topic},
        "Outputs": {"Topic": {"Value": {"Ref": "Topic"}, "Description": "d"}},
    }
    lab.put("told/template.json", json.dumps(template))
    version = {
        "Name": "v1",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Info": {"LoadTemplateFromURL": f"{lab.endpoint}/lab/told/template.json"},
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "servicecatalog.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = lab.client("iam")
    launch = iam.create_role(RoleName="told-launch", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(
        RoleName="told-launch", PolicyName="all", PolicyDocument=json.dumps({"Statement": [everything]})
    )
    portfolio = client.create_portfolio(DisplayName="told", ProviderName="p", Tags=_TAGS, IdempotencyToken="a")
    port = {"PortfolioId": portfolio["PortfolioDetail"]["Id"]}
    client.update_portfolio(Id=port["PortfolioId"], Description="d")
    client.describe_portfolio(Id=port["PortfolioId"])
    client.list_portfolios()
    made = client.create_product(
        Name="told",
        Owner="o",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters=version,
        IdempotencyToken="b",
        Tags=_TAGS,
    )
    product = {"ProductId": made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]}
    first = {"ProvisioningArtifactId": made["ProvisioningArtifactDetail"]["Id"]}
    client.update_product(Id=product["ProductId"], Description="d")
    second = client.create_provisioning_artifact(**product, Parameters={**version, "Name": "v2"}, IdempotencyToken="c")
    client.associate_product_with_portfolio(**product, **port)
    principal = {"PrincipalARN": f"arn:aws:iam::{ACCOUNT}:role/anybody", **port}
    client.associate_principal_with_portfolio(**principal, PrincipalType="IAM")
    constraint = client.create_constraint(
        **product,
        **port,
        Type="LAUNCH",
        Parameters=json.dumps({"RoleArn": launch["Role"]["Arn"]}),
        IdempotencyToken="d",
    )["ConstraintDetail"]["ConstraintId"]
    client.describe_constraint(Id=constraint)
    client.list_constraints_for_portfolio(**port)
    client.list_principals_for_portfolio(**port)
    client.list_portfolios_for_product(**product)
    client.list_launch_paths(**product)
    client.search_products()
    client.search_products_as_admin()
    client.describe_product(Id=product["ProductId"])
    client.describe_product_as_admin(Id=product["ProductId"])
    client.list_provisioning_artifacts(**product)
    client.describe_provisioning_artifact(**product, **first)
    client.describe_provisioning_parameters(**product, **first)
    _provisioned(client, {**product, **first})
    client.delete_constraint(Id=constraint)
    client.disassociate_principal_from_portfolio(**principal)
    client.disassociate_product_from_portfolio(**product, **port)
    client.delete_provisioning_artifact(**product, ProvisioningArtifactId=second["ProvisioningArtifactDetail"]["Id"])
    client.delete_product(Id=product["ProductId"])
    client.delete_portfolio(Id=port["PortfolioId"])


def _provisioned(client: Any, chosen: dict[str, str]) -> None:
    def done(record: dict[str, Any]) -> None:
        id_ = record["RecordDetail"]["RecordId"]
        wait_for(
            lambda: client.describe_record(Id=id_)["RecordDetail"]["Status"] not in {"CREATED", "IN_PROGRESS"}, id_
        )
        assert client.describe_record(Id=id_)["RecordDetail"]["Status"] == "SUCCEEDED", client.describe_record(Id=id_)

    made = client.provision_product(**chosen, ProvisionedProductName="told", ProvisionToken="e", Tags=_TAGS)
    done(made)
    named = {"ProvisionedProductId": made["RecordDetail"]["ProvisionedProductId"]}
    client.describe_provisioned_product(Id=named["ProvisionedProductId"])
    client.get_provisioned_product_outputs(**named)
    client.search_provisioned_products()
    client.scan_provisioned_products()
    done(client.update_provisioned_product(**named, **chosen, UpdateToken="f"))
    client.list_record_history()
    done(client.terminate_provisioned_product(**named, TerminateToken="g"))


def code(lab: Lab, clients: Clients, folder: Path) -> None:
    """A repository, builds, and a delivery pipeline whose stages wait for people and programs."""
    bench = Bench(lab.running, folder)
    lab.s3.create_bucket(Bucket="artifacts")
    commits, builds, lines = (clients(it) for it in ("codecommit", "codebuild", "codepipeline"))
    commits.create_repository(repositoryName="apart", repositoryDescription="d", tags={"a": "1"})
    _builds(bench, builds)
    function(bench, "told-open", _OPEN)
    stages = [
        {"name": "Gate", "actions": [action("Approval", "Manual")]},
        {"name": "Job", "actions": [action("Invoke", "Lambda", configuration={"FunctionName": "told-open"})]},
    ]
    of = line(bench, "told", stages, folder)
    id_ = of.push("first", readme="x")
    repository = {"repositoryName": "told"}
    commits.get_repository(**repository)
    commits.list_repositories()
    commits.get_branch(**repository, branchName="main")
    commits.list_branches(**repository)
    commits.get_commit(**repository, commitId=id_)
    commits.get_folder(**repository, folderPath="/")
    commits.list_tags_for_resource(resourceArn=f"arn:aws:codecommit:us-east-1:{ACCOUNT}:apart")
    commits.update_repository_description(**repository, repositoryDescription="e")
    commits.delete_repository(repositoryName="apart")
    _delivered(lab, lines)


def _builds(bench: Bench, client: Any) -> None:
    project(bench, "unused", "version: 0.2", role(bench, "told-build-role"))
    spec = "version: 0.2\nphases:\n  build:\n    commands: [sleep 60]\n"
    environment = {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"}
    source = {"type": "NO_SOURCE", "buildspec": spec}
    role_arn = role(bench, "told-builder")
    made = {"source": source, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": environment}
    client.create_project(name="told", **made, serviceRole=role_arn, description="d", tags=[{"key": "a", "value": "1"}])
    client.update_project(name="told", description="e")
    client.batch_get_projects(names=["told", "nobody"])
    client.list_projects()
    id_ = client.start_build(projectName="told")["build"]["id"]
    wait_for(lambda: client.batch_get_builds(ids=[id_])["builds"][0]["currentPhase"] == "BUILD", "phase")
    client.stop_build(id=id_)
    wait_for(lambda: client.batch_get_builds(ids=[id_])["builds"][0]["buildStatus"] == "STOPPED", "stop")
    client.list_builds()
    client.list_builds_for_project(projectName="told")
    client.delete_project(name="told")


_OPEN = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="artifacts", Key="jobs/" + event["CodePipeline.job"]["id"], Body=b"")
"""


def _delivered(lab: Lab, client: Any) -> None:
    pipeline = client.get_pipeline(name="told")["pipeline"]
    client.update_pipeline(pipeline=pipeline)
    client.create_pipeline(pipeline={**pipeline, "name": "spare"}, tags=[{"key": "a", "value": "1"}])
    client.list_pipelines()
    client.list_tags_for_resource(resourceArn=f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:spare")
    execution = client.start_pipeline_execution(name="told")["pipelineExecutionId"]
    _approve(client)
    client.put_job_failure_result(jobId=_job(lab, 1), failureDetails={"type": "JobFailed", "message": "told"})
    shown = {"pipelineName": "told", "pipelineExecutionId": execution}

    def status() -> str:
        return str(client.get_pipeline_execution(**shown)["pipelineExecution"]["status"])

    wait_for(lambda: status() == "Failed", "failure")
    client.retry_stage_execution(**shown, stageName="Job", retryMode="FAILED_ACTIONS")
    client.put_job_success_result(jobId=_job(lab, 2), outputVariables={"a": "1"})
    wait_for(lambda: status() == "Succeeded", "success")
    client.list_pipeline_executions(pipelineName="told")
    client.list_action_executions(pipelineName="told")
    client.get_pipeline_state(name="told")
    waiting = client.start_pipeline_execution(name="told")["pipelineExecutionId"]
    client.stop_pipeline_execution(pipelineName="told", pipelineExecutionId=waiting, abandon=True, reason="told")
    for name in ("told", "spare"):
        client.delete_pipeline(name=name)


def _approve(client: Any) -> None:
    def token() -> str:
        gate = next(it for it in client.get_pipeline_state(name="told")["stageStates"] if it["stageName"] == "Gate")
        return str(gate["actionStates"][0].get("latestExecution", {}).get("token", ""))

    given = wait_for(token, "token")
    client.put_approval_result(
        pipelineName="told",
        stageName="Gate",
        actionName="Approval",
        token=given,
        result={"summary": "ok", "status": "Approved"},
    )


def _job(lab: Lab, number: int) -> str:
    """Id of the newest of so many jobs."""

    def keys() -> list[dict[str, Any]]:
        return list(lab.s3.list_objects_v2(Bucket="artifacts", Prefix="jobs/").get("Contents", []))

    wait_for(lambda: len(keys()) == number, f"job {number}")
    return str(max(keys(), key=lambda it: it["LastModified"])["Key"]).removeprefix("jobs/")
