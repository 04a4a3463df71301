"""Promises of the templates, of history and of the trail that no other area has mutants for."""

from tests.security.mutants import Mutant

_GATES = "tests/infrastructure/test_gates.py::test_mistake_is_caught"
_APPROVAL = "tests/unit/lambdas/test_approval.py"
_KILLS = (
    "tests/integration/datasets/test_kills.py::test_an_import_that_ends_before_any_of_its_writes_shows_all_or_nothing"
)
_DATA, _IAM = "stacks/rules/data.py", "stacks/rules/iam.py"

_ROLES = "tests/integration/executor/test_roles.py"

MUTANTS = [
    Mutant(
        6,
        "an ARN that goes on after a pipeline's name is judged as one pipeline and read as another",
        "embedded_aws/service.py",
        '        if value and (not name or "/" in name or name.startswith("arn:")):\n'
        '            raise ServiceError("ResourceNotFound", f"{value} does not exist")\n'
        "        return name\n",
        '        return name.rsplit("/", 1)[-1]\n',
        (f"{_ROLES}::test_an_arn_is_read_as_it_is_judged",),
    ),
    Mutant(
        10,
        "whoever names a role for SageMaker need not be allowed to pass it",
        "embedded_aws/sagemaker/service.py",
        "                if role:\n",
        "                if role is None:\n",
        (f"{_ROLES}::test_a_job_reads_writes_and_is_made_in_its_role",),
    ),
    Mutant(
        10,
        "SageMaker acts in roles that do not trust it",
        "embedded_aws/ministack/identities.py",
        "validate_role_arn(role) is None and _trusts(role, service, account, region)",
        "validate_role_arn(role) is None",
        (f"{_ROLES}::test_a_role_that_does_not_trust_sagemaker_runs_nothing",),
    ),
    Mutant(
        11,
        "a limit to anybody's rules is a limit",
        "stacks/rules/services.py",
        '        return bool(parts[4]) and "*" not in parts[4]\n',
        "        return True\n",
        (f"{_GATES}[DeputyOfAnybodysRules]",),
    ),
    Mutant(
        1,
        "a bucket without an access log passes the synth",
        _DATA,
        '            yield Finding("private-bucket", logical_id, "has no access log")\n',
        "            continue\n",
        (f"{_GATES}[UnloggedBucket]",),
    ),
    Mutant(
        4,
        "jobs talk to each other in plain",
        "stacks/rules/definitions.py",
        '    if settings.get("EnableInterContainerTrafficEncryption") is not True:\n',
        '    if settings.get("EnableInterContainerTrafficEncryption") is False:\n',
        (f"{_GATES}[JobInPlain]",),
    ),
    Mutant(
        8,
        "a manager starts executions",
        "mlops/platform/assembled/Access.template.json",
        '          "sagemaker:Start*",\n',
        "",
        ("tests/security/test_personas.py::test_manager_changes_nothing_even_with_full_access",),
    ),
    Mutant(
        10,
        "roles are passed to any service",
        _IAM,
        '        if "iam:PassedToService" not in str(statement.get("Condition", "")):\n',
        '        if "iam:PassedToService" in str(statement.get("Condition", "")):\n',
        (f"{_GATES}[PassToAnybody]",),
    ),
    Mutant(
        12,
        "a role without the boundary passes the synth",
        _IAM,
        '        if not properties.get("PermissionsBoundary"):\n',
        '        if properties.get("PermissionsBoundary"):\n',
        (f"{_GATES}[NoBoundary]",),
    ),
    Mutant(
        16,
        "a resumed run does everything again",
        "embedded_aws/sagemaker/pipelines/engine.py",
        '            if step.status != "Succeeded":\n',
        "            if step.status:\n",
        ("tests/integration/executor/test_failures.py", "tests/integration/executor/test_flow.py"),
    ),
    Mutant(
        17,
        "a version has its name before its tables are there",
        "mlops/datasets/registry/registry.py",
        "        stored = tuple(self._upload(",
        "        self._alias(draft.name, keys.id)\n        stored = tuple(self._upload(",
        (_KILLS,),
    ),
    Mutant(
        17,
        "an import does not finish what a killed one has begun",
        "mlops/datasets/registry/registry.py",
        'Prefix=keys.manifest)\n        return any(item["Key"] == keys.manifest for item in',
        'Prefix=keys.data)\n        return any(item["Key"] for item in',
        (_KILLS,),
    ),
    Mutant(
        18,
        "of writers who race one loses his entry",
        "mlops/bundled/s3_json.py",
        'Body=body, IfNoneMatch="*", ContentType=content_type)',
        "Body=body, ContentType=content_type)",
        ("tests/unit/bundled/test_trail.py::test_no_entry_of_racing_writers_is_lost",),
    ),
    Mutant(
        19,
        "the digest of code depends on the order of its files",
        "mlops/bundled/code_tree.py",
        '    total = hashlib.sha256()\n    for name, content in sorted(tree.items()):\n        total.update(f"',
        '    total = hashlib.sha256()\n    for name, content in tree.items():\n        total.update(f"',
        ("tests/unit/projects/test_code.py::test_digest_ignores_order",),
    ),
    Mutant(
        21,
        "a certain but meaningless shift is drift",
        "mlops/monitoring/limits.py",
        '"comparison_threshold": 0.1,',
        '"comparison_threshold": 0.0001,',
        ("tests/unit/monitoring/test_drift_decisions.py::test_a_certain_but_meaningless_shift_is_no_drift",),
    ),
    Mutant(
        22,
        "an earlier decision overtakes a later one",
        "mlops/bundled/deployment.py",
        "            if current and self._rank(current) > self._rank(value):\n",
        "            if current and self._rank(current) > self._rank(value) and False:\n",
        (f"{_APPROVAL}::test_racing_approvals_end_at_the_later_decision",),
    ),
    Mutant(
        24,
        "a published version changes",
        "stacks/products/history.py",
        "        if known.get(name) != found.get(name) and name not in waived:\n",
        "        if name not in known and name not in waived:\n",
        ("tests/infrastructure/test_history.py::test_a_changed_file_of_an_archive_is_named",),
    ),
    Mutant(
        9,
        "the launch role cannot make what its products need",
        "mlops/platform/assembled/Catalog.template.json",
        '"codecommit:CreateRepository"',
        '"codecommit:GetRepository"',
        ("tests/security/test_launch_role.py::test_it_suffices_for_every_resource_of_every_product",),
    ),
    Mutant(
        20,
        "a table without its column is let in",
        "seed_code/adherence/adherence/data/tables.py",
        'column {column} is missing (rule required column)")',
        'column is missing")',
        ("tests/unit/datasets/test_hostile_corpus.py", "seed_code/adherence/tests/test_steps.py"),
    ),
    Mutant(
        23,
        "a deleted project leaves its parameters",
        "lambdas/publish_code/handler.py",
        "    for kind in (*names.POINTERS, names.DELETION):\n",
        "    for kind in ():\n",
        ("tests/unit/lambdas/test_forget.py",),
    ),
    Mutant(
        15,
        "what a build calls a pinned wheel is one",
        "lambdas/publish_code/wheels.py",
        "        if hashlib.sha256(body).hexdigest() != digest:\n",
        "        if not body:\n",
        ("tests/unit/projects/test_wheels.py::test_published_code_has_its_wheels_beside_it",),
    ),
    Mutant(
        15,
        "a build's name of a wheel decides which library it is",
        "lambdas/publish_code/wheels.py",
        'name = f"{_library(body)}-{digest}.whl"',
        'name = key.rpartition("/")[2]',
        ("tests/unit/projects/test_wheels.py::test_the_name_of_a_file_decides_nothing",),
    ),
    Mutant(
        15,
        "junk under a pinned hash keeps the wheel out",
        "mlops/projects/kit/delivery.py",
        ' and hashlib.sha256(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest() == digest:\n',
        ":\n",
        ("tests/unit/projects/test_kit.py::test_what_another_build_has_put_there_keeps_no_wheel_out",),
    ),
]
