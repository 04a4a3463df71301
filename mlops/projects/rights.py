"""Who may change what besides objects of S3 (``prefixes`` has these): one row an API call that a component relies on, or must refuse.

Policies are written by hand where they belong; tests make every call of this table as every role, and ``mlops doctor --security``
compares an account with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlops.bundled import names
from mlops.datasets.registry.names import GLUE_DATABASE, WORKGROUP
from mlops.projects.names import DATA_SCIENTIST, DELETE_KEPT, MANAGER, ML_ENGINEER, Project
from mlops.projects.prefixes import DELIVERY, DEPLOY, DRIFT_POLICY, EXECUTION

DS, MLE, M = DATA_SCIENTIST, ML_ENGINEER, MANAGER
_STATUS = "sagemaker:ModelApprovalStatus"


@dataclass(frozen=True)
class Right:
    """A call and who may make it: people's roles by name, the project's own by their purpose.

    ``resource`` names {project}, {account} and {region}. Where ``writes`` is not set the call changes nothing.
    """

    what: str
    action: str
    resource: str
    holders: frozenset[str]
    context: Mapping[str, str] = field(default_factory=dict)
    writes: bool = True

    def on(self, project: Project, region: str) -> str:
        """ARN of what the call is about."""
        return self.resource.format(project=project.name, account=project.account, region=region)


def _right(what: str, action: str, resource: str, *holders: str, writes: bool = True, **context: str) -> Right:
    service, _, place = resource.partition(" ")
    region = "" if service in {"s3", "iam"} else "{region}"
    account = "" if service == "s3" else "{account}"
    arn = resource if resource == "*" else f"arn:aws:{service}:{region}:{account}:{place}"
    keys = {_STATUS: context["status"]} if "status" in context else {}
    if "passed_to" in context:
        keys["iam:PassedToService"] = f"{context['passed_to']}.amazonaws.com"
    return Right(what, action, arn, frozenset(holders), keys, writes)


_TRAINING, _INFERENCE = "sagemaker pipeline/{project}-training", "sagemaker pipeline/{project}-inference"
_PACKAGE, _RELEASE = "sagemaker model-package/{project}/1", "codepipeline {project}-delivery/Release/Approve"
_DATA, _ARTIFACTS = "s3 mlops-{project}-data-{account}", "s3 mlops-{project}-artifacts-{account}"


def _parameter(kind: str) -> str:
    return f"ssm parameter{names.parameter('{project}', kind)}"


RIGHTS = (
    _right("start a training", "sagemaker:StartPipelineExecution", _TRAINING, DS, DEPLOY, DRIFT_POLICY),
    _right("retry a training", "sagemaker:RetryPipelineExecution", f"{_TRAINING}/execution/x", DS),
    _right("stop a training", "sagemaker:StopPipelineExecution", f"{_TRAINING}/execution/x", DS, MLE),
    _right("start a batch", "sagemaker:StartPipelineExecution", _INFERENCE, DS, MLE),
    _right("retry a batch", "sagemaker:RetryPipelineExecution", f"{_INFERENCE}/execution/x", DS, MLE),
    _right("stop a batch", "sagemaker:StopPipelineExecution", f"{_INFERENCE}/execution/x", DS, MLE),
    _right("change a pipeline", "sagemaker:UpdatePipeline", _TRAINING),
    _right("push code", "codecommit:GitPush", "codecommit {project}-code", DS),
    _right("write code through the API", "codecommit:PutFile", "codecommit {project}-code"),
    _right("start a delivery", "codepipeline:StartPipelineExecution", "codepipeline {project}-delivery"),
    _right("release a delivery", "codepipeline:PutApprovalResult", _RELEASE, MLE),
    _right("start the build", "codebuild:StartBuild", "codebuild project/{project}-build", DELIVERY),
    _right("start the deployment", "codebuild:StartBuild", "codebuild project/{project}-deploy", DELIVERY),
    _right("approve a version", "sagemaker:UpdateModelPackage", _PACKAGE, MLE, status="Approved"),
    _right("reject a version", "sagemaker:UpdateModelPackage", _PACKAGE, MLE, status="Rejected"),
    _right("register a version", "sagemaker:CreateModelPackage", _PACKAGE, EXECUTION, status="PendingManualApproval"),
    _right("register an approved version", "sagemaker:CreateModelPackage", _PACKAGE, status="Approved"),
    _right("delete a version", "sagemaker:DeleteModelPackage", _PACKAGE),
    _right("write a feature", "sagemaker:PutRecord", "sagemaker feature-group/{project}-features", EXECUTION),
    _right("choose what retraining uses", "ssm:PutParameter", _parameter(names.LATEST_DATASET)),
    _right("move the deployed version", "ssm:PutParameter", _parameter(names.DEPLOYED_MODEL)),
    _right("write the drift summary", "ssm:PutParameter", _parameter(names.LATEST_DRIFT)),
    _right("ask for a deletion", "ssm:PutParameter", _parameter(names.DELETION), MLE),
    _right("record lineage", "sagemaker:CreateArtifact", "sagemaker artifact/x", DS),
    _right("connect lineage", "sagemaker:AddAssociation", "sagemaker artifact/x", DS),
    _right("record a run's lineage", "sagemaker:CreateAction", "sagemaker action/x", DS),
    _right("catalog a data set", "glue:CreateTable", f"glue table/{GLUE_DATABASE}/t", DS),
    _right("ask Athena", "athena:StartQueryExecution", f"athena workgroup/{WORKGROUP}", DS, MLE, writes=False),
    _right("delete what a deleted project has left", "lambda:InvokeFunction", f"lambda function:{DELETE_KEPT}", MLE),
    _right("delete data", "s3:DeleteObject", f"{_DATA}/datasets/d/t.csv"),
    _right("delete what a run made", "s3:DeleteObjectVersion", f"{_ARTIFACTS}/runs/x/y"),
    _right("change a bucket's policy", "s3:PutBucketPolicy", _DATA),
    _right("call a function", "lambda:InvokeFunction", "lambda function:{project}-resolve-model", EXECUTION),
    _right("publish by calling", "lambda:InvokeFunction", "lambda function:{project}-publish-predictions", EXECUTION),
    _right("decide by calling", "lambda:InvokeFunction", "lambda function:{project}-record-approval"),
    _right(
        "pass the jobs' role", "iam:PassRole", "iam role/mlops-{project}-execution", EXECUTION, passed_to="sagemaker"
    ),
    _right("change a role", "iam:PutRolePolicy", "iam role/mlops-{project}-execution"),
    _right("create and change projects", "servicecatalog:ProvisionProduct", "catalog product/prod-x", MLE),
    _right("read data", "s3:GetObject", f"{_DATA}/datasets/d/t.csv", DS, MLE, M, EXECUTION, writes=False),
    _right("read models", "s3:GetObject", f"{_ARTIFACTS}/runs/x/y", DS, MLE, M, EXECUTION, writes=False),
    _right("pull code", "codecommit:GitPull", "codecommit {project}-code", DS, MLE, writes=False),
    _right("read the pointer", "ssm:GetParameter", _parameter(names.DEPLOYED_MODEL), DS, MLE, M, writes=False),
    _right(
        "read what retraining uses",
        "ssm:GetParameter",
        _parameter(names.LATEST_DATASET),
        DS,
        MLE,
        M,
        DEPLOY,
        writes=False,
    ),
)
