"""The stack of a project, as one template for each row of ``mlops.projects.products``; it only composes."""

from aws_cdk import CfnOutput, Fn, Tags
from aws_cdk import aws_servicecatalog as servicecatalog
from constructs import Construct

from mlops.projects.products import Product
from stacks.constructs.approval import approval
from stacks.constructs.cicd import project_delivery
from stacks.constructs.code import Code
from stacks.constructs.drift import drift_policy, inference_functions
from stacks.constructs.execution import execution_role, purpose_of
from stacks.constructs.notifications import notifications
from stacks.constructs.pipelines import pipeline, schedule
from stacks.constructs.registry import feature_group, model_group
from stacks.constructs.storage import Storage
from stacks.constructs.training import training_functions
from stacks.names import PROJECT, sub
from stacks.project.arns import GIVEN_EXPORT, GIVEN_VERSIONS, OWN_VERSIONS
from stacks.project.parameters import Parameters
from stacks.project.parts import Parts, Platform


class ProjectTemplate(servicecatalog.ProductStack):
    """A project's stack: training, batch inference, or both."""

    def __init__(self, scope: Construct, id_: str, *, product: Product, platform: Platform) -> None:
        super().__init__(scope, id_)
        self.template_options.description = product.about
        parameters = Parameters(self, trains=product.trains, infers=product.infers)
        self._product, self._parts = product, Parts(self, platform, parameters)
        for key, parameter in (("name", parameters.name), ("id", parameters.id)):
            Tags.of(self).add(f"sagemaker:project-{key}", parameter.value_as_string)
        self._compose()

    def _compose(self) -> None:
        product, parts = self._product, self._parts
        storage, topic = Storage(parts), notifications(parts)
        parts.topic = topic
        found = OWN_VERSIONS if product.trains else GIVEN_VERSIONS
        functions = inference_functions(parts, found, trains=product.trains) if product.infers else {}
        functions |= training_functions(parts, infers=product.infers) if product.trains else {}
        role = execution_role(parts, trains=product.trains, calls=[purpose_of(name) for name in functions])
        group = Fn.sub(sub(PROJECT.model_group)) if product.trains else Fn.import_value(Fn.sub(GIVEN_EXPORT))
        pipelines = [kind for kind, has in (("Training", product.trains), ("Inference", product.infers)) if has]
        code = Code(parts, {**self._defaults(role, group), **functions}, pipelines, storage.artifacts_name)
        if product.trains:
            model_group(parts)
            feature_group(parts, storage.data_name)
            pipeline(parts, "Training", role, code)
            schedule(parts)
        if product.infers:
            pipeline(parts, "Inference", role, code)
            drift_policy(parts, topic, trains=product.trains)
        approval(parts, trains=product.trains, infers=product.infers)
        project_delivery(parts, product=product.key, trains=product.trains)
        CfnOutput(self, "Project", value=parts.name)
        CfnOutput(self, "Template", value=product.key)

    def _defaults(self, role: str, group: str) -> dict[str, str]:
        """Values of the definitions' parameters; those that a definition does not have are not used."""
        parts, given = self._parts, self._parts.parameters
        gates = (
            {"MinAuc": "min_auc", "MinAucDue": "min_auc_due", "MaxEceDue": "max_ece_due"}
            if self._product.trains
            else {}
        )
        return {
            "ExecutionRoleArn": role,
            "ImageUri": parts.image(),
            "MonitorImageUri": parts.monitor_image(),
            "OutputUri": Fn.sub(f"s3://{sub(PROJECT.artifacts_bucket)}/runs"),
            "PredictionsUri": Fn.sub(f"s3://{sub(PROJECT.data_bucket)}/predictions"),
            "ModelPackageGroupName": group,
            "KmsKeyArn": parts.key_arn,
            **({"OnViolation": given.on_violation.value_as_string} if self._product.infers else {}),
            **{name: getattr(given, member).value_as_string for name, member in gates.items()},
        }
