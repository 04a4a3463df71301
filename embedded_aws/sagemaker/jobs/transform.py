"""Batch transform: a model's serving functions over files of records."""

import json
import shutil
from pathlib import Path
from typing import Any

from embedded_aws.gateway import Gateway, is_s3
from embedded_aws.sagemaker.jobs import archive
from embedded_aws.sagemaker.jobs.containers import serve, serve_http
from embedded_aws.sagemaker.jobs.data_processing import Processing, batches, split_lines
from embedded_aws.sagemaker.jobs.images import Image
from embedded_aws.sagemaker.jobs.job import Container, Job
from embedded_aws.sagemaker.jobs.kinds import DAY, Plan, logged_error, refuse_uninstallable, unpack_source
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.service import Document, ServiceError

_MEGABYTE = 1 << 20
_PAYLOADS, _ANSWERS = "/opt/ml/transform/payloads", "/opt/ml/transform/answers"
_ANSWERED = "/opt/ml/transform/content-type"  # of the answers


class Transform:
    """CreateTransformJob."""

    name, resource, log_group = "TransformJob", "transform-job", "/aws/sagemaker/TransformJobs"

    def image(self, job: Job) -> str:
        """Image URI of the model's container (resolved when the job was created)."""
        return job.served.image

    def timeout(self, job: Job) -> int:  # noqa: ARG002 (the interface of every kind)
        """A day: transform jobs have no limit of their own."""
        return DAY

    def isolated(self, job: Job) -> bool:
        """EnableNetworkIsolation of the model."""
        return job.served.isolated

    def prepare(self, job: Job, space: Workspace, aws: Gateway, image: Image) -> Plan:
        """Unpack the model; cut the input into payloads, or take what the container before this one has answered."""
        given, container = job.description, job.served
        model = space.path("/opt/ml/model")
        if job.stage:
            _hand_over(space)
        else:
            self._cut(given, space, aws)
        self._fetch(container, space, aws, model)
        env = {**container.environment, **given.get("Environment", {})}
        if "SAGEMAKER_PROGRAM" in env:
            refuse_uninstallable(image, env, isolated=container.isolated)
        last = job.stage == len(job.containers) - 1
        asked = given["TransformInput"].get("ContentType", "application/octet-stream")
        accept = given["TransformOutput"].get("Accept", asked)
        source_type = space.text(_ANSWERED) if job.stage else asked
        accept = accept if last else env.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", accept)
        served = [_PAYLOADS, _ANSWERS, source_type or accept, accept]
        if image.serve:
            return Plan(["python3", serve_http.__file__, *served, *image.serve], env, "/opt/ml", [model])
        script, code = self._script(env, space, aws, image)
        return Plan(["python3", serve.__file__, *script, "/opt/ml/model", *served], env, "/opt/ml", code)

    @staticmethod
    def _fetch(container: Container, space: Workspace, aws: Gateway, model: Path) -> None:
        if container.unpacked:
            aws.download(container.model_data, model)
        elif container.model_data:
            local = space.folder / "model.tar.gz"
            local.write_bytes(aws.read(container.model_data))
            archive.unpack(local, model)

    @staticmethod
    def _script(env: dict[str, str], space: Workspace, aws: Gateway, image: Image) -> tuple[list[str], list[Path]]:
        """(folder, program) of the serving functions as the job sees them, and what to rewrite; else the image's own."""
        source = env.get("SAGEMAKER_SUBMIT_DIRECTORY", "/opt/ml/model/code")
        own = Path(image.handlers)
        if image.handlers and not is_s3(source) and not space.path(source).exists():
            target = space.path("/opt/ml/code")
            target.mkdir(parents=True, exist_ok=True)
            (target / own.name).write_bytes(own.read_bytes())
            return ["/opt/ml/code", own.name], [target]
        code = unpack_source(source, space, aws, space.path("/opt/ml/code"))
        seen = source if not is_s3(source) and space.path(source) == code else "/opt/ml/code"
        return [seen, env.get("SAGEMAKER_PROGRAM", "inference.py")], [code]

    def _cut(self, job: Document, space: Workspace, aws: Gateway) -> None:
        """Payload files, and an index of which belong to which input file."""
        base = space.path("/opt/ml/transform")
        payloads = base / "payloads"
        payloads.mkdir(parents=True)
        (base / "answers").mkdir()
        files = aws.download(job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"], base / "input")
        processing = _processing(job)
        index: list[dict[str, Any]] = []
        number = 0
        for file in files:
            groups = _groups(job, file)
            names = []
            for group in groups:
                names.append(f"{number:06d}")
                (payloads / names[-1]).write_bytes(b"\n".join(processing.request(record) for record in group))
                number += 1
            index.append({"file": str(file.relative_to(base / "input")), "payloads": names})
        (space.folder / "index.json").write_text(json.dumps(index))

    def outputs(self, job: Job) -> list[str]:  # noqa: ARG002 (the interface of every kind)
        """Answers, and the inputs that they are joined with."""
        return ["/opt/ml/transform"]

    def finish(self, job: Job, space: Workspace, aws: Gateway) -> Document:
        """Join, assemble and publish one ``<name>.out`` a file."""
        base, given = space.path("/opt/ml/transform"), job.description
        target = given["TransformOutput"]["S3OutputPath"].rstrip("/")
        for entry in json.loads((space.folder / "index.json").read_text()):
            answers = [(base / "answers" / name).read_bytes() for name in entry["payloads"]]
            body = self._assemble(given, base / "input" / entry["file"], answers)
            aws.write(f"{target}/{entry['file']}.out", body, job.output_key)
        return {}

    def _assemble(self, job: Document, file: Path, answers: list[bytes]) -> bytes:
        processing = _processing(job)
        if not processing.active:
            lines = job["TransformOutput"].get("AssembleWith") == "Line"
            return b"".join(part.rstrip(b"\n") + b"\n" for part in answers) if lines else b"".join(answers)
        records = [record for group in _groups(job, file) for record in group]
        predictions = [line for answer in answers for line in split_lines(answer)]
        if len(records) != len(predictions):
            raise ServiceError(
                "ClientError",
                f"{file.name}: {len(predictions)} predictions for {len(records)} records; they cannot be joined",
            )
        joined = (processing.answer(*pair) for pair in zip(records, predictions, strict=True))
        return b"\n".join(joined) + b"\n"

    def failure(self, space: Workspace, code: int) -> Document:
        """The error in the log."""
        reason = f"AlgorithmError: {logged_error(space) or 'see the logs'}, exit code: {code}"
        return {"FailureReason": reason[:1024]}


def _hand_over(space: Workspace) -> None:
    """The answers of one container of a serial model are the payloads of the next, which gets a model folder of its own."""
    shutil.rmtree(space.path(_PAYLOADS))
    space.path(_ANSWERS).rename(space.path(_PAYLOADS))
    space.path(_ANSWERS).mkdir()
    for folder in ("/opt/ml/model", "/opt/ml/code"):
        shutil.rmtree(space.path(folder), ignore_errors=True)
    space.path("/opt/ml/model").mkdir()


def _processing(job: Document) -> Processing:
    return Processing(job.get("DataProcessing", {}), job["TransformInput"].get("ContentType", ""))


def _groups(job: Document, file: Path) -> list[list[bytes]]:
    split = job["TransformInput"].get("SplitType", "None")
    body = file.read_bytes()
    if split == "None":
        return [[body]]
    if split != "Line":
        raise ServiceError("ValidationException", f"not supported locally: SplitType {split}")
    limit = int(job.get("MaxPayloadInMB", 6) or 6) * _MEGABYTE
    return list(batches(split_lines(body), limit, single=job.get("BatchStrategy") == "SingleRecord"))
