"""The container: ``python -m mlops.monitoring`` under Model Monitor's contract (see docs/monitoring.md)."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from mlops.bundled import unexpected, wheels
from mlops.errors import RefusedInput

MODEL_MONITOR = "--as-model-monitor"  # stand in for its image: its rule, and only the files that it writes
ML = Path(os.environ.get("MLOPS_ML_FOLDER", "/opt/ml"))


def main() -> int:
    """Make a baseline, or check against one where the environment names it; exit code 2 for refused input, 1 for any other error."""
    try:
        with ExitStack() as libraries:
            _provide(libraries)
            text = _run(os.environ)
    except RefusedInput as error:
        return _failed(f"RefusedInput: {error}", 2)
    except Exception as error:
        sys.stderr.write(unexpected.trace(error))
        return _failed(unexpected.described(error), 1)
    sys.stdout.write(text + "\n")
    _say(text)
    return 3 if text.startswith("CompletedWithViolations") and os.environ.get("on_violation") == "fail" else 0


def _failed(text: str, code: int) -> int:
    sys.stderr.write(text + "\n")
    _say(text)
    return code


def _provide(libraries: ExitStack) -> None:
    """Polars, where the image lacks it."""
    own = Path(__file__).resolve()
    try:
        libraries.enter_context(wheels.provided(own.parents[2] / wheels.FOLDER, own.with_name(wheels.LOCK), "polars"))
    except ValueError as error:
        raise RefusedInput(str(error)) from None


def _run(environment: Mapping[str, str]) -> str:
    if environment.get("analysis_type") == "PREDICTIONS":
        from mlops.monitoring.prediction_report import PredictionJob

        return PredictionJob.from_environment(environment).run()
    from mlops.monitoring.container import Job

    return Job.from_environment(environment, ML, as_model_monitor=MODEL_MONITOR in sys.argv[1:]).run()


def _say(message: str) -> None:
    """The closing text, which SageMaker shows as the job's ExitMessage."""
    if (ML / "output").is_dir():
        (ML / "output" / "message").write_text(message[:1000])


if __name__ == "__main__":
    sys.exit(main())
