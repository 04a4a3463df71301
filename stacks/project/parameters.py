"""Parameters of the products: what a project can choose, with the limits that CloudFormation checks before anything is made."""

from typing import Any

from aws_cdk import CfnParameter, CfnRule, CfnRuleAssertion, Fn, Stack

from mlops.projects.names import (
    ARTIFACTS_FROM,
    CODE_FROM,
    DATA_FROM,
    KEPT,
    MODELS_FROM,
    NEW,
    RESERVED,
    RESERVED_FOR,
)

# interval between batches -> period of the alarms, in seconds; CloudWatch has none longer than a week
PERIODS = {"minutes": 60, "hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 604800}
_ADOPTED = {
    DATA_FROM: "the bucket of data",
    ARTIFACTS_FROM: "the bucket of models and code",
    MODELS_FROM: "the group of model versions",
    CODE_FROM: "the repository",
}
_DAYS = [30, 90, 180, 365, 731, 1827, 3653]


class Parameters:
    """SageMaker's two parameters, which Studio fills in, and ours; the ones of monitoring only where a product monitors."""

    def __init__(self, stack: Stack, *, trains: bool, infers: bool) -> None:
        self._stack = stack
        self.given_versions = infers and not trains  # of another project
        rule = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
        self.name = self._text(
            "SageMakerProjectName", "lower-case words joined by '-'", allowed_pattern=rule, min_length=1, max_length=32
        )
        self._not_reserved()
        self.id = self._text("SageMakerProjectId", "set by SageMaker Studio", default="none")
        self.retention = CfnParameter(
            stack, "LogRetentionDays", type="Number", default="365", allowed_values=list(map(str, _DAYS))
        )
        self.email = self._text(
            "Email",
            "address for notifications, or none",
            default="none",
            allowed_pattern=r"^(none|[^@\s]+@[^@\s]+\.[^@\s]+)$",
        )
        self.source = self._text(
            "Source",
            "where the project's code lives",
            default="codecommit",
            allowed_values=["codecommit", "codeconnections"],
        )
        self.connection = self._text("ConnectionArn", "for codeconnections", default="none")
        self.repository = self._text("Repository", "owner/name, for codeconnections", default="none")
        self.branch = self._text("Branch", "branch that is delivered", default="main", max_length=100)
        self.gate = self._text(
            "ManualGate",
            "whether a person releases each delivery before it changes the project",
            default="no",
            allowed_values=["yes", "no"],
        )
        self.unattributed = self._text(
            "UnattributedVersions",
            "whether a version may be approved, with a reason, whose training nobody's request has started (Studio's button)",
            default="with-reason",
            allowed_values=["with-reason", "refuse"],
        )
        self.adopted = {id_: self._made(id_, what) for id_, what in _ADOPTED.items() if trains or id_ != MODELS_FROM}
        self.code = self._text(
            "CodePackage", "key of a code package in the artifacts bucket; delivery sets it", default="initial"
        )
        self.engine = self._text(
            "MonitorEngine",
            "what judges the data: the platform's analyzer, or SageMaker Model Monitor (accounts that have it)",
            default="ours",
            allowed_values=["ours", "sagemaker"],
        )
        if trains:
            self.min_auc = self._number("MinAuc", "least AUC of a version that is registered", 0.75)
            self.min_auc_due = self._number("MinAucDue", "least AUC over due refills", 0.68)
            self.max_ece_due = self._number("MaxEceDue", "largest calibration error over due refills", 0.05)
        if infers:
            actions = ["retrain", "notify", "both", "none"] if trains else ["notify", "none"]
            self.on_drift = self._text("OnDrift", "what drift starts", default=actions[0], allowed_values=actions)
            self.on_violation = self._text(
                "OnViolation",
                "whether a batch with drift or violations continues, or fails and stores no predictions",
                default="continue",
                allowed_values=["continue", "fail"],
            )
            self.interval = self._text(
                "BatchInterval",
                "how often a batch runs: an alarm stays until the next one",
                default="monthly",
                allowed_values=list(PERIODS),
            )
            self.cooldown = CfnParameter(
                stack,
                "CooldownHours",
                type="Number",
                default=24,
                min_value=0,
                max_value=8760,
                description="hours between automatic retrainings",
            )
            self.budget = CfnParameter(
                stack,
                "WeeklyBudget",
                type="Number",
                default=2,
                min_value=0,
                max_value=50,
                description="automatic retrainings a week at most",
            )
        if trains:
            self.schedule = self._text(
                "TrainingSchedule",
                "cron(...) or rate(...) of retraining, or none",
                default="none",
                allowed_pattern=r"^(none|cron\(.+\)|rate\(.+\))$",
            )
        if infers and not trains:
            self.model_package = self._text(
                "ModelPackageGroup",
                "name of the registry group whose approved version is used",
                allowed_pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$",
                max_length=63,
            )

    def _not_reserved(self) -> None:
        """What the command line refuses, CloudFormation refuses too, whoever asks: Service Catalog knows no command line."""
        taken = Fn.condition_contains(list(RESERVED), self.name.value_as_string)
        words = f"SageMakerProjectName: {RESERVED_FOR}"
        free = CfnRuleAssertion(assert_=Fn.condition_not(taken), assert_description=words)
        CfnRule(self._stack, "NameIsFree", assertions=[free])

    def _made(self, id_: str, what: str) -> CfnParameter:
        words = f"whether {what} is made, or was kept from an earlier project of this name"
        return self._text(id_, words, default=NEW, allowed_values=[NEW, KEPT])

    def _text(self, id_: str, description: str, **limits: Any) -> CfnParameter:
        return CfnParameter(self._stack, id_, type="String", description=description, **limits)

    def _number(self, id_: str, description: str, default: float) -> CfnParameter:
        return CfnParameter(
            self._stack, id_, type="Number", default=default, min_value=0, max_value=1, description=description
        )
