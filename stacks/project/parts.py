"""What the parts of a project's stack share: parameters, imports, archives, names."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Aws, CfnCondition, CfnMapping, CfnParameter, Fn, Stack

from mlops.projects.names import NEW
from stacks import names
from stacks.names import PROJECT, sub
from stacks.project import images
from stacks.project.parameters import Parameters
from stacks.secure import Statement, allow, secure_function, service_role
from stacks.secure.findings import wildcards


@dataclass(frozen=True)
class Platform:
    """What a product gets from the platform's settings: archive keys by name, whether jobs run in the network, own boundary."""

    archives: Mapping[str, str]
    network: bool
    boundary: str


class Parts:
    """Context of the constructs of one product."""

    def __init__(self, stack: Stack, platform: Platform, parameters: Parameters) -> None:
        self.stack, self.platform, self.parameters = stack, platform, parameters
        self.key_arn = Fn.import_value(names.DATA_KEY)
        self.logs_bucket = Fn.import_value(names.LOGS_BUCKET)
        self.days = parameters.retention.value_as_number
        self.topic = ""  # the project's, as soon as it is made: what nobody waits for is told there when it fails

    def condition(self, id_: str, parameter: CfnParameter, value: str, *, differs: bool = False) -> CfnCondition:
        """True where the parameter equals (or differs from) ``value``."""
        equal = Fn.condition_equals(parameter.value_as_string, value)
        return CfnCondition(self.stack, id_, expression=Fn.condition_not(equal) if differs else equal)

    def new(self, id_: str) -> CfnCondition:
        """True where the thing of this parameter (``mlops.projects.names``) is made with the stack, and not taken over."""
        return self.condition(f"New{id_}", self.parameters.adopted[id_], NEW)

    def role(self, id_: str, purpose: str, service: str, statements: list[Statement]) -> str:
        """ARN of a role ``mlops-<project>-<purpose>``."""
        name = sub(f"mlops-{PROJECT.name}-{purpose}")
        made = service_role(
            self.stack,
            id_,
            name=name,
            service=service,
            statements=statements,
            accepted=wildcards(statements, f"what the project's {purpose} does on the project's own resources"),
            boundary=self.platform.boundary,
        )
        return made.attr_arn

    def function(
        self,
        purpose: str,
        statements: list[Statement],
        variables: Mapping[str, str],
        *,
        timeout: int = 60,
        by_event: bool = False,
    ) -> str:
        """ARN of the function ``<project>-<purpose>`` with a role of its own; one that events call tells the topic what it fails on."""
        id_ = purpose.title().replace("-", "")
        name = sub(PROJECT.function(purpose))
        log = names.arn("logs", f"log-group:/aws/lambda/{name}:*")
        own = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [log],
        }
        function = secure_function(
            self.stack,
            id_,
            name=name,
            role_arn=self.role(
                f"{id_}Role", purpose, "lambda", [*statements, *(self._telling() if by_event else []), own]
            ),
            bucket=names.ASSETS,
            key=self.platform.archives[f"function-{purpose}"],
            handler=f"lambdas.{purpose.replace('-', '_')}.handler.handler",
            kms_key_arn=self.key_arn,
            days=self.days,
            variables={"PROJECT": self.name, **variables},
            timeout=timeout,
            failures=self.topic if by_event else "",
        )
        return function.attr_arn

    def _telling(self) -> list[Statement]:
        """Lambda writes to the topic in the function's role, and the topic is encrypted."""
        return [
            allow(["sns:Publish"], names.arn("sns", sub(PROJECT.topic))),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], self.key_arn),
        ]

    @property
    def name(self) -> str:
        """The project's name, a reference."""
        return self.parameters.name.value_as_string

    def image(self) -> str:
        """URI of the AWS image of the jobs in this region."""
        return self._image("ImageAccounts", images.XGBOOST, f":{images.VERSION}")

    def monitor_image(self) -> str:
        """URI of Model Monitor's image in this region."""
        return self._image("MonitorImageAccounts", images.MONITOR)

    def _image(self, id_: str, name: str, tag: str = "") -> str:
        known = images.accounts(name)
        # a region may have the jobs' image and no Model Monitor: a project comes up there, and its choice of that analyzer does not work
        by_region = {it: {"Account": known.get(it, "unavailable")} for it in images.accounts(images.XGBOOST)}
        mapping = CfnMapping(self.stack, id_, mapping=by_region)
        account = mapping.find_in_map(Aws.REGION, "Account")
        return Fn.join("", [account, Fn.sub(f".dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/{name}{tag}")])
