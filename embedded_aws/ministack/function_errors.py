"""How a Python function's beginning fails: in the words of Lambda's runtime client (awslambdaric, ``bootstrap.py``), not of a worker.

Lambda takes a function whose handler does not exist; the first invocation shows it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

_PREFIX = "Worker init failed: "
_FIND, _FOUND = "handler_fn = getattr(mod, handler_name)", "handler_fn = _ms_handler(mod, handler_name)"
_TELL, _TOLD = '"error": str(e)}', '"error": json.dumps(_ms_failure(e, module_name))}'
_FUNCTIONS = """
def _ms_handler(module, name):
    if not hasattr(module, name):
        raise LookupError("_ms_missing", "Handler '%s' missing on module '%s'" % (name, module.__name__))
    return getattr(module, name)

def _ms_failure(error, module):
    kind, says = type(error).__name__, str(error)
    if isinstance(error, ImportError):
        kind, says = "Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module, error)
    elif isinstance(error, SyntaxError):
        kind, says = "Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module, error)
    elif isinstance(error, LookupError) and error.args[:1] == ("_ms_missing",):
        kind, says = "Runtime.HandlerNotFound", error.args[1]
    return {"errorMessage": says, "errorType": kind, "requestId": "", "stackTrace": []}
"""


def telling(script: str) -> str:
    """The worker's program, which then says what went wrong.

    Raises:
        ValueError: the program is another one.
    """
    if script.count(_FIND) != 1 or _TELL not in script:
        raise ValueError("MiniStack's worker for Python has changed")
    return _FUNCTIONS + script.replace(_FIND, _FOUND).replace(_TELL, _TOLD, 1)


def told(known: Callable[..., Any]) -> Callable[..., Any]:
    """What an invocation answers where the function could not begin."""

    def execute(function: Mapping[str, Any], event: Any, request_id: str) -> Any:
        handler = str(function.get("config", {}).get("Handler", "index.handler"))
        if "." not in handler and str(function.get("config", {}).get("Runtime", "")).startswith("python"):
            says = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
            return _failed({"errorMessage": says, "errorType": "Runtime.MalformedHandlerName", "stackTrace": []})
        answer = known(function, event, request_id)
        body = answer.get("body") if answer.get("error") else None
        says = body.get("errorMessage", "") if isinstance(body, dict) else ""
        return {**answer, **_failed(json.loads(says[len(_PREFIX) :]))} if says.startswith(f"{_PREFIX}{{") else answer

    return execute


def _failed(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"body": dict(body), "error": True}
