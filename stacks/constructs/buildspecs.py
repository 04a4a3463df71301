"""What CodeBuild does for a project: test and package the code; then bring the project's own stack to that package."""

import json

PACKAGE = "PACKAGE"  # variable that a build exports: the key of what it has packaged
_PYTHON = "3.12"  # that of the jobs' image: what a build has tested runs there
# The deploy role may update the project: it runs the product's own delivery.py, from the package that publish-code alone writes, in
# Python's isolated mode, away from the repository; of what a build of pushed code leaves it takes the package's key, which it asks
# CodePipeline's history for. A build exports that as a variable: an artifact on S3 every build of the project could write over, for all
# run in one role, and a variable of the next action's configuration would become part of its JSON, unread.
_FETCH = (
    "import boto3, io, os, zipfile; "
    "body = boto3.client('s3').get_object(Bucket=os.environ['ARTIFACTS'], Key='packages/base.zip')['Body'].read(); "
    "open('own_delivery.py', 'wb').write(zipfile.ZipFile(io.BytesIO(body)).read('kit/delivery.py'))"
)


def build_spec() -> str:
    """Lint and test the seed code, then package it together with the definitions and the analyzer that the project has."""
    commands = [
        "python3 -m delivery install requirements.txt",
        "python3 -m ruff check .",
        "python3 -m pytest -q -n auto --dist loadfile -m 'not slow' tests",
        "python3 -m delivery package",
        f"{PACKAGE}=\"$(python3 -I -c \"import json; print(json.load(open('package.json'))['key'])\")\"",
        f"export {PACKAGE}",
    ]
    return _spec(commands, exported=[PACKAGE])


def deploy_spec(*, trains: bool) -> str:
    """Update the provisioned product to the package (CloudFormation does the rest), wait, and start a training."""
    commands = [
        'cd "$(mktemp -d)"',
        'python3 -I -c "import boto3" || python3 -I -m pip install --quiet boto3',
        f'python3 -I -c "{_FETCH}"',
        "python3 -I own_delivery.py deploy",
        *(["python3 -I own_delivery.py train"] if trains else []),
    ]
    return _spec(commands, exported=[])


def _spec(commands: list[str], exported: list[str]) -> str:
    phases = {"install": {"runtime-versions": {"python": _PYTHON}}, "build": {"commands": commands}}
    spec: dict[str, object] = {"version": 0.2, "phases": phases}
    if exported:
        spec["env"] = {"exported-variables": exported}
    return json.dumps(spec)


def platform_spec(step: str) -> str:
    """The platform's own delivery: ``Gates`` is every gate, cheapest first; ``Deploy`` deploys the very assembly that passed them."""
    if step == "Gates":
        return _platform(["runtime", "build", "deploy", "dev"], ".venv/.dev", GATES)
    return _platform(["runtime"], ".venv/.runtime", ['python3 -m mlops --target aws deploy --role "$EXECUTION_ROLE"'])


# the synth comes before the slow checks: most mistakes end there
GATES = [
    "ruff check .",
    "ruff format --check .",
    "python3 -m stacks.leaks",
    "PYTHONPATH=seed_code/adherence lint-imports --no-logo",
    "CDK_OUTDIR=cdk.out python3 app.py",
    "python3 -m stacks.leaks cdk.out",
    "python3 -m stacks.assembly --check cdk.out",
    "cfn-lint cdk.out/*.template.json",
    "mypy",
    "python3 -m pytest -q -n auto --dist loadfile",
]


def _platform(groups: list[str], target: str, commands: list[str]) -> str:
    """An image that has the locked libraries is used as it is; any other gets them in ``.venv``."""
    install = [
        f"python3 requirements/ready.py {' '.join(groups)} || make {target}",
        'export PATH="$PWD/.venv/bin:$PATH"',
    ]
    phases = {
        "install": {"runtime-versions": {"python": "3.13"}, "commands": install},
        "build": {"commands": commands},
    }
    return json.dumps({"version": 0.2, "phases": phases})
