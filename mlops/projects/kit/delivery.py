"""Commands of the project's delivery pipeline, run at the root of its repository: ``python3 -m delivery COMMAND``.

``install`` gets the libraries that requirements name and this machine does not have. ``package`` puts this repository's code into
the project's code package, under the hash of its content, with the pipelines' defaults from project.toml, and fetches the
libraries that the jobs' image lacks as wheels. ``deploy`` has Service
Catalog update the project's stack to that package, so that pipelines change through CloudFormation only. ``train`` starts a
training on the data set that retraining uses: that of the newest version which was registered from an approved one.
"""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import uuid
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

_KIT = {"conftest.py", "delivery.py", "mypy.ini", "pytest.ini", "requirements.txt", "ruff.toml"}
_SKIPPED = {"tests", "__pycache__", "package.json", *_KIT}
_BASE, _RECORD = "packages/base.zip", Path("package.json")
_PATIENCE = 1500.0  # seconds
_LOCKS = ("seed/wheels.lock", "monitor/mlops/monitoring/wheels.lock")  # of the code package: what jobs need beyond their image
_IMAGE = ("--python-version", "3.12", "--implementation", "cp")  # of the default AWS image, sagemaker-xgboost:3.2-0
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(==|>=)?\s*([0-9][0-9.]*)?")
_NO_PIP = "No module named pip"
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def install(*wanted: str) -> None:
    """Install with pip what is missing: requirements, or files of them; a machine that has everything needs no network."""
    lines = [line for item in wanted for line in (Path(item).read_text().splitlines() if Path(item).is_file() else [item])]
    needed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    missing = [line for line in needed if not _has(line)]
    if missing:
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *missing], check=False)
        if done.returncode:  # without the lines themselves: an address in one may hold a password
            sys.exit(f"error: pip cannot install {', '.join(map(_library, missing))} (exit code {done.returncode})")
    _say(f"{len(needed)} requirements, {len(missing)} of them installed now")


def package() -> None:
    """Upload the code package: this repository's code with the analyzer and the definitions that the project has."""
    s3, bucket = _client("s3"), os.environ["ARTIFACTS"]
    with zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket=bucket, Key=_BASE)["Body"].read())) as base:
        tree = {name: base.read(name) for name in base.namelist() if not name.startswith("seed/")}
    tree |= {f"seed/{path.as_posix()}": path.read_bytes() for path in _code()}
    for name in ("definitions/training.json", "definitions/training-sagemaker.json"):
        if name in tree:
            tree[name] = _rendered(tree[name])
    wheels(s3, bucket, [tree[name].decode() for name in _LOCKS if name in tree])
    body = _archive(tree)
    key = f"packages/{hashlib.sha256(body).hexdigest()}.zip"
    _keep(s3, bucket, key, body)
    _RECORD.write_text(json.dumps({"key": key}))
    _say(f"packaged {len(tree)} files as {key}")


def wheels(s3: Any, bucket: str, locks: list[str]) -> None:
    """Keep the wheels that ``locks`` name in the bucket, each under its hash; what is there already is not fetched again.

    Where pip cannot fetch them the delivery goes on: an image that has the libraries needs none, and a job that lacks one says so.
    """
    kept = _kept(s3, bucket, {found for lock in locks for hashes in _hashes(lock).values() for found in hashes})
    for lock in (lock for lock in locks if not _complete(lock, kept)):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "wheels.lock").write_text(lock)
            platforms = [part for name in _PLATFORMS for part in ("--platform", name)]
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
            command += [*_IMAGE, *platforms, "-d", folder, "-r", f"{folder}/wheels.lock"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
                if reason.endswith(_NO_PIP):  # the embedded AWS, whose jobs have the libraries
                    reason = "this build fetches none"
                _say(f"no wheels of {', '.join(_hashes(lock))} for the jobs: their image has to have them ({reason})")
                continue
            for wheel in sorted(Path(folder).glob("*.whl")):
                body = wheel.read_bytes()
                _keep_wheel(s3, bucket, hashlib.sha256(body).hexdigest(), wheel.name, body)
                _say(f"fetched {wheel.name}")


def _kept(s3: Any, bucket: str, wanted: set[str]) -> set[str]:
    """Which of these digests the bucket has: builds run anybody's code, so that the content is looked at, not the key alone."""
    found: set[str] = set()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="wheels/")
    for key in (item["Key"] for page in pages for item in page.get("Contents", [])):
        digest = key.split("/")[1]
        if digest in wanted - found and hashlib.sha256(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest() == digest:
            found.add(digest)
    return found


def _keep_wheel(s3: Any, bucket: str, digest: str, name: str, body: bytes) -> None:
    """Under its hash; where something else is there already, which nobody can write over, beside it: who was first blocks nobody."""
    if not _put(s3, bucket, f"wheels/{digest}/{name}", body):
        _put(s3, bucket, f"wheels/{digest}/{uuid.uuid4().hex}/{name}", body)


def _keep(s3: Any, bucket: str, key: str, body: bytes) -> None:
    """Write an object under the hash of its content."""
    if not _put(s3, bucket, key, body):
        sys.exit(f"error: {key}: another object is there than its key says: somebody has put it there; remove it")


def _put(s3: Any, bucket: str, key: str, body: bytes) -> bool:
    """Write an object where nothing is: the bucket lets nobody write it twice. Returns whether it is there now."""
    from botocore.exceptions import ClientError

    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in {409, 412}:
            raise
        return bool(s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body)
    return True


def _complete(lock: str, kept: set[str]) -> bool:
    return all(hashes & kept for hashes in _hashes(lock).values())


def _hashes(lock: str) -> dict[str, set[str]]:
    """Hashes of each library's files in a hash-pinned requirements file."""
    found: dict[str, set[str]] = {}
    for line in lock.splitlines():
        if "==" in line:
            hashes = found.setdefault(line.split("==")[0], set())
        if match := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            hashes.add(match.group(1))
    return found


def deploy() -> None:
    """Update the project to the package; ends with an error where CloudFormation rolled back."""
    catalog, name = _client("servicecatalog"), os.environ["PROJECT"]
    deadline = time.monotonic() + _PATIENCE
    project = _settled(catalog, name, deadline)
    version = {"ProductId": project["ProductId"], "ProvisioningArtifactId": project["ProvisioningArtifactId"]}
    known = catalog.describe_provisioning_parameters(**version)["ProvisioningArtifactParameters"]
    kept = [{"Key": item["ParameterKey"], "UsePreviousValue": True} for item in known if item["ParameterKey"] != "CodePackage"]
    chosen = {"Key": "CodePackage", "Value": _packaged()}
    record = catalog.update_provisioned_product(
        ProvisionedProductName=name, **version, ProvisioningParameters=[*kept, chosen], UpdateToken=str(uuid.uuid4())
    )["RecordDetail"]
    while record["Status"] in {"CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"} and time.monotonic() < deadline:
        time.sleep(0.5)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    if record["Status"] != "SUCCEEDED":
        sys.exit(f"error: project {name} was not updated: {json.dumps(record.get('RecordErrors', []))}")
    _say(f"project {name} runs {chosen['Value']}")


def _packaged() -> str:
    """The package's key, from the build of pushed code: a key of that form and nothing else.

    CodePipeline's history has it; stacks of earlier versions leave it in a file.
    """
    pipeline = os.environ.get("DELIVERY_PIPELINE")
    key = _built(pipeline) if pipeline else str(json.loads(_RECORD.read_text())["key"])
    if not re.fullmatch(r"packages/[0-9a-f]{64}\.zip", key):
        sys.exit("error: the build names no code package")
    return key


def _built(pipeline: str) -> str:
    """What the build stage of this very execution has exported; empty where it has exported nothing."""
    pages = (
        _client("codepipeline")
        .get_paginator("list_action_executions")
        .paginate(pipelineName=pipeline, filter={"pipelineExecutionId": os.environ["EXECUTION"]})
    )
    ended = [it for page in pages for it in page["actionExecutionDetails"] if (it["stageName"], it["status"]) == ("Build", "Succeeded")]
    last: dict[str, Any] = max(ended, key=lambda it: it["startTime"], default={})
    return str(last.get("output", {}).get("outputVariables", {}).get("PACKAGE", ""))


def train() -> None:
    """Start a training on the data set that retraining uses; nothing to do where there is none yet."""
    ssm = _client("ssm")
    try:
        answer = ssm.get_parameter(Name=_given("DATASET_PARAMETER", "/mlops/{}/latest-dataset"))
    except ssm.exceptions.ParameterNotFound:
        _say("no version was registered from an approved data set yet: nothing to train on")
        return
    dataset = _dataset(answer["Parameter"]["Value"])
    commit, by = _commit(), os.environ.get("STARTED_BY") or "delivery"
    pipeline = _given("TRAINING_PIPELINE", "{}-training")
    token = hashlib.sha256((os.environ.get("EXECUTION") or str(uuid.uuid4())).encode()).hexdigest()[:32]
    parameters = {"DatasetUri": dataset["uri"], "DatasetId": dataset["id"]}
    parameters["StartRequest"] = _request(token, pipeline, parameters, f"delivery of {commit[:12]}")
    answer = _client("sagemaker").start_pipeline_execution(
        PipelineName=pipeline,
        PipelineExecutionDisplayName=f"{_cause(by)}-{commit[:8]}",
        PipelineParameters=[{"Name": key, "Value": value} for key, value in parameters.items()],
        ClientRequestToken=token,
    )
    _say(f"training started: {answer['PipelineExecutionArn']}")


def _dataset(value: str) -> dict[str, str]:
    """The data set that the parameter names: of a version that was registered from an approved one."""
    try:
        found = json.loads(value)
        told = {name: found.get(name, "") for name in ("uri", "id")} if found.get("version") else {}
    except (AttributeError, RecursionError, ValueError):
        told = {}
    if not told or not all(it and isinstance(it, str) and it.isprintable() for it in told.values()):
        sys.exit("error: the project's parameter names no data set of a registered version: train one on an approved data set")
    return told


def _request(token: str, pipeline: str, parameters: dict[str, str], reason: str) -> str:
    """The request to start the run, written below this build's own id: who stands behind it, the run's first step asks CodePipeline."""
    who = _client("sts").get_caller_identity()
    definition = _client("sagemaker").describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
    content = {
        "by": who["Arn"],
        "pipeline": pipeline,
        "parameters": parameters,
        "definition": hashlib.sha256(definition.encode()).hexdigest(),
        "tables": "",  # a data set of the registry: its manifest pins them
        "purpose": "train",
        "reason": reason,
        "allow_unapproved": False,
        "at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
    }
    key = f"requests/{who['UserId']}/{token}.json"
    s3 = _client("s3")
    try:
        s3.put_object(Bucket=os.environ["REQUESTS"], Key=key, Body=json.dumps(content, sort_keys=True).encode(), IfNoneMatch="*")
    except s3.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in {409, 412}:  # the stage ran before: it is this very request
            raise
    return key


def _given(variable: str, before: str) -> str:
    """A name that the project's stack gives; stacks of the first published version give none, and name after the project."""
    return os.environ.get(variable) or before.format(os.environ["PROJECT"])


def _cause(by: str) -> str:
    """What runs are named after: a push has the pusher's ARN, the schedule says so, and anybody else has started the delivery by hand."""
    return "push" if by.startswith("arn:") else "schedule" if by == "schedule" else "delivery"


def _rendered(definition: bytes) -> bytes:
    """The training definition with project.toml's hyper-parameters and this commit as its defaults.

    Exits where a hyper-parameter is missing or no number, or the definition names a parameter that it does not declare.
    """
    content = json.loads(definition)
    declared = {item["Name"]: item for item in content["Parameters"]}
    try:
        settings = tomllib.loads(Path("project.toml").read_text())["model"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"error: project.toml: {error}")
    for name, parameter in _tuned(content):
        value = str(settings.get(name, ""))
        if not _NUMBER.fullmatch(value):
            sys.exit(f"error: project.toml, [model] {name}: {'is no number' if value else 'is missing'}; it must be one")
        declared[parameter]["DefaultValue"] = value
    if "GitCommit" in declared:
        declared["GitCommit"]["DefaultValue"] = _commit()
    unknown = sorted(set(_references(content)) - set(declared))
    if unknown:
        sys.exit(f"error: the training definition names parameter {unknown[0]}, which it does not declare")
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def _tuned(content: Any) -> Iterator[tuple[str, str]]:
    """(hyper-parameter, the pipeline's parameter that gives its value) of every training job."""
    for step in content["Steps"]:
        given = step.get("Arguments", {}).get("HyperParameters", {}) if step["Type"] == "Training" else {}
        for name, value in given.items():
            if isinstance(value, dict) and str(value.get("Get", "")).startswith("Parameters."):
                yield name, value["Get"].removeprefix("Parameters.")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if str(value.get("Get", "")).startswith("Parameters."):
            yield value["Get"].removeprefix("Parameters.")
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _settled(catalog: Any, name: str, deadline: float) -> Any:
    """The project as soon as nobody else changes it."""
    while True:
        project = catalog.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
        if project["Status"] != "UNDER_CHANGE":
            return project
        if time.monotonic() > deadline:
            sys.exit(f"error: project {name} is being changed by somebody else for too long")
        time.sleep(0.5)


def _library(requirement: str) -> str:
    """The name in a requirement's line, and nothing else of it."""
    match = _REQUIREMENT.match(requirement)
    return match.group(1) if match else "a requirement without a name"


def _has(requirement: str) -> bool:
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return False
    name, operator, version = match.groups()
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    if operator == "==":
        return found == version
    return version is None or _numbers(found) >= _numbers(version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def _commit() -> str:
    return os.environ.get("COMMIT") or os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION") or "unknown"


def _client(service: str) -> Any:
    import boto3  # installed by then

    return boto3.Session().client(service)  # type: ignore[call-overload]


def _code() -> list[Path]:
    files = [path for path in sorted(Path().rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    return [path for path in files if not _SKIPPED & set(path.parts) and not any(part.startswith(".") for part in path.parts)]


def _archive(tree: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(tree.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return raw.getvalue()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    commands = {"install": install, "package": package, "deploy": deploy, "train": train}
    commands[sys.argv[1]](*sys.argv[2:])
