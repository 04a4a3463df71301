"""IAM roles of a project and of the three personas, with policies limited to what each does."""

import json
from typing import Any

from mlops.datasets.glue import DATABASE
from mlops.datasets.names import datasets_bucket
from mlops.projects.names import DATA_SCIENTIST, MANAGER, ML_ENGINEER, Project

Statement = dict[str, Any]

_READ_SAGEMAKER = ["sagemaker:Describe*", "sagemaker:List*", "sagemaker:Search"]
_READ_METRICS = ["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"]


def create_roles(iam: Any, project: Project, region: str) -> None:
    """Create or update the project's roles and the persona roles' permissions on it."""
    service = _Policies(project, region)
    _role(iam, project.execution_role, service.trust_service("sagemaker.amazonaws.com"), project.name, service.jobs())
    _role(iam, project.lambda_role, service.trust_service("lambda.amazonaws.com"), project.name, service.functions())
    people = service.trust_account()
    _role(iam, DATA_SCIENTIST, people, project.name, service.data_scientist())
    _role(iam, ML_ENGINEER, people, project.name, service.ml_engineer())
    _role(iam, MANAGER, people, project.name, service.reader())


def _role(iam: Any, name: str, trust: Statement, policy: str, statements: list[Statement]) -> None:
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([trust]))
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=_document([trust]))
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=_document(statements))


def _document(statements: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _allow(actions: list[str], *resources: str) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


class _Policies:
    """Statements for one project; ``Resource: *`` only where the service knows no resource for the action."""

    def __init__(self, project: Project, region: str) -> None:
        self._project, self._account, self._region = project, project.account, region

    def trust_service(self, service: str) -> Statement:
        mine = {"StringEquals": {"aws:SourceAccount": self._account}}
        return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}, "Condition": mine}

    def trust_account(self) -> Statement:
        root = f"arn:aws:iam::{self._account}:root"
        return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": root}}

    def jobs(self) -> list[Statement]:
        functions = self._arn("lambda", f"function:{self._project.name}-*")
        owned = [self._sagemaker(f"{kind}/*") for kind in ("processing-job", "training-job", "transform-job", "model")]
        return [
            *self._buckets(["s3:GetObject", "s3:PutObject"]),
            *self._datasets(["s3:GetObject"]),
            _allow(["lambda:InvokeFunction"], functions),
            _allow(["sagemaker:Create*", "sagemaker:Describe*", "sagemaker:Stop*", "sagemaker:AddTags"], *owned),
            _allow(["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"], *self._registry()),
            _allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], self._log_groups()),
        ]

    def functions(self) -> list[Statement]:
        role = f"arn:aws:iam::{self._account}:role/{self._project.execution_role}"
        return [
            *self._buckets(["s3:GetObject"]),
            _allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *self._registry()),
            _allow(["sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"], *self._pipelines()),
            _allow(["sagemaker:DescribePipelineExecution"], *self._pipelines()),
            _allow(["ssm:GetParameter", "ssm:PutParameter", "ssm:GetParameterHistory"], self._parameters()),
            _allow(["sns:Publish"], self._arn("sns", self._project.topic)),
            _allow(["iam:PassRole"], role),
            _allow(["cloudwatch:DescribeAlarms"], self._arn("cloudwatch", f"alarm:{self._project.name}-*")),
            _allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], self._function_logs()),
            _allow(["cloudwatch:PutMetricData"], "*")
            | {"Condition": {"StringEquals": {"cloudwatch:namespace": self._project.metrics_namespace}}},
        ]

    def reader(self) -> list[Statement]:
        return [
            _allow(_READ_SAGEMAKER + _READ_METRICS, "*"),
            *self._buckets(["s3:GetObject"]),
            *self._datasets(["s3:GetObject", "s3:GetObjectVersion"]),
            _allow(["logs:FilterLogEvents", "logs:GetLogEvents", "logs:DescribeLogStreams"], self._log_groups()),
            _allow(["ssm:GetParameter", "ssm:GetParameterHistory"], self._parameters()),
        ]

    def data_scientist(self) -> list[Statement]:
        run = ["StartPipelineExecution", "StopPipelineExecution", "RetryPipelineExecution"]
        return [
            *self.reader(),
            *self._buckets(["s3:PutObject"]),
            *self._datasets(["s3:PutObject"], "datasets/"),
            _allow(["glue:CreateTable", "glue:GetTable", "glue:GetTables"], *self._glue()),
            _allow([f"sagemaker:{action}" for action in run], *self._pipelines()),
            _allow(["ssm:PutParameter"], self._arn("ssm", f"parameter{self._project.latest_dataset_parameter}")),
        ]

    def ml_engineer(self) -> list[Statement]:
        return [*self.data_scientist(), _allow(["sagemaker:UpdateModelPackage"], *self._registry())]

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self._region}:{self._account}:{resource}"

    def _sagemaker(self, resource: str) -> str:
        return self._arn("sagemaker", resource)

    def _pipelines(self) -> list[str]:
        names = (self._project.training_pipeline, self._project.inference_pipeline)
        return [self._sagemaker(f"pipeline/{name}{tail}") for name in names for tail in ("", "/execution/*")]

    def _registry(self) -> list[str]:
        group = self._project.model_group
        return [self._sagemaker(f"model-package-group/{group}"), self._sagemaker(f"model-package/{group}/*")]

    def _parameters(self) -> str:
        return self._arn("ssm", f"parameter/mlops/{self._project.name}/*")

    def _log_groups(self) -> str:
        return self._arn("logs", "log-group:/aws/sagemaker/*")

    def _function_logs(self) -> str:
        return self._arn("logs", f"log-group:/aws/lambda/{self._project.name}-*")

    def _buckets(self, actions: list[str]) -> list[Statement]:
        arns = [f"arn:aws:s3:::{name}" for name in (self._project.data_bucket, self._project.artifacts_bucket)]
        return [_allow(actions, *(f"{arn}/*" for arn in arns)), _allow(["s3:ListBucket"], *arns)]

    def _datasets(self, actions: list[str], prefix: str = "") -> list[Statement]:
        """The bucket that all projects share; its settings lie outside ``datasets/``."""
        arn = f"arn:aws:s3:::{datasets_bucket(self._account)}"
        return [_allow(actions, f"{arn}/{prefix}*"), _allow(["s3:ListBucket"], arn)]

    def _glue(self) -> list[str]:
        resources = ("catalog", f"database/{DATABASE}", f"table/{DATABASE}/*")
        return [self._arn("glue", resource) for resource in resources]
