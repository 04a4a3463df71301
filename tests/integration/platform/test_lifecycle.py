"""Update with replacement, rollback, upgrade and back, deletion, and the way from nothing to the same platform again."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput
from mlops.platform import server
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects
from tests.integration.platform.earlier import EARLIER, KEY, with_earlier
from tests.integration.platform.inventory import Things, everything

STATEFUL = (
    "AWS::S3::Bucket",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::FeatureGroup",
    "AWS::CodeCommit::Repository",
)
FAILS = {"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The account's root; the catalog has two versions of the ML project."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        root = local(running)
        Deployer(root).deploy(with_earlier(load()))
        yield root


@pytest.fixture(scope="module")
def project(projects: Projects) -> str:
    """A project at the earlier version."""
    projects.create("ward", KEY, EARLIER)
    return "ward"


def _ids(projects: Projects, name: str) -> dict[str, tuple[str, str]]:
    return {
        item["LogicalResourceId"]: (item["ResourceType"], item["PhysicalResourceId"])
        for item in projects.resources(name)
    }


def test_upgrade_and_going_back_replace_nothing_stateful(aws: Aws, projects: Projects, project: str) -> None:
    """The newest version, then the earlier one again: what holds something is the same, with what is in it."""
    aws.client("s3").put_object(Bucket="mlops-ward-data-000000000000", Key="datasets/x/a.csv", Body=b"a")
    before = _ids(projects, project)
    newest = projects.versions("ml-project")[-1]
    assert projects.upgrade(project).version == newest
    middle = _ids(projects, project)
    rules = aws.client("s3").get_bucket_lifecycle_configuration(Bucket="mlops-ward-data-000000000000")["Rules"]
    assert (
        rules[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
    )  # which the earlier version does not have
    assert projects.upgrade(project, EARLIER).version == EARLIER
    after = _ids(projects, project)
    for ids in (middle, after):
        assert {key: ids[key] for key, (kind, _) in before.items() if kind in STATEFUL} == {
            key: item for key, item in before.items() if item[0] in STATEFUL
        }
    # a permission's limits cannot be changed, so it is made anew; it holds nothing
    kept = {key: it for key, it in before.items() if it[0] != "AWS::Lambda::Permission"}
    assert {key: after[key] for key in kept} == kept
    assert set(after) == set(before)
    assert (
        aws.client("s3").get_object(Bucket="mlops-ward-data-000000000000", Key="datasets/x/a.csv")["Body"].read()
        == b"a"
    )


def test_changed_parameter_reaches_the_resources(aws: Aws, projects: Projects, project: str) -> None:
    """A gate and the drift policy of the project change by an update of its stack; what was not given stays."""
    projects.upgrade(project, EARLIER, {"MinAuc": "0.6", "OnDrift": "notify"})
    projects.upgrade(project, EARLIER, {"WeeklyBudget": "5"})
    variables = aws.client("lambda").get_function_configuration(FunctionName="ward-drift-policy")["Environment"][
        "Variables"
    ]
    assert (variables["ON_DRIFT"], variables["WEEKLY_BUDGET"]) == ("notify", "5")
    definition = json.loads(
        aws.client("sagemaker").describe_pipeline(PipelineName="ward-training")["PipelineDefinition"]
    )
    gate = next(step for step in definition["Steps"] if step["Type"] == "Condition")["Arguments"]["Conditions"]
    assert gate[0]["RightValue"] == 0.6


def test_failed_upgrade_leaves_the_project_as_it_was(aws: Aws, projects: Projects, project: str) -> None:
    """A code package that does not exist fails the update; the stack is rolled back and the pipelines are untouched."""
    before = aws.client("sagemaker").describe_pipeline(PipelineName="ward-training")["PipelineDefinition"]
    catalog = aws.client("servicecatalog")
    record = catalog.update_provisioned_product(
        ProvisionedProductName=project,
        ProvisioningParameters=[{"Key": "CodePackage", "Value": "packages/none.zip"}],
        UpdateToken="broken",
    )["RecordDetail"]
    while record["Status"] == "IN_PROGRESS":
        time.sleep(0.1)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    assert record["Status"] == "FAILED"
    assert "Code (Custom::ProjectCode)" in record["RecordErrors"][0]["Description"]
    stack = aws.client("cloudformation").describe_stacks(StackName=projects.get(project).stack)["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert aws.client("sagemaker").describe_pipeline(PipelineName="ward-training")["PipelineDefinition"] == before
    assert projects.upgrade(project, EARLIER).status == "AVAILABLE"


def test_what_somebody_else_has_made_is_named(aws: Aws, engineer: Aws) -> None:
    """No project of the name was ever there: what stands in the way is named before anything is made, with what removes it."""
    bucket = f"mlops-gone-data-{aws.account}"
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName="gone")
    with pytest.raises(RefusedInput) as refused:
        Projects(engineer).create("gone", "ml-project", adopt=True)
    group = "aws sagemaker delete-model-package-group --model-package-group-name gone"
    assert str(refused.value) == (
        f"project gone: somebody else has made what stands in the way: bucket {bucket} (an administrator removes it: "
        f"aws s3 rb s3://{bucket} --force); model package group gone (an administrator removes it: {group})"
    )
    aws.client("s3").delete_bucket(Bucket=bucket)
    aws.client("sagemaker").delete_model_package_group(ModelPackageGroupName="gone")


def test_failed_creation_leaves_nothing(aws: Aws, projects: Projects) -> None:
    """One resource of the project exists already, made by somebody else: one line that names it, and no trace of the rest."""
    definition = json.dumps({"Version": "2020-12-01", "Steps": [FAILS]})
    role = "arn:aws:iam::000000000000:role/mlops-ward-execution"
    sagemaker = aws.client("sagemaker")
    sagemaker.create_pipeline(
        PipelineName="taken-training", PipelineDefinition=definition, RoleArn=role, ClientRequestToken="t" * 32
    )
    before = everything(aws)
    with pytest.raises(MlopsError, match=r"project taken was not created: .*TrainingPipeline.*already exists"):
        projects.create("taken", "ml-project")
    assert projects.find("taken") is None
    assert everything(aws) == before
    sagemaker.delete_pipeline(PipelineName="taken-training", ClientRequestToken="t" * 32)


@pytest.mark.parametrize(
    ("name", "template", "version", "parameters", "words"),
    [
        ("Ward", "ml-project", "", {}, "lower-case"),
        ("a" * 33, "ml-project", "", {}, "at most 32"),
        ("x", "web-shop", "", {}, "must be one of ml-project"),
        ("x", "ml-project", "v99", {}, "has v1"),
        ("x", "ml-project", "", {"Colour": "red"}, "--param Colour"),
        ("x", "ml-project", "", {"OnDrift": "panic"}, "must be one of retrain"),
        ("x", "inference-only", "", {}, "ModelPackageGroup=... is missing"),
        ("ward", "ml-project", "", {}, "already exists"),
    ],
)
def test_wrong_request_is_refused_before_anything_is_made(  # noqa: PLR0917 (a table's columns)
    projects: Projects, project: str, name: str, template: str, version: str, parameters: dict[str, str], words: str
) -> None:
    """One line; no stack."""
    before = len(projects.all())
    with pytest.raises(RefusedInput, match=words):
        projects.create(name, template, version, parameters)
    assert len(projects.all()) == before


def test_data_scientist_cannot_make_projects(aws: Aws) -> None:
    """Self-service is the ML engineer's: the data scientist is not admitted to the portfolio and may not provision."""
    scientist = aws.assume("mlops-data-scientist", "ann")
    with pytest.raises(ClientError, match="AccessDenied"):
        scientist.client("servicecatalog").provision_product(
            ProductName="ML project", ProvisioningArtifactName="v1", ProvisionedProductName="mine", ProvisionToken="t1"
        )


def test_product_without_launch_role_cannot_be_launched(aws: Aws, engineer: Aws) -> None:
    """The embedded AWS refuses what AWS would do with the user's own rights."""
    catalog = aws.client("servicecatalog")
    template = "https://s3.us-east-1.amazonaws.com/cdk-hnb659fds-assets-000000000000-us-east-1/plain.json"
    body = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
    aws.client("s3").put_object(Bucket="cdk-hnb659fds-assets-000000000000-us-east-1", Key="plain.json", Body=body)
    version = {"Name": "v1", "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": template}}
    made = catalog.create_product(
        Name="Plain",
        Owner="o",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters=version,
        IdempotencyToken="p1",
    )
    product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    portfolio = catalog.list_portfolios()["PortfolioDetails"][0]["Id"]
    catalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    with pytest.raises(ClientError, match="no launch role constraint"):
        engineer.client("servicecatalog").provision_product(
            ProductName="Plain", ProvisioningArtifactName="v1", ProvisionedProductName="plain", ProvisionToken="t2"
        )
    catalog.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    catalog.delete_product(Id=product)


def test_change_of_a_create_only_property_replaces(aws: Aws) -> None:
    """A renamed pipeline is a new one, and the old one is gone; an unchanged name with another create-only property is refused."""
    definition = {"Version": "2020-12-01", "Steps": [FAILS]}

    def template(name: str) -> str:
        body = {"PipelineDefinitionBody": json.dumps(definition)}
        role = "arn:aws:iam::000000000000:role/mlops-ward-execution"
        properties = {"PipelineName": name, "RoleArn": role, "PipelineDefinition": body}
        return json.dumps({"Resources": {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}})

    cloudformation, sagemaker = aws.client("cloudformation"), aws.client("sagemaker")
    cloudformation.create_stack(StackName="swap", TemplateBody=template("first"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="swap", WaiterConfig={"Delay": 1})
    cloudformation.update_stack(StackName="swap", TemplateBody=template("second"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="swap", WaiterConfig={"Delay": 1})
    names = {item["PipelineName"] for item in sagemaker.list_pipelines()["PipelineSummaries"]}
    assert {"first", "second"} & names == {"second"}
    cloudformation.delete_stack(StackName="swap")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="swap", WaiterConfig={"Delay": 1})
    assert "second" not in {item["PipelineName"] for item in sagemaker.list_pipelines()["PipelineSummaries"]}


def test_platform_in_use_cannot_be_destroyed(aws: Aws, project: str) -> None:
    """CloudFormation itself refuses: the stack is protected, and projects import from it."""
    used = Deployer(aws).in_use(load())
    assert "mlops-data-key-arn" in used
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):  # which ends 'cdk destroy --all'
        aws.client("cloudformation").delete_stack(StackName="mlops-foundation")
    aws.client("cloudformation").update_termination_protection(
        StackName="mlops-foundation", EnableTerminationProtection=False
    )
    aws.client("cloudformation").delete_stack(StackName="mlops-foundation")
    stack = aws.client("cloudformation").describe_stacks(StackName="mlops-foundation")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert "cannot be deleted as it is in use by SC-" in stack["StackStatusReason"]


def test_everything_destroyed_and_made_again_is_the_same(aws: Aws, projects: Projects, project: str) -> None:
    """Requirement 8.5: stacks, resources and definitions are the same, with projects and what they hold; but for numbers."""
    sagemaker, s3 = aws.client("sagemaker"), aws.client("s3")
    version = sagemaker.create_model_package(ModelPackageGroupName=project)["ModelPackageArn"]
    s3.put_object(Bucket="mlops-ward-data-000000000000", Key="datasets/y/b.csv", Body=b"b", IfNoneMatch="*")
    chosen = projects.get(project)
    projects.upgrade(project, parameters={"MinAuc": "0.6"})
    platform, before, defined = _inventory(aws), _anew(everything(aws)), _definitions(aws, project)
    projects.delete(project)
    deployer, assembly = Deployer(aws), with_earlier(load())
    deployer.destroy(assembly)
    assert _inventory(aws) == {}
    deployer.deploy(assembly)
    projects.create(project, chosen.template, parameters={"MinAuc": "0.6"}, adopt=True)
    after = _inventory(aws)
    assert {it: after[it] for it in after if not it.startswith("SC-")} == {
        it: platform[it] for it in platform if not it.startswith("SC-")
    }
    assert _anew(everything(aws)) == before
    assert _definitions(aws, project) == defined
    assert s3.get_object(Bucket="mlops-ward-data-000000000000", Key="datasets/y/b.csv")["Body"].read() == b"b"
    assert sagemaker.describe_model_package(ModelPackageName=version)["ModelPackageVersion"] == 1
    assert sagemaker.create_model_package(ModelPackageGroupName=project)["ModelPackageArn"].endswith("/2")


def _definitions(aws: Aws, project: str) -> dict[str, Any]:
    """Of the pipelines, without the ids that the network's resources have got."""
    sagemaker = aws.client("sagemaker")
    found = {}
    for kind in ("training", "inference"):
        text = sagemaker.describe_pipeline(PipelineName=f"{project}-{kind}")["PipelineDefinition"]
        found[kind] = json.loads(re.sub(r"\b(subnet|sg)-[0-9a-f]+", r"\1-*", text))
    return found


def _anew(things: Things) -> set[tuple[str, str]]:
    """Without what a service numbers: versions of objects, the stacks of provisioned products; definitions hold such numbers, too."""
    numbered = (r"#.*$|(?<=^SC-).*$|(?<=/definitions/)[0-9a-f]+", "")
    return {(kind, re.sub(*numbered, id_)) for kind, id_ in things}


def test_no_role_for_nobody(aws: Aws) -> None:
    """A persona's role that does not exist is refused in one line."""
    with pytest.raises(RefusedByPolicy, match="may not act as role mlops-emperor"):
        aws.assume("mlops-emperor", "eve")


def _inventory(aws: Aws) -> dict[str, Any]:
    """Stack -> logical id -> type, of all stacks that exist."""
    cloudformation = aws.client("cloudformation")
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    stacks = [item["StackName"] for page in pages for item in page["Stacks"] if "DELETE" not in item["StackStatus"]]
    wanted = [name for name in stacks if name.startswith(("mlops-", "SC-"))]
    return {
        name: {
            item["LogicalResourceId"]: item["ResourceType"]
            for item in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        }
        for name in wanted
    }
