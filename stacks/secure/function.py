"""Lambda functions: own role, own encrypted log group, code from a content-addressed archive."""

from collections.abc import Mapping

from aws_cdk import Fn, aws_lambda
from constructs import Construct

from stacks.names import text
from stacks.secure.gates import accept
from stacks.secure.logs import log_group

RUNTIME = "python3.13"
_UNTOLD = "HIPAA.Security-LambdaDLQ"
_ACCEPTED = {
    "HIPAA.Security-LambdaConcurrency": "called a few times a day; a reservation would only take from the account",
    _UNTOLD: "pipelines call it and wait for its answer",
    "HIPAA.Security-LambdaInsideVPC": "reads no patient data, only reports and control-plane APIs, which it reaches with TLS and IAM",
    "AwsSolutions-L1": "python3.13 is pinned so that the function runs what its tests ran",
}


def secure_function(
    scope: Construct,
    id_: str,
    *,
    name: str,
    role_arn: str,
    bucket: str,
    key: str,
    handler: str,
    kms_key_arn: str,
    days: int,
    variables: Mapping[str, str] | None = None,
    timeout: int = 60,
    memory: int = 256,
    failures: str = "",
) -> aws_lambda.CfnFunction:
    """A function; ``name`` is the text of an Fn::Sub, ``bucket`` and ``key`` say where its archive lies.

    ``handler`` is the dotted name of its function in the archive; ``failures`` the topic that hears of events that it has failed on,
    after Lambda's own attempts.
    """
    group = log_group(scope, f"{id_}Logs", name=f"/aws/lambda/{name}", key_arn=kms_key_arn, days=days)
    environment = aws_lambda.CfnFunction.EnvironmentProperty(variables=dict(variables)) if variables else None
    function = aws_lambda.CfnFunction(
        scope,
        id_,
        function_name=text(name),
        runtime=RUNTIME,
        handler=handler,
        role=role_arn,
        code=aws_lambda.CfnFunction.CodeProperty(s3_bucket=Fn.sub(bucket), s3_key=key),
        timeout=timeout,
        memory_size=memory,
        kms_key_arn=kms_key_arn,
        environment=environment,
        logging_config=aws_lambda.CfnFunction.LoggingConfigProperty(log_group=group.ref),
        dead_letter_config=aws_lambda.CfnFunction.DeadLetterConfigProperty(target_arn=failures) if failures else None,
    )
    accept(function, {rule: why for rule, why in _ACCEPTED.items() if not (failures and rule == _UNTOLD)})
    return function
