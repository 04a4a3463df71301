"""Names of everything that one project owns, derived from the project's name and account."""

import re
from dataclasses import dataclass

from mlops.bundled import alarms, names
from mlops.errors import RefusedInput

_RULE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
_LONGEST = 32  # SageMaker project names; also keeps bucket names under 63 characters

DATA_SCIENTIST = "mlops-data-scientist"
ML_ENGINEER = "mlops-ml-engineer"
MANAGER = "mlops-manager"
STUDIO_TEMPLATES = "mlops-studio-templates"  # bucket of the products' templates; the account's number follows
# parameters of a template that say of a thing whether it is made, or was kept from an earlier project of the name
DATA_FROM, ARTIFACTS_FROM, MODELS_FROM, CODE_FROM = "DataFrom", "ArtifactsFrom", "ModelsFrom", "CodeFrom"
NEW, KEPT = "new", "kept"
RESERVED_FOR = "the platform's own delivery has it; choose another one"
DELETE_KEPT = "mlops-delete-kept"  # function that deletes what projects that are gone have left
PLATFORM = "mlops-platform"  # repository and delivery pipeline of the platform itself
RESERVED = (PLATFORM.removeprefix("mlops-"),)  # no project has such a name: its roles would be the platform's own
PERSONAS = {"data-scientist": DATA_SCIENTIST, "ml-engineer": ML_ENGINEER, "manager": MANAGER}


def unknown(name: str) -> RefusedInput:
    """What to say where there is no project of that name."""
    return RefusedInput(f"project {name}: there is none; see 'mlops project list'")


@dataclass(frozen=True)
class Project:
    """A project's name and the names of its resources."""

    name: str
    account: str

    def __post_init__(self) -> None:
        if self.name in RESERVED:
            raise RefusedInput(f"project name {self.name!r}: {RESERVED_FOR}")
        if not _RULE.match(self.name) or len(self.name) > _LONGEST:
            raise RefusedInput(
                f"project name {self.name!r}: must be lower-case words of letters and digits joined by '-', "
                f"starting with a letter, at most {_LONGEST} characters"
            )

    @property
    def data_bucket(self) -> str:
        """Bucket of data sets and predictions."""
        return f"mlops-{self.name}-data-{self.account}"

    @property
    def artifacts_bucket(self) -> str:
        """Bucket of code, models and reports."""
        return f"mlops-{self.name}-artifacts-{self.account}"

    @property
    def repository(self) -> str:
        """CodeCommit repository of the project's code."""
        return f"{self.name}-code"

    @property
    def deletion_parameter(self) -> str:
        """SSM parameter that holds why the project is deleted; Parameter Store records who has written it."""
        return names.parameter(self.name, names.DELETION)

    @property
    def delivery_pipeline(self) -> str:
        """CodePipeline pipeline that brings pushed code into use."""
        return self.function("delivery")

    @property
    def training_pipeline(self) -> str:
        """Name of the training pipeline."""
        return f"{self.name}-training"

    @property
    def inference_pipeline(self) -> str:
        """Name of the batch-inference pipeline."""
        return f"{self.name}-inference"

    @property
    def model_group(self) -> str:
        """Name of the model package group."""
        return self.name

    @property
    def models_export(self) -> str:
        """Export of the project's stack that a project imports which predicts with its versions: CloudFormation keeps the stack then."""
        return f"mlops-project-{self.name}-models"

    @property
    def metrics_namespace(self) -> str:
        """CloudWatch namespace."""
        return names.namespace(self.name)

    @property
    def drift_alarm(self) -> str:
        """Name of the alarm on the share of drifted features."""
        return next(row.name(self.name) for row in alarms.ALARMS if row.kind == alarms.DRIFT)

    @property
    def alarms(self) -> list[str]:
        """Names of all alarms on a batch."""
        return [row.name(self.name) for row in alarms.ALARMS]

    @property
    def rehearsal_alarms(self) -> list[str]:
        """Names of the alarms on a rehearsal's batch."""
        return [row.name(self.name, rehearsal=True) for row in alarms.ALARMS]

    @property
    def topic(self) -> str:
        """Name of the SNS topic for notifications."""
        return f"{self.name}-notifications"

    @property
    def execution_role(self) -> str:
        """Role of the pipelines and jobs."""
        return f"mlops-{self.name}-execution"

    @property
    def deployed_model_parameter(self) -> str:
        """SSM parameter that points to the deployed model version."""
        return names.parameter(self.name, names.DEPLOYED_MODEL)

    @property
    def latest_dataset_parameter(self) -> str:
        """SSM parameter that names the newest data set for training."""
        return names.parameter(self.name, names.LATEST_DATASET)

    @property
    def latest_drift_parameter(self) -> str:
        """SSM parameter with a summary of the newest batch's drift report."""
        return names.parameter(self.name, names.LATEST_DRIFT)

    def function(self, purpose: str) -> str:
        """Name of a Lambda function, for example ``drift-policy``."""
        return f"{self.name}-{purpose}"
