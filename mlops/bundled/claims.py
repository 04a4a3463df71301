"""Claims: which request an execution has used, and what is known on others' word than its starter's.

Objects of the audit bucket, where nobody overwrites or deletes: ``claims/<project>/<token>.json`` gives a request's token to one
execution, ``claims/<project>/run-<execution>.json`` is what was found when it began.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mlops.bundled import rehearsal, s3_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "claims/"
PERSON, NOBODY = "a person", "nobody"  # kinds of starters, beside the services' own names


class Taken(Exception):
    """The token belongs to another execution; the message names it."""


@dataclass(frozen=True)
class Start:
    """How an execution began: ``kind`` of starter, ``by`` for people to read, ``people`` whom it counts as having started.

    ``code`` is the digest of the code that it runs, ``definition`` that of its definition; ``review`` says what others have
    decided about its data set, ``tables`` which lay in an uploaded folder. Nobody's word is taken for who started it where
    ``request`` is empty.
    """

    execution: str
    kind: str
    by: str
    code: str
    definition: str
    dataset_id: str
    dataset_uri: str
    review: str
    people: list[str] = field(default_factory=list)
    request: str = ""
    request_version: str = ""
    reason: str = ""
    tables: str = ""

    @property
    def attributed(self) -> bool:
        """Whether it is known who or what has started it."""
        return self.kind != NOBODY

    @property
    def rehearsed(self) -> bool:
        """Whether it is a rehearsal's, by where its data lie."""
        return self.review == rehearsal.STATUS


class Claims:
    """The claims of one project; ``s3`` is a boto3 client."""

    def __init__(self, s3: "S3Client", bucket: str, project: str) -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, f"{PREFIX}{project}/"

    def take(self, token: str, execution: str) -> None:
        """Give the token to the execution, once and for ever; the same execution may ask again.

        Raises:
            Taken: another has it.
        """
        if self._put(token, {"execution": execution}):
            return
        holder = str(self._get(token)["execution"])
        if holder != execution:
            used = f"the start request was used by execution {holder.rsplit('/', 1)[-1]} already"
            raise Taken(f"{used}: a request starts one run, and 'mlops train' writes a new one")

    def note(self, start: Start) -> None:
        """Write down how an execution began; what was written first stays."""
        self._put(self._run(start.execution), asdict(start))

    def start(self, execution: str) -> Start | None:
        """How the execution began; None where its first function has not accepted it."""
        try:
            return Start(**self._get(self._run(execution)))
        except self._s3.exceptions.NoSuchKey:
            return None

    @staticmethod
    def _run(execution: str) -> str:
        return f"run-{execution.rsplit('/', 1)[-1]}"

    def _get(self, name: str) -> dict[str, Any]:
        answer = self._s3.get_object(Bucket=self._bucket, Key=f"{self._prefix}{name}.json")
        found: dict[str, Any] = json.loads(answer["Body"].read())
        return found

    def _put(self, name: str, content: Mapping[str, Any]) -> bool:
        body = json.dumps(content, sort_keys=True).encode()
        return s3_json.put_new(self._s3, self._bucket, f"{self._prefix}{name}.json", body)


def shown(people: Iterable[str]) -> str:
    """Names for a message, in order."""
    return ", ".join(sorted(people))
