"""What the XGBoost image does in script mode, over the real ``sagemaker_containers``; runs in the toolkit's environment.

The image's own package cannot be installed, so its entry points are written here after its public source
(https://github.com/aws/sagemaker-xgboost-container, training.py and serving.py). SageMaker starts ``train`` and ``serve``, which call them.
"""

import importlib
import sys
from typing import Any

from sagemaker_containers.beta.framework import env, modules, server, trainer, training_env, transformer, worker

_apps: list[Any] = []


def training() -> None:
    """SAGEMAKER_TRAINING_MODULE: install the user's code, run its program."""
    given = training_env()
    modules.run_module(
        given.module_dir, given.to_cmd_args(), given.to_env_vars(), given.module_name, capture_error=False
    )
    sys.exit(0)


def serving(environ: dict[str, Any], start_response: Any) -> Any:
    """SAGEMAKER_SERVING_MODULE: the WSGI application over the four functions of the user's module."""
    if not _apps:
        name = env.ServingEnv().module_name
        code = importlib.import_module(name)
        functions = {key: getattr(code, key) for key in ("model_fn", "input_fn", "predict_fn", "output_fn")}
        served = transformer.Transformer(**functions)
        served.initialize()
        _apps.append(worker.Worker(transform_fn=served.transform, module_name=name))
    return _apps[0](environ, start_response)


if __name__ == "__main__":  # the image's commands
    trainer.train() if sys.argv[1] == "train" else server.start(env.ServingEnv().framework_module)
