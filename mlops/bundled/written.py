"""What people may write is no record before it has been looked at: one reader of JSON objects, and of their members.

Whoever may write an object may put anything there. Nothing of it may end another's command or function: what is none is ``Odd``, in
one line, and its reader goes on without it or refuses that one thing.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST = 4 * 1024**2  # bytes of a record: a manifest of thousands of tables is smaller
LONGEST = 1000  # characters of a reason, and of every other text of a record
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Odd(Exception):
    """What is written somewhere is none of what belongs there; the message says what it lacks, in one line, and quotes nothing."""


class Fetched(NamedTuple):
    """An object as S3 has it; when it was written is S3's word."""

    body: bytes
    version_id: str
    written_at: datetime


def fetched(s3: "S3Client", bucket: str, key: str) -> Fetched:
    """An object.

    Raises:
        Odd: it is larger than any record. ClientError: it is not there, or may not be read.
    """
    answer = s3.get_object(Bucket=bucket, Key=key)
    if answer["ContentLength"] > LARGEST:
        raise Odd(f"larger than {LARGEST:,} bytes")
    return Fetched(answer["Body"].read(), answer.get("VersionId", ""), answer["LastModified"])


def document(body: bytes | str) -> dict[str, Any]:
    """The JSON object.

    Raises:
        Odd: it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Odd("no JSON") from None
    if not isinstance(found, dict):
        raise Odd("no JSON object")
    return found


def text(value: Mapping[str, Any], name: str, longest: int = LONGEST) -> str:
    """A member that is one line of printable characters.

    Raises:
        Odd: it is none.
    """
    found = value.get(name)
    if not isinstance(found, str) or len(found) > longest or not found.isprintable():
        raise Odd(f"its {name} is no line of at most {longest} printable characters")
    return found


def words(value: Mapping[str, Any], name: str, longest: int = 4 * LONGEST) -> str:
    """A member that people have written, perhaps in several lines; whoever shows it makes a ``line`` of it.

    Raises:
        Odd: it is no text, or a longer one.
    """
    found = value.get(name)
    if not isinstance(found, str) or len(found) > longest or (not found.isascii() and _unwritable(found)):
        raise Odd(f"its {name} is no text of at most {longest} characters")
    return found


def matching(value: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    """A text that has this form from its first to its last character.

    Raises:
        Odd: it has not.
    """
    found = value.get(name)
    if not isinstance(found, str) or not pattern.fullmatch(found):
        raise Odd(f"its {name} has not the form of one")
    return found


def sha256(value: Mapping[str, Any], name: str) -> str:
    """A digest.

    Raises:
        Odd: it is none.
    """
    return matching(value, name, _SHA256)


def number(value: Mapping[str, Any], name: str) -> int:
    """A whole number, not negative.

    Raises:
        Odd: it is none.
    """
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise Odd(f"its {name} is no whole number")
    return found


def _unwritable(found: str) -> bool:
    """Whether it has halves of characters, which JSON may spell and no file can hold."""
    return any("\ud800" <= it <= "\udfff" for it in found)


def line(reason: str) -> str:
    """A person's words as a record holds them: in one line of printable characters."""
    return "".join(it if it.isprintable() else "?" for it in " ".join(reason.split()))
