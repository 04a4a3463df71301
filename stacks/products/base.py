"""What every product has; a product only composes."""

from typing import ClassVar

from aws_cdk import CfnOutput, CfnResource, Fn, Tags
from aws_cdk import aws_servicecatalog as servicecatalog
from constructs import Construct

from stacks.constructs.approval import approval
from stacks.constructs.cicd import Delivery
from stacks.constructs.code import Code
from stacks.constructs.dashboard import project_dashboard
from stacks.constructs.drift import drift_policy, inference_functions
from stacks.constructs.execution import execution_role, registered, registry
from stacks.constructs.notifications import notifications
from stacks.constructs.pipelines import pipeline, schedule
from stacks.constructs.registry import feature_group, model_group
from stacks.constructs.storage import Storage
from stacks.constructs.training import training_functions
from stacks.names import PROJECT, sub
from stacks.project.parameters import Parameters
from stacks.project.parts import Parts, Platform


class Product(servicecatalog.ProductStack):
    """A project's stack: training, batch inference, or both."""

    key: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    trains: ClassVar[bool] = True
    infers: ClassVar[bool] = True

    def __init__(self, scope: Construct, id_: str, *, platform: Platform) -> None:
        super().__init__(scope, id_)
        self.template_options.description = self.about
        parameters = Parameters(self, trains=self.trains, infers=self.infers)
        self._parts = Parts(self, platform, parameters)
        for key, parameter in (("name", parameters.name), ("id", parameters.id)):
            Tags.of(self).add(f"sagemaker:project-{key}", parameter.value_as_string)
        self._compose()

    def _compose(self) -> None:
        parts = self._parts
        storage, topic = Storage(parts), notifications(parts)
        role = execution_role(parts, trains=self.trains)
        found = registry() if self.trains else registered()
        functions = inference_functions(parts, found, trains=self.trains) if self.infers else {}
        functions |= training_functions(parts) if self.trains else {}
        group = Fn.sub(sub(PROJECT.model_group)) if self.trains else parts.parameters.model_package.value_as_string
        code = Code(parts, {**self._defaults(role, group), **functions}, after=self._buckets(storage))
        if self.trains:
            model_group(parts)
            feature_group(parts)
            pipeline(parts, "Training", role, code)
            schedule(parts)
        if self.infers:
            pipeline(parts, "Inference", role, code)
            drift_policy(parts, topic, trains=self.trains)
            approval(parts, group, found)
        Delivery(parts, product=self.key, trains=self.trains)
        project_dashboard(parts, trains=self.trains, infers=self.infers)
        CfnOutput(self, "Project", value=parts.name)
        CfnOutput(self, "Template", value=self.key)

    def _defaults(self, role: str, group: str) -> dict[str, str]:
        """Values of the definitions' parameters; those that a definition does not have are not used."""
        parts, given = self._parts, self._parts.parameters
        gates = {"MinAuc": "min_auc", "MinAucDue": "min_auc_due", "MaxEceDue": "max_ece_due"} if self.trains else {}
        return {
            "ExecutionRoleArn": role,
            "ImageUri": parts.image(),
            "MonitorImageUri": parts.monitor_image(),
            "OutputUri": Fn.sub(f"s3://{sub(PROJECT.artifacts_bucket)}/runs"),
            "PredictionsUri": Fn.sub(f"s3://{sub(PROJECT.data_bucket)}/predictions"),
            "ModelPackageGroupName": group,
            "KmsKeyArn": parts.key_arn,
            **({"OnViolation": given.on_violation.value_as_string} if self.infers else {}),
            **{name: getattr(given, member).value_as_string for name, member in gates.items()},
        }

    def _buckets(self, storage: Storage) -> list[CfnResource]:
        return [bucket.node.default_child for bucket in (storage.data, storage.artifacts)]
