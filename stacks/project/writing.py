"""What a project's roles write, by the table of prefixes."""

from mlops.projects.prefixes import ARTIFACTS, DATA, PERSONAL, Prefix, written_by
from stacks.names import PROJECT, arn, sub
from stacks.project.arns import ARTIFACTS_BUCKET, DATA_BUCKET
from stacks.project.parts import Parts
from stacks.secure import Statement, allow

_BUCKETS = {DATA: DATA_BUCKET, ARTIFACTS: ARTIFACTS_BUCKET}


def writing(parts: Parts, purpose: str) -> list[Statement]:
    """Statements of the role for this purpose: its own prefixes of the project's own buckets, with the key."""
    rows = written_by(purpose, DATA, ARTIFACTS)
    return [
        allow(["s3:PutObject"], *(place(_BUCKETS[it.bucket], it) for it in rows)),
        allow(["kms:GenerateDataKey"], parts.key_arn),
    ]


def place(bucket: str, row: Prefix) -> str:
    """ARN of a row's keys below a bucket's; a text of ``Fn::Sub``."""
    return f"{bucket}/{row.pattern.replace('${', '${!')}"


def role_arn(writer: str) -> str:
    """ARN of a writer's role; a text of ``Fn::Sub``."""
    name = writer if writer in PERSONAL else f"mlops-{sub(PROJECT.name)}-{writer}"
    return arn("iam", f"role/{name}", region="")
