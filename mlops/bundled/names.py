"""Names that functions, jobs, stacks and the library share: a project's parameters, its metrics and their dimensions."""

PARAMETERS = "/mlops"  # below it those of every project
DEPLOYED_MODEL, LATEST_DATASET, LATEST_DRIFT = "deployed-model", "latest-dataset", "latest-drift"
AUTOMATIC = "drift-policy-"  # how the runs are called that the drift policy starts
DELETION = "deletion"  # why a project is deleted; Parameter Store records who has written it
CHOICES = ("DatasetUri", "DatasetId", "AsOf", "StartRequest")  # what a start may choose, beside hyper-parameters
TIGHTENED = {
    "OnViolation": "continue"
}  # may be chosen too where the project has its laxer value: a start can only tighten it
LATEST_REHEARSAL = "latest-drift-rehearsal"  # as LATEST_DRIFT, of a rehearsal, which is beside the project
POINTERS = (DEPLOYED_MODEL, LATEST_DATASET, LATEST_DRIFT, LATEST_REHEARSAL)

PROJECT, PIPELINE, FEATURE, BRAND = "Project", "Pipeline", "Feature", "Brand"  # dimensions

DRIFTED, SCHEMA_VIOLATIONS, PREDICTIONS_DRIFTED = "drifted", "schema_violations", "predictions_drifted"
DRIFT_SHARE, MAX_DRIFT_SCORE, VIOLATIONS_COUNT, ROWS = "drift_share", "max_drift_score", "violations_count", "rows"
AGGREGATES = (DRIFT_SHARE, MAX_DRIFT_SCORE, VIOLATIONS_COUNT, SCHEMA_VIOLATIONS, ROWS)  # over all features of a batch
PREDICTION_DRIFT, MAX_PREDICTION_DRIFT = "prediction_drift", "max_prediction_drift"
EXPECTED_AUC, EXPECTED_BRIER, EXPECTED_STOP_SHARE = "expected_auc", "expected_brier", "expected_stop_share"


def parameter(project: str, kind: str) -> str:
    """Name of a project's parameter, for example ``latest-dataset``; with ``*`` as project a pattern."""
    return f"{PARAMETERS}/{project}/{kind}"


def namespace(project: str, *, rehearsal: bool = False) -> str:
    """CloudWatch namespace of a project's metrics, or of those of its rehearsals."""
    return f"MLOps/{project}/rehearsal" if rehearsal else f"MLOps/{project}"


def feature_drift(feature: str) -> str:
    """Metric of one feature's score, named as Model Monitor names it."""
    return f"feature_baseline_drift_{feature}"


def prediction_gap(attribute: str) -> str:
    """Metric of the largest difference between two groups of people: mean probability."""
    return f"prediction_gap_{attribute}"


def selection_gap(attribute: str) -> str:
    """Metric of the largest difference between two groups of people: share at high risk."""
    return f"selection_gap_{attribute}"


def bias_gap(attribute: str) -> str:
    """Metric of the largest difference between two groups of people: observed over expected, once labels are known."""
    return f"bias_gap_{attribute}"


def model_quality(measure: str) -> str:
    """Metric of how good the predictions were, once labels are known: auc, brier, calibration_error, observed_over_expected."""
    return f"model_{measure}"
