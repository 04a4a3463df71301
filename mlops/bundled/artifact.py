"""Digest of a model artifact on S3, read in pieces: memory does not grow with the model."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops.bundled import s3_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Package = Mapping[str, Any]  # DescribeModelPackage

_PIECE = 1 << 20
DIGEST = "model_sha256"  # in a version's customer metadata: what its evaluation found


def model_uri(package: Package) -> str:
    """Where the artifact of a model version lies."""
    return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def digest_of(s3: "S3Client", uri: str) -> str:
    """SHA-256 of the object's bytes as they are now."""
    return version_of(s3, uri)[0]


def version_of(s3: "S3Client", uri: str) -> tuple[str, str]:
    """SHA-256 of the object's bytes as they are now, and the VersionId that they have.

    Raises:
        ValueError: where it is kept, it is damaged (the embedded AWS looks); names object, file and remedy.
    """
    (bucket, key), total = s3_json.split(uri), hashlib.sha256()
    found = s3_json.got(s3, bucket, key)
    for piece in found["Body"].iter_chunks(_PIECE):
        total.update(piece)
    return total.hexdigest(), str(found.get("VersionId", ""))


def recorded(package: Package) -> str:
    """The digest that the version's own metadata name; empty where they name none."""
    return str(package.get("CustomerMetadataProperties", {}).get(DIGEST, ""))


def verify(package: Package, found: str, registered: str = "") -> None:
    """Refuse an artifact that is not the registered one: of ``registered``, else of the digest in the version's own metadata.

    Raises:
        ValueError: names both digests.
    """
    expected = registered or recorded(package)
    if expected and found != expected:
        raise ValueError(
            f"model version {package['ModelPackageVersion']}: the artifact {model_uri(package)} is damaged or was replaced: "
            f"sha256 {found}, registered was {expected}"
        )
