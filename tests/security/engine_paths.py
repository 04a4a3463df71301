"""Every address that MiniStack's dispatcher names in its source, and what is there at our port.

``literals`` and ``handlers`` read the installed source, so that a new version that answers something new fails a test.
"""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_STARTUP = {  # functions of its own start and shutdown: their strings are files of the machine
    "_handle_lifespan",
    "_run_ready_scripts",
    "_run_init_scripts",
    "_reset_all_state",
    "_pid_file",
    "main",
}
_TOKEN = "0b3d7a52-9a57-4a4f-8ee1-0123456789ab"
# literal -> requests (method, path) that reach what stands behind it; nobody is answered there, whoever signs
GONE: dict[str, tuple[tuple[str, str], ...]] = {
    "/_": (("GET", "/_anything"),),  # also part of a name that the engine builds
    "/_alb/": (("GET", "/_alb/name/"),),
    "/_aws/execute-api/": (("GET", "/_aws/execute-api/0123abcd/stage/x"),),
    "/_aws/lambda-url/": (("GET", f"/_aws/lambda-url/{_TOKEN}/"),),
    "/_localstack/": (("GET", "/_localstack/info"),),
    "/_localstack/health": (("GET", "/_localstack/health"),),
    "/_ministack/cfn-response/": (
        ("PUT", f"/_ministack/cfn-response/{_TOKEN}"),
        ("POST", f"/_ministack/cfn-response/{_TOKEN}"),
        ("PUT", "/_ministack/cfn-response/x"),
    ),
    "/_ministack/cfn-signal/": (("PUT", f"/_ministack/cfn-signal/{_TOKEN}"),),
    "/_ministack/config": (("POST", "/_ministack/config"),),
    "/_ministack/eks-auth/": (("POST", "/_ministack/eks-auth/000000000000/us-east-1/name/0123456789abcdef"),),
    "/_ministack/elasticache/ca.pem": (("GET", "/_ministack/elasticache/ca.pem"),),
    "/_ministack/health": (("GET", "/_ministack/health"), ("HEAD", "/_ministack/health")),
    "/_ministack/iot/ca.pem": (("GET", "/_ministack/iot/ca.pem"),),
    "/_ministack/lambda-code/": (
        ("GET", "/_ministack/lambda-code/name"),
        ("GET", "/_ministack/lambda-code/000000000000/us-east-1/name"),
    ),
    "/_ministack/lambda-layers/": (
        ("GET", "/_ministack/lambda-layers/name/1/content"),
        ("GET", "/_ministack/lambda-layers/000000000000/us-east-1/name/1/content"),
    ),
    "/_ministack/rds/ca.pem": (("GET", "/_ministack/rds/ca.pem"),),
    "/_ministack/rds/iam-auth": (("POST", "/_ministack/rds/iam-auth"),),
    "/_ministack/ready": (("GET", "/_ministack/ready"),),
    "/_ministack/reset": (
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/reset?init=1"),
        ("POST", "/%5fministack/reset"),
        ("POST", "/%5Fministack%2Freset"),
        ("POST", "//_ministack/reset"),
        ("POST", "/_ministack//reset"),
        ("POST", "/_MINISTACK/reset"),
    ),
    "/_ministack/ses/messages": (("GET", "/_ministack/ses/messages"),),
    "/_ministack/sns/sms-messages": (("GET", "/_ministack/sns/sms-messages"),),
    "/_ministack/sqs/messages": (("GET", "/_ministack/sqs/messages"),),
    "/_ministack/transfer/sftp-ports": (("GET", "/_ministack/transfer/sftp-ports"),),
    "/.well-known/": (("GET", "/us-east-1_pool/.well-known/jwks.json"),),
    "/.well-known/jwks.json": (("GET", "/us-east-1_pool/.well-known/jwks.json"),),
    "/.well-known/openid-configuration": (("GET", "/us-east-1_pool/.well-known/openid-configuration"),),
    "/oauth2/authorize": (("GET", "/oauth2/authorize"),),
    "/oauth2/login": (("POST", "/oauth2/login"),),
    "/oauth2/token": (("POST", "/oauth2/token"),),
    "/oauth2/userInfo": (("GET", "/oauth2/userInfo"), ("POST", "/oauth2/userInfo")),
    "/oauth2/userinfo": (("GET", "/oauth2/userinfo"), ("POST", "/oauth2/userinfo")),
    "/login": (("POST", "/login"),),
    "/logout": (("GET", "/logout"),),
    "/graphql": (("POST", "/graphql"),),
    "^/v1/apis/[^/]+/graphql$": (("POST", "/v1/apis/name/graphql"),),
    "/catalogs/": (("GET", "/iceberg/v1/catalogs/0/namespaces"),),
    "/iceberg": (("GET", "/iceberg/v1/config"), ("GET", "/iceberg")),
    "/restapis/": (("GET", "/restapis/0123abcd/stage/_user_request_/x"),),
    "/v2": (("GET", "/v2"),),
    "/v2/": (("GET", "/v2/"),),
    "/v2/_catalog": (("GET", "/v2/_catalog"),),
    "/blobs/": (("GET", "/v2/name/blobs/sha256:0"), ("POST", "/v2/name/blobs/uploads/")),
    "/manifests/": (("PUT", "/v2/name/manifests/latest"),),
    "/tags/list": (("GET", "/v2/name/tags/list"),),
}
# literal -> requests to services: answered to whom a signature and IAM let in
JUDGED: dict[str, tuple[tuple[str, str], ...]] = {
    "/": (("GET", "/"), ("POST", "/")),
    "/BatchExecute": (("POST", "/BatchExecute"),),
    "/BeginTransaction": (("POST", "/BeginTransaction"),),
    "/CommitTransaction": (("POST", "/CommitTransaction"),),
    "/Execute": (("POST", "/Execute"),),
    "/RollbackTransaction": (("POST", "/RollbackTransaction"),),
    "/WriteGetObjectResponse": (("POST", "/WriteGetObjectResponse"),),
    "/v20180820/": (("GET", "/v20180820/configuration/publicAccessBlock"),),
    "/v20180820/async-requests/": (("POST", "/v20180820/async-requests/mrap/create"),),
    "/v20180820/async-requests/mrap/": (("POST", "/v20180820/async-requests/mrap/create"),),
    "/v20180820/mrap/": (("GET", "/v20180820/mrap/instances/name"),),
    "/v20180820/mrap/instances": (("GET", "/v20180820/mrap/instances"),),
    "/v20180820/tags/": (("GET", "/v20180820/tags/arn"),),
    "/v2/email": (("GET", "/v2/email/identities"), ("POST", "/v2/email/outbound-emails")),
    "/environments": (("GET", "/environments"),),
    "/environments/": (("GET", "/environments/name"),),
    "/metrics/environments/": (("POST", "/metrics/environments/name"),),
    "/clitoken/": (("POST", "/clitoken/name"),),
    "/webtoken/": (("POST", "/webtoken/name"),),
    "/restapi/": (("POST", "/restapi/name"),),
    "/key-value-stores/": (("GET", "/key-value-stores/arn"),),
    "/@connections/": (("POST", "/stage/@connections/id"),),
    "/object": (("GET", "/bucket/object"),),
}
HEALTH = {"/health"}  # ours
MORE = (  # no literals of the dispatcher, but of what it hands requests to
    ("POST", "/2015-03-31/functions"),
    ("POST", "/2015-03-31/functions/name/invocations"),
    ("PUT", "/new-bucket"),
    ("DELETE", "/canary/kept"),
    ("GET", "/canary/kept"),
    ("GET", "/canary?list-type=2"),
    ("POST", "/canary?delete"),
    ("POST", "/canary"),
    ("GET", "/?Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("GET", "/?Action=ConfirmSubscription&Token=x&TopicArn=arn:aws:sns:us-east-1:000000000000:t"),
    ("GET", "/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:x"),
    ("POST", "/000000000000/queue"),
)
HANDLERS = {  # what the dispatcher asks before, beside and after authorization
    "_handle_lifespan",
    "_handle_pre_body_request",
    "_handle_options_request",
    "_handle_health_request",
    "_handle_ready_request",
    "_handle_unknown_localstack_request",
    "_handle_lambda_download_request",
    "_handle_cognito_get_request",
    "_handle_ses_messages_request",
    "_handle_sqs_messages_request",
    "_handle_sns_sms_messages_request",
    "_handle_transfer_sftp_ports_request",
    "_handle_iot_ca_request",
    "_handle_rds_ca_request",
    "_handle_elasticache_ca_request",
    "_handle_admin_reset",
    "_handle_post_body_shortcuts",
    "_handle_cognito_body_request",
    "_handle_admin_config_request",
    "_handle_special_data_plane_request",
    "_handle_s3_control_request",
    "_handle_rds_data_request",
    "_handle_ses_v2_request",
    "_handle_ecr_registry_request",
    "_handle_cloudfront_dataplane_request",
    "_handle_execute_api_request",
    "_handle_lambda_url_request",
    "_handle_s3_vhost_request",
    "_handle_alb_request",
}


def source() -> ast.Module:
    """MiniStack's dispatcher."""
    found = find_spec("ministack.app")
    assert found is not None
    assert found.origin is not None
    return ast.parse(Path(found.origin).read_text(encoding="utf-8"))


def literals(module: ast.Module) -> set[str]:
    """Strings of its code that begin an address: no docstrings, no log lines, nothing of start and shutdown."""
    found = {text for text in _strings(module) if text.startswith(("/", "^/")) and " " not in text}
    return {text for text in found if not text.startswith(("/docker-", "/etc/", "/root/", "/tmp"))}


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in _STARTUP:
        return
    for child in ast.iter_child_nodes(node):
        docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        elif not docstring:
            yield from _strings(child)


def handlers(module: ast.Module) -> set[str]:
    """Names of its functions that answer a request by its address."""
    functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("_handle_")}


def requests() -> list[tuple[str, str]]:
    """Every one of them, once."""
    listed = [item for table in (GONE, JUDGED) for items in table.values() for item in items]
    return sorted({*listed, *MORE})
