"""MiniStack's internals that embedded_aws/ministack/ touches: a new version that moves one fails here first."""

import importlib
import inspect
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager
from functools import partial
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from types import MemberDescriptorType, ModuleType
from typing import Any

import pytest

from embedded_aws.ministack.hooks import Hook, Hooks
from embedded_aws.settings import Settings
from tests.unit.embedded_aws.ministack_touched import assigned, touched

PINNED = "1.5.33"
_CALLED = [  # (module, function, parameters that we give by position or name, in order)
    (
        "ministack.core.iam_actions",
        "extract_resource_arn",
        "service method path headers body query_params region account_id",
    ),
    ("ministack.core.iam_actions", "extract_iam_action", "service method path headers body query_params"),
    ("ministack.core.iam_actions", "request_tag_context", "service iam_action body params"),
    ("ministack.core.iam_actions", "s3_service_context", "iam_action query_params path headers"),
    ("ministack.services.s3", "_put_object_lock_configuration", "bucket_name body"),
    (
        "ministack.core.iam_actions",
        "access_denied_response",
        "service action principal_arn request_id error_code message headers resource_arn",
    ),
    ("ministack.core.iam_evaluator", "enforce", "access_key_id iam_action service region resource_arn service_context"),
    ("ministack.core.iam_evaluator", "fnmatch_iam", "value pattern"),
    ("ministack.core.iam_evaluator", "_first_match", "ctx stmts effect"),
    ("ministack.core.iam_evaluator", "_conditions_met", "conditions ctx"),
    ("ministack.core.iam_evaluator", "_evaluate_single_condition", "operator actual expected_values"),
    ("ministack.core.iam_evaluator", "_fnmatch_compile", "pattern ignore_case"),
    ("ministack.core.iam_evaluator", "_resolve_condition_key", "key ctx"),
    ("ministack.core.iam_evaluator", "resolve_caller_identity", "access_key_id"),
    ("ministack.core.iam_evaluator", "validate_role_arn", "role_arn"),
    ("ministack.core.lambda_runtime", "execution_credentials", "config"),
    ("ministack.core.persistence", "_json_default", "obj"),
    ("ministack.core.persistence", "_json_object_hook", "obj"),
    ("ministack.core.persistence", "_state_format_version", "service"),
    ("ministack.core.persistence", "load_state", "service"),
    ("ministack.app", "_get_module", "name"),
    ("ministack.app", "load_state", "service"),
    ("ministack.app", "save_all", "services"),
    ("ministack.services.s3", "_atomic_write", "fpath data"),
    ("ministack.services.s3", "_key_history_meta", "bucket_name key"),
    ("ministack.services.s3", "_object_disk_path", "bucket key"),
    ("ministack.services.s3", "_object_meta_from_record", "obj"),
    ("ministack.services.s3", "_other_key_disk_path", "base key fpath"),
    ("ministack.services.s3", "_persist_object", "bucket key obj"),
    ("ministack.services.s3", "_read_body", "bucket_name key obj"),
    ("ministack.services.s3", "_remove_key_files", "fpath"),
    ("ministack.services.s3", "_version_body", "bucket bucket_name key v"),
    ("ministack.services.s3", "_version_disk_path", "bucket key version_id"),
    ("ministack.services.s3", "_version_file_exists", "bucket_name key version_id"),
    ("ministack.core.responses", "request_scope", "account_id region"),
    ("ministack.core.responses", "get_account_id", ""),
    ("ministack.core.responses", "get_region", ""),
    ("ministack.core.router", "extract_access_key_id", "headers query_params"),
    ("ministack.services.cloudwatch", "_calc_stats", "points"),
    ("ministack.services.cloudwatch", "_stat_value", "stats stat_name points"),
    ("ministack.services.cloudwatch", "_dims_key", "dims"),
    ("ministack.services.cloudwatch", "_evaluate_alarm", "alarm"),
    ("ministack.services.cloudwatch", "_dispatch_alarm_actions", "alarm old_state new_state reason"),
    ("ministack.services.cloudwatch", "_evaluate_parent_alarms", "child"),
    ("ministack.services.cloudwatch", "_record_history", "alarm_name old_state new_state reason"),
    ("ministack.services.eventbridge", "_put_events", "data allow_aws_source"),
    ("ministack.services.eventbridge", "_invoke_target", "target event rule view"),
    ("ministack.services.eventbridge", "_dispatch_to_lambda", "arn payload"),
    ("ministack.services.eventbridge", "_apply_input_transformer", "transformer rule view"),
    ("ministack.services.eventbridge", "_pattern_event_view", "event"),
    ("ministack.core.iam_evaluator", "resolve_credential", "access_key_id account_id session_token"),
    ("ministack.core.iam_evaluator", "resolve_principal", "access_key_id account_id credential"),
    ("ministack.core.iam_evaluator", "evaluate", "ctx policies limits"),
    ("ministack.core.iam_evaluator", "evaluate_trust_policy", "trust_doc caller_arn ctx"),
    ("ministack.core.iam_evaluator", "_principal_keys", "credential"),
    ("ministack.core.iam_evaluator", "find_iam_access_key_account", "access_key_id"),
    ("ministack.core.iam_evaluator", "is_root_access_key", "access_key_id"),
    ("ministack.core.responses", "_account_from_sts_session", "access_key_id"),
    ("ministack.core.responses", "error_response_json", "code message status"),
    ("ministack.services.lambda_svc", "execution_credentials", "config"),
    ("ministack.services.lambda_svc", "_get_func_record_for_ref", "function_ref"),
    ("ministack.services.lambda_svc", "_execution_record_for_config", "func config"),
    ("ministack.services.lambda_svc", "invoke_async_with_retry", "func event"),
    ("ministack.services.s3", "resolve_credential", "access_key_id account_id session_token"),
    ("ministack.services.sts", "_error", "status code message ns"),
    ("ministack.services.sts", "_principal_keys", "credential"),
    ("ministack.services.sts", "_role_id", "role_arn"),
    ("ministack.services.sts", "register_session", "access_key session"),
    ("ministack.services.sts", "resolve_credential", "access_key_id account_id session_token"),
    ("ministack.core.iam_evaluator", "_gather_role_policies", "role_name account_id"),
    ("ministack.core.iam_evaluator", "_gather_user_policies", "user_name account_id"),
    ("ministack.core.iam_evaluator", "_service_principal_matches", "principal service"),
    ("ministack.core.iam_evaluator", "_permissions_boundary", "store name account_id"),
    *(
        ("ministack.services.codebuild", name, "data")
        for name in ("_create_project", "_batch_get_projects", "_list_projects", "_update_project", "_delete_project")
    ),
    ("ministack.app", "_build_persistence_save_dict", ""),
    ("ministack.app", "pin_request_origin", "source_ip secure_transport"),
    ("ministack.services.ec2", "_create_flow_logs", "params"),
    ("ministack.services.s3", "_get_object_data", "bucket_name key"),
    *(
        ("ministack.services.s3", name, "name body")
        for name in (
            "_put_bucket_encryption",
            "_put_bucket_logging",
            "_put_bucket_lifecycle",
            "_put_bucket_ownership_controls",
        )
    ),
    ("ministack.services.s3", "_delete_bucket_ownership_controls", "name"),
    ("ministack.core.iam_actions", "s3_additional_checks", "method path headers body query_params"),
    ("ministack.core.iam_evaluator", "_names_caller", "principal caller_arn"),
    ("ministack.core.iam_evaluator", "combine_resource_policy", "identity ctx policy owner_account required limits"),
    ("ministack.core.iam_evaluator", "evaluate_resource_policy", "doc ctx service"),
    ("ministack.core.iam_evaluator", "EvalResult", "decision principal_arn"),
    ("ministack.core.iam_evaluator", "PrincipalInfo", "arn type account policies"),
    ("ministack.services.ec2", "_ensure_defaults_initialized", ""),
    ("ministack.core.responses", "json_response", "data"),
    *(
        ("ministack.services.kms", name, "data")
        for name in ("_create_alias", "_create_grant", "_create_key", "_decrypt", "_encrypt", "_retire_grant")
    ),
    ("ministack.services.cloudwatch_logs", "_create_log_group", "data"),
    ("ministack.services.eventbridge", "_dispatch_to_sns", "arn payload"),
    ("ministack.services.kms", "_key_metadata", "rec"),
    ("ministack.services.kms", "_resolve_key", "key_id_or_arn"),
    ("ministack.services.s3", "_apply_response_overrides", "resp_headers query_params"),
    ("ministack.services.s3", "_bucket_default_sse_headers", "bucket_name"),
    ("ministack.services.s3", "_check_sse_c_copy_source", "headers src_obj"),
    ("ministack.services.s3", "_check_sse_c_part", "headers upload"),
    ("ministack.services.s3", "_check_sse_read_headers", "headers obj"),
    ("ministack.services.s3", "_error", "code message status"),
    ("ministack.services.s3", "_get_object", "bucket_name key headers query_params"),
    ("ministack.services.s3", "_head_object", "bucket_name key headers query_params"),
    ("ministack.services.s3", "_object_error", "code message status fields"),
    ("ministack.services.s3", "_parse_bucket_key", "path headers"),
    ("ministack.services.s3", "_qp", "params key"),
    ("ministack.services.s3", "_resolve_sse_write_headers", "headers bucket_name"),
    ("ministack.core.iam_evaluator", "_action_matches", "request_action actions not_actions"),
    ("ministack.core.iam_evaluator", "_resolve_managed_policy_document", "policy_arn account_id"),
    ("ministack.core.iam_evaluator", "parse_policy_document", "doc"),
    ("ministack.services.cloudformation.changesets", "_find_change_set", "cs_name stack_name"),
    ("ministack.services.cloudformation.handlers", "_imported_export_names", "stack stack_name"),
    ("ministack.services.cloudformation.handlers", "_resolve_stack", "stack_name"),
    ("ministack.services.cloudformation.helpers", "_error", "code message status"),
    ("ministack.services.cloudformation.helpers", "_xml", "status root_tag inner"),
    ("ministack.services.cloudformation.provisioners", "_replacing_change", "resource_type old_props new_props"),
    (
        "ministack.services.cloudformation.stacks",
        "_add_event",
        "stack_id stack_name logical_id resource_type status reason physical_id",
    ),
    (
        "ministack.services.cloudformation.stacks",
        "_resolve_refs",
        "value resources params conditions mappings stack_name stack_id",
    ),
    (
        "ministack.services.cloudformation.stacks",
        "_resolve_stack_outputs",
        "outputs_defs conditions resources param_values mappings stack_name stack_id",
    ),
    *(
        (
            f"ministack.services.cloudformation.{module}",
            "_resolve_parameters",
            "template provided_params previous_params",
        )
        for module in ("changesets", "handlers")
    ),
    *(
        (f"ministack.services.cloudformation.{module}", name, parameters)
        for module in ("provisioners", "stacks")
        for name, parameters in (
            ("_provision_resource", "resource_type logical_id props stack_name"),
            ("_update_resource", "resource_type physical_id old_props new_props stack_name logical_id old_attrs"),
            ("_delete_resource", "resource_type physical_id props stack_name logical_id"),
        )
    ),
    ("ministack.services.iam", "_error", "status code message ns"),
    ("ministack.services.athena", "_execute_query", "query_id query database ddl catalog"),
    ("ministack.services.athena", "_get_query_results", "data"),
    ("ministack.services.athena", "_hidden", "relative_key"),
    ("ministack.services.athena", "_materialize_table_files", "location workdirs"),
    ("ministack.services.athena", "_rewrite_data_paths", "query database catalog"),
    ("ministack.services.athena", "_run_ddl", "ddl database"),
    ("ministack.services.athena", "_start_query_execution", "data"),
    ("ministack.services.athena", "_table_references", "query"),
    ("ministack.services.iam", "_policy_exists", "arn"),
    ("ministack.services.lambda_svc", "_execute_function_warm", "func event request_id"),
]
_KEPT: dict[str, dict[str, Any]] = {  # module -> tables, stores and types that we read or replace
    "ministack.app": {
        "app": Callable,
        "SERVICE_HANDLERS": dict,
        "SERVICE_NAME_ALIASES": dict,
        "SERVICE_REGISTRY": dict,
        "_state_map": dict,
    },
    "ministack.core.iam_actions": {"SERVICE_TO_IAM_NAMESPACE": dict},
    "ministack.core.iam_evaluator": {
        "AmbiguousAccessKeyError": type,
        "AuthError": type,
        "CredentialResolutionError": type,
        "EvalContext": type,
    },
    "ministack.core.lambda_runtime": {"subprocess": ModuleType, "_PYTHON_WORKER_SCRIPT": str},
    "ministack.core.responses": {
        "AccountRegionScopedDict": type,
        "AccountRegionScopedDict._data": MemberDescriptorType,
        "AccountScopedDict": type,
        "AccountScopedDict._data": MemberDescriptorType,
    },
    "ministack.core.router": {"SERVICE_PATTERNS": dict, "_KNOWN_AWS_SERVICE_NAMES": frozenset | None},
    "ministack.services.athena": {
        "_DUCKDB_TYPE_MAP": dict,
        "_DropTable": type,
        "_executions": Sized,
        "_named_queries": Sized,
        "_workgroups": Sized,
    },
    "ministack.services.budgets": {"_DISPATCH": dict, "_budgets": Sized},
    "ministack.services.cloudformation": {
        "_exports": Sized,
        "_stacks": Sized,
        "_stacks._data": dict,
        "copy": ModuleType,
    },
    "ministack.services.cloudformation.custom_resource": {"_lock": AbstractContextManager, "_pending": dict},
    "ministack.services.cloudformation.provisioners": {
        "_CUSTOM_NAME_REPLACEMENT": dict,
        "_REPLACING_PROPERTIES": dict,
        "_RESOURCE_HANDLERS": dict,
        "_S3_BUCKET_CONFIGURATIONS": tuple,
        "_STACK_TAG_PROPERTY": dict,
    },
    "ministack.services.cloudwatch": {"_alarms": Sized, "_alarms._data": dict, "_metrics": Sized, "copy": ModuleType},
    "ministack.services.cloudwatch_logs": {"copy": ModuleType},
    "ministack.services.eventbridge": {"copy": ModuleType},
    "ministack.services.codebuild": {"_projects": Sized},
    "ministack.services.ec2": dict.fromkeys(
        ("_flow_logs", "_network_acls", "_route_tables", "_security_groups", "_subnets", "_vpc_endpoints"), Sized
    ),
    "ministack.services.glue": {"_tables": Sized, "subprocess": ModuleType},
    "ministack.services.iam": {
        **dict.fromkeys(("_group_inline_policies", "_groups", "_roles", "_user_inline_policies", "_users"), Sized),
        "copy": ModuleType,
    },
    "ministack.services.lambda_svc": {"_functions": Sized, "subprocess": ModuleType},
    "ministack.services.kms": {"_grants": Sized, "_keys": Sized},
    "ministack.services.s3": {
        **dict.fromkeys(
            (
                "_SSE_STORED_HEADERS",
                "_bucket_encryption",
                "_bucket_lifecycle",
                "_bucket_logging_config",
                "_bucket_object_lock",
                "_buckets",
                "_multipart_uploads",
                "_object_versions",
            ),
            Sized,
        ),
        "DATA_DIR": str,
        "S3_PERSIST": bool,
        "copy": ModuleType,
    },
    "ministack.services.sns": {"_topics": Sized, "copy": ModuleType},
    "ministack.services.sqs": {"copy": ModuleType},
    "ministack.services.ssm": {"_parameter_history": Sized, "_parameters": Sized, "copy": ModuleType},
    "ministack.services.sts": {"_sessions": Sized},
}


@pytest.fixture(scope="module", autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """MiniStack reads its settings at import: it gets those of the server process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AUTH": "true", "PERSIST_STATE": "0", "LOG_LEVEL": "ERROR"}.items():
            patch.setenv(name, value)
        patch.setenv("STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield


def test_version() -> None:
    """The version that these internals were read from."""
    assert version("ministack") == PINNED


@pytest.mark.parametrize(("module", "name", "parameters"), _CALLED, ids=[f"{m}.{n}" for m, n, _ in _CALLED])
def test_called_functions(module: str, name: str, parameters: str) -> None:
    """Each function exists and takes what we give it, in that order, and needs nothing more."""
    function = getattr(importlib.import_module(module), name)
    found = inspect.signature(function).parameters
    given = parameters.split()
    assert list(found)[: len(given)] == given
    rest = [item for key, item in found.items() if key not in given]
    assert all(item.default is not inspect.Parameter.empty for item in rest)


@pytest.mark.parametrize(
    ("module", "name", "kind"),
    [(module, *item) for module, names in _KEPT.items() for item in names.items()],
    ids=str,
)
def test_tables_and_stores(module: str, name: str, kind: Any) -> None:
    """Each is where it was and what it was."""
    assert isinstance(attrgetter(name)(importlib.import_module(module)), kind)


def test_everything_that_is_touched_is_listed_here() -> None:
    """The names in the source of embedded_aws/ministack are those of this file: none is missing, none is left over."""
    listed = {f"{module}.{name}" for module, name, _ in _CALLED}
    listed |= {f"{module}.{name}" for module, names in _KEPT.items() for name in names}
    assert touched() == listed


def test_only_the_list_of_hooks_replaces() -> None:
    """No module assigns to one of MiniStack's itself: what is replaced stands in installation.py."""
    assert assigned() == set()


def test_every_hook_is_replaced_once(tmp_path: Path) -> None:
    """What stood at each place before was MiniStack's own, or nothing: no replacement wraps another one of ours."""
    from embedded_aws.wiring import wire

    wired = wire(tmp_path, Settings(job_backend="rewriting"), "secret")
    try:
        replaced = dict(wired.hooks.replaced)
        owners = {place: set(_makers(value)) for place, value in replaced.items()}
    finally:
        wired.hooks.undo()
        for service in wired.services:
            service.close()
    assert {"ministack.core.iam_actions.extract_resource_arn", "ministack.app.SERVICE_HANDLERS[sagemaker]"} <= set(
        owners
    )
    assert {place: found for place, found in owners.items() if found - {"ministack"}} == {}


def _makers(value: Any) -> Iterator[str]:
    """Top-level packages of the functions in a hook's value."""
    if isinstance(value, dict):
        yield from (name for item in value.values() for name in _makers(item))
    elif isinstance(value, tuple):
        yield from (name for item in value for name in _makers(item))
    elif callable(value):
        yield str(value.__module__).split(".", maxsplit=1)[0]


def test_second_replacement_is_refused() -> None:
    """A place that is replaced already, and one that does not exist, are refused by name; ``undo`` puts everything back."""
    from ministack.core import iam_actions

    before, table = iam_actions.extract_resource_arn, dict(iam_actions.SERVICE_TO_IAM_NAMESPACE)
    hook = Hook(iam_actions, "extract_resource_arn", partial)
    entry = Hook(iam_actions, "SERVICE_TO_IAM_NAMESPACE", lambda _: "new", "new")
    hooks = Hooks()
    hooks.install([hook, entry])
    assert iam_actions.extract_resource_arn is not before
    assert iam_actions.SERVICE_TO_IAM_NAMESPACE["new"] == "new"
    with pytest.raises(ValueError, match="extract_resource_arn is replaced already"):
        hooks.install([hook])
    with pytest.raises(ValueError, match="no_such_name does not exist"):
        hooks.install([Hook(iam_actions, "no_such_name", lambda _: None)])
    hooks.undo()
    assert iam_actions.extract_resource_arn is before
    assert table == iam_actions.SERVICE_TO_IAM_NAMESPACE


def test_who_calls() -> None:
    """A root key resolves to credential and principal with the members that git's way in reads."""
    from ministack.core import iam_evaluator
    from ministack.core.responses import request_scope

    with request_scope("111122223333", "us-east-1"):
        found = iam_evaluator.resolve_credential("111122223333", "111122223333", session_token="")
        principal = iam_evaluator.resolve_principal("111122223333", "111122223333", found)
    assert {"access_key_id", "secret_access_key"} <= set(dir(found))
    assert {"arn", "type", "account", "policies", "limits", "keys"} <= set(dir(principal))
    assert {"code", "message"} <= set(dir(iam_evaluator.CredentialResolutionError("c", "m")))


def test_registries() -> None:
    """The tables that our service is entered in, and the way a request to it is found."""
    from ministack import app
    from ministack.core import iam_actions, router

    assert isinstance(app.SERVICE_HANDLERS, dict)
    assert isinstance(router.SERVICE_PATTERNS, dict)
    assert {"target_prefixes", "host_patterns"} <= {key for entry in router.SERVICE_PATTERNS.values() for key in entry}
    assert iam_actions.SERVICE_TO_IAM_NAMESPACE["monitoring"] == "cloudwatch"
    assert "_KNOWN_AWS_SERVICE_NAMES" in vars(router)
    assert callable(app.app)
    assert app.AUTH in {True, False}


def test_hooks_are_looked_up_when_a_request_comes() -> None:
    """What we replace is imported inside the dispatcher, so that a replacement counts."""
    from ministack import app

    source = inspect.getsource(app._dispatch_service_request)
    block = source[source.index("from ministack.core.iam_actions import") :].split(")", 1)[0]
    for name in ("extract_iam_action", "extract_resource_arn", "request_tag_context", "s3_service_context"):
        assert name in block


@pytest.fixture
def policy_variables() -> Iterator[None]:
    """The hooks that give policies their variables."""
    from ministack.core import iam_evaluator

    from embedded_aws.ministack.policy_variables import conditions_met, first_match

    hooks = Hooks()
    hooks.install(
        [Hook(iam_evaluator, "_first_match", first_match), Hook(iam_evaluator, "_conditions_met", conditions_met)]
    )
    yield
    hooks.undo()


@pytest.mark.usefixtures("policy_variables")
def test_policy_variables() -> None:
    """Variables in resources and conditions take the request's value; one without a value matches nothing, not even ``*``."""
    from ministack.core import iam_evaluator

    def decision(resource: str, keys: dict[str, str], effect: str = "Allow", part: str = "Resource") -> str:
        context = iam_evaluator.EvalContext(
            principal_arn="arn:aws:sts::1:assumed-role/r/ann",
            principal_type="AssumedRole",
            principal_account="1",
            action="s3:PutObject",
            resource_arn=resource,
            region="us-east-1",
            principal_keys=keys,
        )
        statement = {"Effect": effect, "Action": "*", part: "arn:aws:s3:::b/${aws:userid}/*"}
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        parsed = iam_evaluator.parse_policy_document({"Statement": [statement, *([everything] * (effect == "Deny"))]})
        return str(iam_evaluator.evaluate(context, [parsed]).decision)

    ann = {"aws:userid": "AROA:ann"}
    assert decision("arn:aws:s3:::b/AROA:ann/x", ann) == "Allow"
    assert decision("arn:aws:s3:::b/AROA:ben/x", ann) == "ImplicitDeny"
    assert decision("arn:aws:s3:::b/AROA:ann/x", {}) == "ImplicitDeny"
    assert decision("arn:aws:s3:::b/AROA:ann/x", ann, "Deny", "NotResource") == "Allow"
    assert decision("arn:aws:s3:::b/AROA:ben/x", ann, "Deny", "NotResource") == "Deny"
    assert decision("arn:aws:s3:::b/AROA:ann/x", {}, "Deny", "NotResource") == "Deny"


def test_alarm_stores() -> None:
    """Alarms and metrics are stored by account and region, alarms with the members that we read and change."""
    from ministack.core.responses import request_scope
    from ministack.services import cloudwatch

    parameters = {
        "AlarmName": "contract",
        "Namespace": "n",
        "MetricName": "m",
        "ComparisonOperator": "GreaterThanThreshold",
    }
    parameters |= {"Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "Statistic": "Maximum"}
    with request_scope("111122223333", "us-east-1"):
        cloudwatch._put_metric_alarm({}, {**parameters, "Dimensions": [{"Name": "a", "Value": "b"}]}, False, True)
        cloudwatch._put_metric_data(
            {}, {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 2.0}]}, False, True
        )
        (alarm,) = cloudwatch._alarms.values()
        stored = cloudwatch._metrics.get(("n", "m", cloudwatch._dims_key({})))
    assert ("111122223333", "us-east-1") in {key[:2] for key in cloudwatch._alarms._data}
    wanted = {"AlarmName", "AlarmArn", "StateValue", "Namespace", "MetricName", "Dimensions", "Threshold", "Statistic"}
    assert wanted <= set(alarm)
    assert "Timestamp" in stored[0]
    assert cloudwatch._stat_value(cloudwatch._calc_stats(stored), "Maximum", stored) == 2.0
