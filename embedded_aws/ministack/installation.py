"""Every hook of MiniStack that is replaced, in one list."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses, router
from ministack.services import (
    athena,
    cloudformation,
    cloudwatch,
    cloudwatch_logs,
    eventbridge,
    glue,
    iam,
    kms,
    lambda_svc,
    s3,
    sns,
    sqs,
    ssm,
    sts,
)
from ministack.services.cloudformation import changesets, handlers, provisioners, stacks

from embedded_aws.box.view import Box
from embedded_aws.cloudformation import registry
from embedded_aws.cloudformation.provisioner import TYPES
from embedded_aws.ministack import (
    acting,
    alarms,
    authorization,
    buckets,
    credentials,
    events,
    exports,
    function_errors,
    functions,
    keys,
    object_encryption,
    object_reads,
    parameter_store,
    passing,
    policies,
    policy_variables,
    queries,
    resources,
    service_keys,
    source_identity,
    template_parameters,
)
from embedded_aws.ministack.hooks import Hook, Hooks, Make
from embedded_aws.ministack.object_bodies import ObjectFiles
from embedded_aws.ministack.persistence import Touched
from embedded_aws.ministack.services import Own


def install(
    own: Sequence[Own],
    targets: Mapping[str, events.Target],
    contexts: resources.Contexts,
    root_secret: str,
    *,
    box: Box | None,
    asked: queries.Queries,
    touched: Touched,
    files: ObjectFiles,
) -> Hooks:
    """Serve ``own`` beside MiniStack's services, deliver events to ``targets``, give CloudFormation our types and roots a secret.

    Functions run in ``box``, where there is one; ``asked`` runs Athena's queries; ``touched`` hears of every look into a
    store, ``files`` keeps objects.
    """
    hooks = Hooks()
    hooks.install(
        [
            *_credentials(root_secret),
            *_requests(own),
            *_services(own),
            *_objects(files),
            *_keys(),
            *_queries(asked),
            *_background(targets),
            *_cloudformation(contexts),
            *_functions(box),
            *_state(touched),
        ]
    )
    return hooks


def _credentials(root_secret: str) -> Iterator[Hook]:
    """Every place that looks up a secret or makes one, or says whose it is."""
    resolving, sessions = credentials.resolving(root_secret), credentials.random_sessions()
    yield Hook(iam_evaluator, "resolve_credential", resolving)
    yield Hook(s3, "resolve_credential", resolving)
    yield Hook(sts, "resolve_credential", resolving)
    yield Hook(iam_evaluator, "_principal_keys", source_identity.principal_keys)
    yield Hook(sts, "_principal_keys", source_identity.principal_keys)
    yield Hook(app, "SERVICE_HANDLERS", source_identity.keeping, "sts")
    yield Hook(lambda_runtime, "execution_credentials", sessions)
    yield Hook(lambda_svc, "execution_credentials", sessions)


def _requests(own: Sequence[Own]) -> Iterator[Hook]:
    """How a request is found, judged and answered."""
    yield Hook(router, "_KNOWN_AWS_SERVICE_NAMES", lambda _: frozenset(item.name for item in own))
    yield Hook(app, "pin_request_origin", authorization.trusting_loopback)
    yield Hook(app, "SERVICE_HANDLERS", parameter_store.noting_writers, "ssm")
    for name in sorted({*passing.SERVICES, *_REFUSING}):
        yield Hook(app, "SERVICE_HANDLERS", _asking(name), name)
    yield Hook(iam_actions, "extract_iam_action", authorization.action)
    yield Hook(iam_actions, "extract_resource_arn", authorization.resource_arn(own))
    yield Hook(iam_actions, "access_denied_response", authorization.refusal)
    yield Hook(iam_evaluator, "enforce", authorization.judging)
    yield Hook(iam_actions, "request_tag_context", authorization.request_context)
    yield Hook(iam_actions, "s3_service_context", authorization.s3_context)
    yield Hook(iam_actions, "s3_additional_checks", authorization.s3_besides)
    yield Hook(iam_evaluator, "_first_match", policy_variables.first_match)
    yield Hook(iam_evaluator, "_conditions_met", policy_variables.conditions_met)
    yield Hook(iam_evaluator, "_evaluate_single_condition", policy_variables.single_condition)
    yield Hook(iam_evaluator, "_resolve_condition_key", policy_variables.condition_key)
    yield Hook(iam_evaluator, "_fnmatch_compile", policy_variables.wildcards)


def _asking(name: str) -> Make:
    """A service that refuses a request that makes no sense before it asks for the right to pass its role."""
    refusing, asking = _REFUSING.get(name, _same), passing.asking(name) if name in passing.SERVICES else _same
    return lambda known: refusing(asking(known))


def _services(own: Sequence[Own]) -> Iterator[Hook]:
    """Entries of our services in the tables by which requests reach them."""
    for service in own:
        yield Hook(router, "SERVICE_PATTERNS", service.pattern, service.name)
        yield Hook(iam_actions, "SERVICE_TO_IAM_NAMESPACE", service.namespace, service.name)
        yield Hook(app, "SERVICE_HANDLERS", service.handler, service.name)


def _objects(files: ObjectFiles) -> Iterator[Hook]:
    """How S3 keeps, reads and encrypts objects."""
    yield Hook(app, "SERVICE_HANDLERS", object_encryption.noting_callers, "s3")
    yield Hook(s3, "_persist_object", files.persisting)
    yield Hook(s3, "_atomic_write", files.writing)
    yield Hook(s3, "_read_body", files.reading)
    yield Hook(s3, "_version_body", files.reading_version)
    yield Hook(s3, "_get_object", object_reads.partial)
    yield Hook(s3, "_head_object", object_reads.partial)
    yield Hook(s3, "_SSE_STORED_HEADERS", object_encryption.stored_headers)
    yield Hook(s3, "_resolve_sse_write_headers", object_encryption.writing)
    yield Hook(s3, "_check_sse_read_headers", object_encryption.reading)
    yield Hook(s3, "_check_sse_c_copy_source", object_encryption.copying)
    yield Hook(s3, "_check_sse_c_part", object_encryption.adding_parts)


def _keys() -> Iterator[Hook]:
    """Who may use a key of KMS, and what MiniStack's KMS lacks."""
    yield Hook(app, "SERVICE_HANDLERS", keys.re_encrypting, "kms")
    yield Hook(iam_evaluator, "combine_resource_policy", keys.with_grants)
    yield Hook(kms, "_key_metadata", keys.metadata)
    yield Hook(cloudwatch_logs, "_create_log_group", service_keys.log_groups)


def _queries(asked: queries.Queries) -> Iterator[Hook]:
    """For whom Athena's queries read and write."""
    yield Hook(app, "SERVICE_HANDLERS", queries.noting_callers, "athena")
    yield Hook(athena, "_start_query_execution", queries.starting)
    yield Hook(athena, "_execute_query", asked.executing)
    yield Hook(athena, "_materialize_table_files", queries.fetched)
    yield Hook(athena, "_get_query_results", queries.reading)


def _background(targets: Mapping[str, events.Target]) -> Iterator[Hook]:
    """What happens without a request: alarms and rules."""
    yield Hook(
        cloudwatch, "_dispatch_alarm_actions", lambda known: alarms.dispatching_events(service_keys.alarms(known))
    )
    yield Hook(cloudwatch, "_evaluate_alarm", alarms.evaluating)
    yield Hook(eventbridge, "_invoke_target", events.delivering(targets))
    yield Hook(eventbridge, "_dispatch_to_lambda", events.calling)
    yield Hook(eventbridge, "_dispatch_to_sns", service_keys.events)


def _functions(box: Box | None) -> Iterator[Hook]:
    """How programs of users are started: functions, and Glue's Python jobs."""
    yield Hook(lambda_runtime, "_PYTHON_WORKER_SCRIPT", function_errors.telling)
    yield Hook(lambda_svc, "_execute_function_warm", function_errors.told)
    yield Hook(lambda_runtime, "subprocess", functions.starting(box))
    yield Hook(lambda_svc, "subprocess", functions.starting(box))
    yield Hook(glue, "subprocess", functions.starting(box))


def _cloudformation(contexts: resources.Contexts) -> Iterator[Hook]:
    """CloudFormation's operations, and its types: ours, and MiniStack's own with what they leave out."""
    yield Hook(
        app, "SERVICE_HANDLERS", lambda known: acting.as_somebody(exports.keeping_what_is_used(known)), "cloudformation"
    )
    yield Hook(stacks, "_provision_resource", acting.creating)
    yield Hook(stacks, "_update_resource", acting.updating)
    yield Hook(stacks, "_delete_resource", acting.deleting)
    yield Hook(provisioners, "_provision_resource", acting.creating)  # of nested stacks
    yield Hook(provisioners, "_update_resource", acting.updating)
    yield Hook(provisioners, "_delete_resource", acting.deleting)
    yield Hook(stacks, "_resolve_stack_outputs", exports.outputs)
    yield Hook(stacks, "_resolve_refs", exports.imports)
    yield Hook(handlers, "_resolve_parameters", template_parameters.declared)
    yield Hook(changesets, "_resolve_parameters", template_parameters.declared)
    yield Hook(provisioners, "_S3_BUCKET_CONFIGURATIONS", buckets.configurations)
    for name, handler in resources.handlers(contexts).items():
        yield Hook(provisioners, "_RESOURCE_HANDLERS", handler, name)
    for name, names in resources.create_only().items():
        yield Hook(provisioners, "_REPLACING_PROPERTIES", _given(names), name)
    for kind in TYPES:
        if kind.custom_name:
            yield Hook(provisioners, "_CUSTOM_NAME_REPLACEMENT", _given({"name": kind.custom_name}), kind.name)
        if "Tags" in (registry.schema(kind.name) or {})["properties"]:
            yield Hook(provisioners, "_STACK_TAG_PROPERTY", _given(("Tags", "list")), kind.name)


def _state(touched: Touched) -> Iterator[Hook]:
    """State on disk is the keeper's: it is told of every look into a store, and MiniStack reads and writes none itself."""
    yield Hook(app, "load_state", lambda _: _nothing)
    yield Hook(app, "save_all", lambda _: _nothing)
    yield Hook(responses.AccountScopedDict, "_data", touched.data)
    yield Hook(responses.AccountRegionScopedDict, "_data", touched.data)
    yield Hook(cloudformation, "copy", touched.sparing)
    yield Hook(cloudwatch, "copy", touched.sparing)
    yield Hook(cloudwatch_logs, "copy", touched.sparing)
    yield Hook(eventbridge, "copy", touched.sparing)
    yield Hook(iam, "copy", touched.sparing)
    yield Hook(s3, "copy", touched.sparing)
    yield Hook(sns, "copy", touched.sparing)
    yield Hook(sqs, "copy", touched.sparing)
    yield Hook(ssm, "copy", touched.sparing)


def _nothing(*_: Any) -> None:
    """Neither reads nor writes."""


def _same(known: Any) -> Any:
    return known


_REFUSING: Mapping[str, Make] = {"iam": policies.iam_refusing, "lambda": policies.lambda_refusing}


def _given(value: object) -> Make:
    return lambda _: value
