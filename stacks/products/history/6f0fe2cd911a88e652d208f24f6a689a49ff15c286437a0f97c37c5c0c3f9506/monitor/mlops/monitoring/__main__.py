"""The container: ``python -m mlops.monitoring`` under Model Monitor's contract (see docs/monitoring.md)."""

import os
import sys
from pathlib import Path

from mlops.errors import RefusedInput
from mlops.monitoring import wheels

ML = Path(os.environ.get("MLOPS_ML_FOLDER", "/opt/ml"))


def main() -> int:
    """Make a baseline, or check against one where the environment names it; exit code 2 for refused input."""
    try:
        wheels.provide(Path(__file__).resolve().parents[2] / "wheels")
        from mlops.monitoring.container import Job

        text = Job.from_environment(os.environ, ML).run()
    except RefusedInput as error:
        text = f"RefusedInput: {error}"
        sys.stderr.write(text + "\n")
        _say(text)
        return 2
    sys.stdout.write(text + "\n")
    _say(text)
    return 3 if text.startswith("CompletedWithViolations") and os.environ.get("on_violation") == "fail" else 0


def _say(message: str) -> None:
    """The closing text, which SageMaker shows as the job's ExitMessage."""
    if (ML / "output").is_dir():
        (ML / "output" / "message").write_text(message[:1000])


if __name__ == "__main__":
    sys.exit(main())
