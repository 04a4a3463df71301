"""A project's Lambda functions and the event rules that call them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mlops.aws import Aws
from mlops.projects import code
from mlops.projects.names import Project

FUNCTIONS = ("resolve-model", "publish-drift-metrics", "record-approval", "drift-policy")
_RUNTIME = "python3.13"


def create_functions(aws: Aws, project: Project, environment: Mapping[str, str]) -> dict[str, str]:
    """Create or update the functions; returns purpose -> ARN."""
    client, root = aws.client("lambda"), code.shipped("lambdas")
    trees = {purpose: code.read_tree(root / purpose.replace("-", "_")) for purpose in FUNCTIONS}
    return {purpose: _function(client, project, purpose, tree, environment) for purpose, tree in trees.items()}


def _function(client: Any, project: Project, purpose: str, tree: code.Tree, environment: Mapping[str, str]) -> str:
    name, archive = project.function(purpose), code.zip_archive(tree)
    settings: dict[str, Any] = {
        "FunctionName": name,
        "Runtime": _RUNTIME,
        "Handler": "handler.handler",
        "Role": f"arn:aws:iam::{project.account}:role/{project.lambda_role}",
        "Timeout": 60,
        "MemorySize": 256,
        "Environment": {"Variables": dict(environment)},
    }
    try:
        return str(client.create_function(**settings, Code={"ZipFile": archive})["FunctionArn"])
    except client.exceptions.ResourceConflictException:
        client.update_function_code(FunctionName=name, ZipFile=archive)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        return str(client.update_function_configuration(**settings)["FunctionArn"])


def create_rules(aws: Aws, project: Project, functions: Mapping[str, str]) -> None:
    """Approval events go to ``record-approval``, alarm events to ``drift-policy``."""
    approval = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [project.model_group], "ModelApprovalStatus": ["Approved", "Rejected"]},
    }
    alarm = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [project.drift_alarm, project.schema_alarm], "state": {"value": ["ALARM"]}},
    }
    _rule(aws, project, "record-approval", approval, functions["record-approval"])
    _rule(aws, project, "drift-policy", alarm, functions["drift-policy"])


def _rule(aws: Aws, project: Project, purpose: str, pattern: Mapping[str, Any], function: str) -> None:
    events, functions, name = aws.client("events"), aws.client("lambda"), project.function(purpose)
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")["RuleArn"]
    grant = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": rule}
    with suppress(functions.exceptions.ResourceConflictException):  # granted by an earlier provisioning
        functions.add_permission(FunctionName=name, StatementId="events", **grant)
    events.put_targets(Rule=name, Targets=[{"Id": purpose, "Arn": function}])
