"""EventBridge rules that call a project's functions or write to its topic."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, Fn, aws_events, aws_lambda

from stacks.names import PROJECT, sub
from stacks.project.parts import Parts


def call_on(parts: Parts, purpose: str, function_arn: str, pattern: Mapping[str, Any]) -> None:
    """Call the function ``<project>-<purpose>`` on events that match."""
    id_ = purpose.title().replace("-", "")
    target = aws_events.CfnRule.TargetProperty(id=purpose, arn=function_arn)
    rule = aws_events.CfnRule(
        parts.stack,
        f"{id_}Rule",
        name=Fn.sub(sub(PROJECT.function(purpose))),
        event_pattern=dict(pattern),
        state="ENABLED",
        targets=[target],
    )
    aws_lambda.CfnPermission(
        parts.stack,
        f"{id_}Permission",
        action="lambda:InvokeFunction",
        function_name=function_arn,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
        source_account=Aws.ACCOUNT_ID,
    )


def tell_on(parts: Parts, purpose: str, topic_arn: str, pattern: Mapping[str, Any], text: Mapping[str, str]) -> None:
    """Write one line to the topic on events that match; ``text`` is template and the paths that it names."""
    paths = {key: value for key, value in text.items() if key != "template"}
    transformer = aws_events.CfnRule.InputTransformerProperty(
        input_paths_map=paths, input_template=f'"{text["template"]}"'
    )
    aws_events.CfnRule(
        parts.stack,
        f"{purpose.title().replace('-', '')}Rule",
        name=Fn.sub(sub(PROJECT.function(purpose))),
        event_pattern=dict(pattern),
        state="ENABLED",
        targets=[aws_events.CfnRule.TargetProperty(id="topic", arn=topic_arn, input_transformer=transformer)],
    )
