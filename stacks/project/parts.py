"""What the parts of a project's stack share: parameters, imports, archives, names."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Aws, CfnCondition, CfnMapping, CfnParameter, Fn, Stack

from stacks import names
from stacks.names import PROJECT, sub
from stacks.project.parameters import Parameters
from stacks.secure import Statement, secure_function, service_role
from stacks.secure.findings import wildcards

_IMAGE_ACCOUNTS = {  # of the AWS image sagemaker-xgboost, by region (SageMaker SDK 3.27, image_uri_config/xgboost.json)
    "ap-northeast-1": "354813040037",
    "ap-south-1": "720646828776",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ca-central-1": "341280168497",
    "eu-central-1": "492215442770",
    "eu-north-1": "662702820516",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}
_MONITOR_ACCOUNTS = {  # of the AWS image sagemaker-model-monitor-analyzer (same place, model-monitor.json)
    "ap-northeast-1": "574779866223",
    "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676",
    "ap-southeast-2": "563025443158",
    "ca-central-1": "536280801234",
    "eu-central-1": "048819808253",
    "eu-north-1": "895015795356",
    "eu-west-1": "468650794304",
    "eu-west-2": "749857270468",
    "eu-west-3": "680080141114",
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}


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

    def condition(self, id_: str, parameter: CfnParameter, value: str, *, differs: bool = False) -> CfnCondition:
        """True where the parameter equals (or differs from) ``value``."""
        equal = Fn.condition_equals(parameter.value_as_string, value)
        return CfnCondition(self.stack, id_, expression=Fn.condition_not(equal) if differs else equal)

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
        self, purpose: str, statements: list[Statement], variables: Mapping[str, str], *, timeout: int = 60
    ) -> str:
        """ARN of the function ``<project>-<purpose>`` with a role of its own."""
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
            role_arn=self.role(f"{id_}Role", purpose, "lambda", [*statements, own]),
            bucket=names.ASSETS,
            key=self.platform.archives[f"function-{purpose}"],
            handler=f"lambdas.{purpose.replace('-', '_')}.handler.handler",
            kms_key_arn=self.key_arn,
            days=self.days,
            variables={"PROJECT": self.name, **variables},
            timeout=timeout,
        )
        return function.attr_arn

    @property
    def name(self) -> str:
        """The project's name, a reference."""
        return self.parameters.name.value_as_string

    def image(self) -> str:
        """URI of the AWS image of the jobs in this region."""
        return self._image("ImageAccounts", _IMAGE_ACCOUNTS, "sagemaker-xgboost:3.2-0")

    def monitor_image(self) -> str:
        """URI of Model Monitor's image in this region."""
        return self._image("MonitorImageAccounts", _MONITOR_ACCOUNTS, "sagemaker-model-monitor-analyzer")

    def _image(self, id_: str, accounts: Mapping[str, str], name: str) -> str:
        mapping = CfnMapping(self.stack, id_, mapping={region: {"Account": it} for region, it in accounts.items()})
        account = mapping.find_in_map(Aws.REGION, "Account")
        return Fn.join("", [account, Fn.sub(f".dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/{name}")])
