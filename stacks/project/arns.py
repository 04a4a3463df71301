"""ARNs of what a project owns, each by its name; texts of ``Fn::Sub`` in the project's own template."""

from mlops.bundled import names
from stacks.names import PROJECT, arn, bucket_arn, sub

DATA_BUCKET = bucket_arn(sub(PROJECT.data_bucket))
ARTIFACTS_BUCKET = bucket_arn(sub(PROJECT.artifacts_bucket))
REQUESTS = f"{DATA_BUCKET}/requests/*"  # to start runs, each below its writer's unique id
RUNS = f"{ARTIFACTS_BUCKET}/runs/*"  # what runs have written: models, reports
TRAINING_PIPELINE = arn("sagemaker", f"pipeline/{sub(PROJECT.training_pipeline)}")
TRAINING_RUNS = f"{TRAINING_PIPELINE}/execution/*"
INFERENCE_PIPELINE = arn("sagemaker", f"pipeline/{sub(PROJECT.inference_pipeline)}")
INFERENCE_RUNS = f"{INFERENCE_PIPELINE}/execution/*"
DELIVERY_PIPELINE = arn("codepipeline", sub(PROJECT.delivery_pipeline))
REPOSITORY = arn("codecommit", sub(PROJECT.repository))
DEPLOYED_MODEL = arn("ssm", f"parameter{sub(PROJECT.deployed_model_parameter)}")
LATEST_DATASET = arn("ssm", f"parameter{sub(PROJECT.latest_dataset_parameter)}")
LATEST_DRIFT = arn("ssm", f"parameter{sub(PROJECT.latest_drift_parameter)}")
LATEST_REHEARSAL = arn("ssm", f"parameter{names.parameter(sub(PROJECT.name), names.LATEST_REHEARSAL)}")
DELETION = arn("ssm", f"parameter{sub(PROJECT.deletion_parameter)}")


def versions_in(group: str) -> list[str]:
    """A registry group and the model versions in it."""
    return [arn("sagemaker", f"model-package-group/{group}"), arn("sagemaker", f"model-package/{group}/*")]


OWN_VERSIONS = versions_in(sub(PROJECT.model_group))
GIVEN_VERSIONS = versions_in("${ModelPackageGroup}")  # of the group that a project without training was given
GIVEN_EXPORT = sub(PROJECT.models_export).replace("${SageMakerProjectName}", "${ModelPackageGroup}")
# the artifacts of the project that the given group belongs to
GIVEN_ARTIFACTS_BUCKET = ARTIFACTS_BUCKET.replace("${SageMakerProjectName}", "${ModelPackageGroup}")
