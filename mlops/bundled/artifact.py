"""Digest of a model artifact on S3, read in pieces: memory does not grow with the model."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops.bundled import s3_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Package = Mapping[str, Any]  # DescribeModelPackage

_PIECE = 1 << 20
DIGEST = "model_sha256"  # where a version's digest is recorded: its customer metadata


def model_uri(package: Package) -> str:
    """Where the artifact of a model version lies."""
    return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def digest_of(s3: "S3Client", uri: str) -> str:
    """SHA-256 of the object's bytes as they are now."""
    (bucket, key), total = s3_json.split(uri), hashlib.sha256()
    body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    for piece in body.iter_chunks(_PIECE):
        total.update(piece)
    return total.hexdigest()


def recorded(package: Package) -> str:
    """The digest that was recorded at registration; empty where none was."""
    return str(package.get("CustomerMetadataProperties", {}).get(DIGEST, ""))


def verify(package: Package, found: str) -> None:
    """Refuse an artifact that is not the registered one.

    Raises:
        ValueError: names both digests.
    """
    expected = recorded(package)
    if expected and found != expected:
        raise ValueError(
            f"model version {package['ModelPackageVersion']}: the artifact {model_uri(package)} is damaged or was replaced: "
            f"sha256 {found}, registered was {expected}"
        )
