"""What batches predict with, and what becomes visible of it; runs that were stopped and go on later."""

from tests.security.mutants import Mutant

_PUBLISH = "lambdas/publish_predictions/handler.py"
_REGISTRATION = "lambdas/record_approval/registration.py"
_BATCH = "tests/unit/lambdas/test_publish_predictions.py::test_nothing_else_is_published"
_APPROVAL = "tests/unit/lambdas/test_approval.py"
_PACKAGES = "tests/unit/projects/test_publish_code.py"

MUTANTS = [
    Mutant(
        15,
        "a selective execution publishes predictions",
        _PUBLISH,
        "    ensure_whole(_SAGEMAKER, execution)\n",
        "",
        (_BATCH,),
    ),
    Mutant(
        15,
        "a batch of choices that the project has no longer publishes predictions",
        _PUBLISH,
        "    if outdated(_SAGEMAKER, execution):\n",
        "    if outdated(_SAGEMAKER, execution) and False:\n",
        (_BATCH,),
    ),
    Mutant(
        15,
        "an old version of the batch is told the model",
        "lambdas/resolve_model/handler.py",
        '        definition = present_definition(_SAGEMAKER, event["execution"])\n',
        '        definition = "{}"\n',
        (f"{_APPROVAL}::test_an_old_version_of_the_batch_or_a_part_of_one_is_told_nothing",),
    ),
    Mutant(
        15,
        "another pipeline's execution publishes predictions",
        _PUBLISH,
        '/execution/" not in execution:\n',
        '/execution/" not in execution and False:\n',
        (_BATCH,),
    ),
    Mutant(
        15,
        "a version that was rejected meanwhile predicts",
        _PUBLISH,
        '    if status != "Approved":\n',
        '    if status != "Approved" and False:\n',
        (_BATCH,),
    ),
    Mutant(
        15,
        "a version that was changed while its batch ran goes unnoticed",
        _PUBLISH,
        "digest(specification(package))}:\n",
        'digest(specification(package)), event["specification_sha256"]}:\n',
        (_BATCH,),
    ),
    Mutant(
        15,
        "any model predicts",
        "mlops/bundled/served.py",
        '    return same and not found.get("ModelPackageName") and not model.get("Containers")\n',
        "    return bool(model) or same\n",
        (_BATCH,),
    ),
    Mutant(
        15,
        "an artifact is exchanged while its batch runs",
        _PUBLISH,
        '    verify(package, digest_of(_S3, wanted["ModelDataUrl"]), event["model_sha256"])\n',
        "",
        (_BATCH,),
    ),
    Mutant(
        15,
        "a batch's model says less than its version's container",
        "mlops/bundled/served.py",
        "    if len(containers) != 1 or other or missing:\n",
        "    if len(containers) != 1:\n",
        (f"{_APPROVAL}::test_a_container_that_says_more_than_is_handed_over_is_refused",),
    ),
    Mutant(
        15,
        "runs write predictions themselves",
        "mlops/projects/prefixes.py",
        '"predictions/*", {PUBLISH_PREDICTIONS}',
        '"predictions/*", {PUBLISH_PREDICTIONS, EXECUTION}',
        ("tests/security/test_who_may_write.py::test_predictions_are_published_by_their_function_alone",),
    ),
    Mutant(
        15,
        "an older package brings its own batch, which asks nobody",
        "lambdas/publish_code/package.py",
        "in _definitions(product, properties, earlier=bool(older)).items():\n",
        "in _definitions(training, properties, earlier=bool(older)).items():\n",
        (f"{_PACKAGES}::test_a_delivered_package_of_a_published_version_keeps_its_training",),
    ),
    Mutant(
        7,
        "a retried run passes a raised floor by",
        _REGISTRATION,
        "    if outdated(sagemaker, arn):\n",
        "    if outdated(sagemaker, arn) and False:\n",
        (f"{_APPROVAL}::test_a_run_of_a_gate_that_the_project_has_no_longer_is_rejected",),
    ),
    Mutant(
        7,
        "a retried run trains on data that were rejected meanwhile",
        _REGISTRATION,
        "    if Review(start.review).usable and not judged.usable:\n",
        "    if Review(start.review).usable and not judged.usable and False:\n",
        (f"{_APPROVAL}::test_a_data_set_is_looked_at_once_more",),
    ),
    Mutant(
        15,
        "on the embedded AWS a version that is not approved makes a model",
        "embedded_aws/sagemaker/packages.py",
        '        if found["ModelApprovalStatus"] != "Approved":\n',
        '        if found["ModelApprovalStatus"] != "Approved" and False:\n',
        ("tests/integration/executor/test_steps.py::test_a_version_that_is_not_approved_makes_no_model",),
    ),
    Mutant(
        15,
        "on the embedded AWS a selective execution takes over what still runs",
        "embedded_aws/sagemaker/pipelines/selection.py",
        '    if source.status not in {"Failed", "Succeeded"}:\n',
        '    if source.status not in {"Failed", "Succeeded"} and False:\n',
        ("tests/integration/executor/test_flow.py::test_a_selective_execution_takes_over_what_has_ended",),
    ),
]
