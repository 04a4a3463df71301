"""What CodeBuild does for a project: test and package the code; then bring the project's own stack to that package."""

import json

_PACKAGE = ["package.json", "delivery.py"]


def build_spec() -> str:
    """Lint and test the seed code, then package it together with the definitions and the analyzer that the project has."""
    commands = [
        "python3 -m delivery install requirements.txt",
        "python3 -m ruff check .",
        "python3 -m pytest -q -n auto --dist loadfile tests",
        "python3 -m delivery package",
    ]
    return _spec(commands, artifacts=_PACKAGE)


def deploy_spec(*, trains: bool) -> str:
    """Update the provisioned product to the package (CloudFormation does the rest), wait, and start a training."""
    commands = [
        "python3 -m delivery install boto3",
        "python3 -m delivery deploy",
        *(["python3 -m delivery train"] if trains else []),
    ]
    return _spec(commands, artifacts=[])


def _spec(commands: list[str], artifacts: list[str]) -> str:
    spec: dict[str, object] = {"version": 0.2, "phases": {"build": {"commands": commands}}}
    if artifacts:
        spec["artifacts"] = {"files": artifacts}
    return json.dumps(spec)


def platform_spec(step: str) -> str:
    """The platform's own delivery: ``Gates`` tests and synthesizes, ``Deploy`` deploys that very assembly."""
    if step == "Gates":
        return _spec(["make test", "make synth"], artifacts=["cdk.out/**/*", "package.json", "cdk.json"])
    return _spec(["npm install --no-save", "npx cdk deploy --all --app cdk.out --require-approval never"], artifacts=[])
