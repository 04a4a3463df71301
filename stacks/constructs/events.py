"""EventBridge rules that call a project's functions or write to its topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Fn, aws_events, aws_lambda
from constructs import Construct

from stacks.names import PROJECT, sub, text
from stacks.project.parts import Parts


def call_on(parts: Parts, purpose: str, function_arn: str, pattern: Mapping[str, Any]) -> None:
    """Call the function ``<project>-<purpose>`` on events that match."""
    id_ = _id(purpose)
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
        source_arn=rule.attr_arn,  # and no account: EventBridge does not send it
    )


@dataclass(frozen=True)
class News:
    """Events that match ``pattern``, told in one line: ``words`` name paths of the event as ``<path>``."""

    pattern: Mapping[str, Any]
    words: str
    paths: Mapping[str, str]


def tell_on(parts: Parts, purpose: str, topic_arn: str, news: News) -> None:
    """Write to the project's topic."""
    tell(parts.stack, _id(purpose), name=sub(PROJECT.function(purpose)), topic_arn=topic_arn, news=news)


def tell(scope: Construct, id_: str, *, name: str, topic_arn: str, news: News) -> None:
    """Write to a topic; ``name`` is the rule's, a text of Fn::Sub."""
    transformer = aws_events.CfnRule.InputTransformerProperty(
        input_paths_map=dict(news.paths), input_template=f'"{news.words}"'
    )
    aws_events.CfnRule(
        scope,
        f"{id_}Rule",
        name=text(name),
        event_pattern=dict(news.pattern),
        state="ENABLED",
        targets=[aws_events.CfnRule.TargetProperty(id="topic", arn=topic_arn, input_transformer=transformer)],
    )


def _id(purpose: str) -> str:
    return purpose.title().replace("-", "")
