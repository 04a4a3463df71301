"""A bucket's own policy: what the table of prefixes says holds for everybody, administrators included."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from aws_cdk import aws_iam, aws_s3

from mlops.projects.prefixes import Prefix, everybody_in, narrow, of

_REMOVALS = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"]
# parts of a multipart upload cannot carry the header; its completion must
_OVERWRITES: dict[str, Any] = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}


def keep_to_the_table(
    bucket: aws_s3.Bucket, kind: str, role_arn: Callable[[str], str], besides: Sequence[str] = ()
) -> None:
    """Denials for every principal: to get around one, the template must change. ``role_arn`` gives a writer's role.

    ``kind`` is the bucket in ``mlops.projects.prefixes``; ``besides`` are keys that no role of ours writes, but administrators.
    """
    rows = of(kind)
    for statement in (
        *_shared(bucket, rows, besides),
        *_closed(bucket, rows, role_arn),
        *_narrow(bucket, kind, role_arn),
    ):
        bucket.add_to_resource_policy(statement)


def _shared(bucket: aws_s3.Bucket, rows: Sequence[Prefix], besides: Sequence[str]) -> Iterator[aws_iam.PolicyStatement]:
    """What holds whoever writes."""
    yield _denial(
        "NowhereElse",
        ["s3:PutObject"],
        not_resources=_places(bucket, [*(it.pattern for it in _widest(rows)), *besides]),
    )
    once, kept = _widest([it for it in rows if it.once]), _widest([it for it in rows if it.kept])
    yield _denial(
        "WriteOnce", ["s3:PutObject"], resources=_places(bucket, (it.everybodys for it in once)), conditions=_OVERWRITES
    )
    if kept:
        yield _denial("KeepForEver", _REMOVALS, resources=_places(bucket, (it.everybodys for it in kept)))


def _closed(
    bucket: aws_s3.Bucket, rows: Sequence[Prefix], role_arn: Callable[[str], str]
) -> Iterator[aws_iam.PolicyStatement]:
    """Rows of the same writers together: nobody else writes there."""
    groups: dict[tuple[str, ...], list[Prefix]] = {}
    for row in _widest([it for it in rows if it.closed]):
        groups.setdefault(tuple(sorted(everybody_in(row))), []).append(row)
    for writers, own in groups.items():
        others = {"ArnNotEquals": {"aws:PrincipalArn": [role_arn(name) for name in writers]}}
        sid = "Only" + "And".join(name.title().replace("-", "") for name in writers)
        yield _denial(sid, ["s3:PutObject"], resources=_places(bucket, (it.pattern for it in own)), conditions=others)


def _narrow(bucket: aws_s3.Bucket, kind: str, role_arn: Callable[[str], str]) -> Iterator[aws_iam.PolicyStatement]:
    for writer, own in narrow(kind):
        it = {"ArnEquals": {"aws:PrincipalArn": role_arn(writer)}}
        sid = f"{writer.title().replace('-', '')}ItsOwn"
        yield _denial(sid, ["s3:PutObject"], not_resources=_places(bucket, (row.pattern for row in own)), conditions=it)


def _widest(rows: Sequence[Prefix]) -> list[Prefix]:
    return [it for it in rows if not any(other.covers(it) for other in rows)]


def _places(bucket: aws_s3.Bucket, patterns: Iterable[str]) -> list[str]:
    return [bucket.arn_for_objects(it) for it in dict.fromkeys(patterns)]


def _denial(sid: str, actions: list[str], **rest: Any) -> aws_iam.PolicyStatement:
    return aws_iam.PolicyStatement(
        sid=sid, effect=aws_iam.Effect.DENY, principals=[aws_iam.AnyPrincipal()], actions=actions, **rest
    )
