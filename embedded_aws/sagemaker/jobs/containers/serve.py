"""Runs a model's serving functions over prepared payloads; a script inside the job, standard library only.

Arguments: code folder, program, model folder, folder with payloads (00000, 00001, ...), folder for answers, content type, accept type.
Contract (SageMaker's inference toolkits): model_fn(model_dir); then transform_fn(model, body, content_type, accept), or
input_fn(body, content_type), predict_fn(data, model), output_fn(prediction, accept).
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TEXT = ("text/", "application/json", "application/jsonlines")


def main() -> None:
    """Answer every payload in order."""
    code, program, model_dir, payloads, answers, content_type, accept = sys.argv[1:8]
    sys.path[0] = code  # this script's own folder is no part of the container
    module = importlib.import_module(Path(program).stem)
    respond = _responder(module, _function(module, "model_fn", program)(model_dir), content_type, accept)
    for payload in sorted(Path(payloads).iterdir()):
        body: Any = payload.read_bytes()
        if content_type.startswith(_TEXT):
            body = body.decode()
        answer, answered = respond(body), accept
        if isinstance(answer, tuple):
            answer, answered = answer[0], str(answer[1] if len(answer) > 1 else accept)
        (Path(answers).parent / "content-type").write_text(answered)
        (Path(answers) / payload.name).write_bytes(answer.encode() if isinstance(answer, str) else bytes(answer))


def _responder(module: Any, model: Any, content_type: str, accept: str) -> Callable[[Any], Any]:
    if hasattr(module, "transform_fn"):
        return lambda body: module.transform_fn(model, body, content_type, accept)
    read = _function(module, "input_fn")
    predict = _function(module, "predict_fn")
    write = _function(module, "output_fn")
    return lambda body: write(predict(read(body, content_type), model), accept)


def _function(module: Any, name: str, program: str = "") -> Any:
    found = getattr(module, name, None)
    if found is None:
        sys.exit(f"{program or module.__name__} defines no {name}")
    return found


if __name__ == "__main__":
    main()
