"""Tags of anything that has an ARN."""

from collections.abc import Mapping, Sequence

from embedded_aws.store import DocumentStore


def put_tags(store: DocumentStore, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
    """Add or replace tags."""
    known = (store.get("Tags", arn) or {}) | {tag["Key"]: tag["Value"] for tag in tags}
    if known:
        store.put("Tags", arn, known)
