"""Batch transform's data processing: split, filter, join and assemble records (SageMaker's "Associate prediction results")."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from embedded_aws.service import ServiceError

_NAME, _NUMBER, _RANGE = r"""(?:'[^']*'|"[^"]*")""", r"-?\d+", r"(?:-?\d+)?\s*:\s*(?:-?\d+)?"
_BRACKET = "|".join([_RANGE, *(rf"{item}(?:\s*,\s*{item})*" for item in (_NUMBER, _NAME))])
_STEP = re.compile(rf"\.([A-Za-z_][\w-]*)|\[\s*({_BRACKET})\s*\]")


def split_lines(body: bytes) -> list[bytes]:
    """The records of a line-split file; empty lines are none."""
    return [line for line in body.split(b"\n") if line.strip()]


def batches(records: Sequence[bytes], limit: int, *, single: bool) -> Iterator[list[bytes]]:
    """Groups of records of at most ``limit`` bytes each (at least one record)."""
    group: list[bytes] = []
    size = 0
    for record in records:
        if group and (single or size + len(record) + 1 > limit):
            yield group
            group, size = [], 0
        group.append(record)
        size += len(record) + 1
    if group:
        yield group


class Processing:
    """DataProcessing of one job."""

    def __init__(self, settings: dict[str, str], content_type: str) -> None:
        self._input, self._output = settings.get("InputFilter", "$"), settings.get("OutputFilter", "$")
        self._join = settings.get("JoinSource", "None") == "Input"
        self._csv = content_type.startswith("text/csv")

    @property
    def active(self) -> bool:
        """Whether records have to be looked at one by one."""
        return self._join or self._input != "$" or self._output != "$"

    def request(self, record: bytes) -> bytes:
        """What the model gets of an input record."""
        return record if self._input == "$" else self._write(select(self._read(record), self._input))

    def answer(self, record: bytes, prediction: bytes) -> bytes:
        """What is written for an input record and its prediction."""
        if not self._join:
            return prediction if self._output == "$" else self._write(select(self._read(prediction), self._output))
        given, found = self._read(record), self._read(prediction)
        if self._csv:
            joined: Any = [*given, *found]
        elif isinstance(given, dict):
            joined = {**given, "SageMakerOutput": found}
        else:
            joined = {"SageMakerInput": given, "SageMakerOutput": found}
        return self._write(select(joined, self._output))

    def _read(self, record: bytes) -> Any:
        text = record.decode().strip()
        return next(csv.reader([text])) if self._csv else json.loads(text)

    def _write(self, value: Any) -> bytes:
        if not self._csv:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(value if isinstance(value, list) else [value])
        return line.getvalue().encode()


def is_path(path: str) -> bool:
    """Whether batch transform allows this JSONPath."""
    return path.startswith("$") and "".join(match.group(0) for match in _STEP.finditer(path)) == path[1:]


def select(value: Any, path: str) -> Any:
    """The JSONPath forms that batch transform allows: ``$``, ``.name``, ``['a','b']``, ``[0]``, ``[1:]``, ``[0,2]``.

    Raises:
        ServiceError: another form, or a name that the record does not have.
    """
    if not is_path(path):
        raise ServiceError("ValidationException", f"filter {path!r}: not a JSONPath that batch transform allows")
    try:
        for match in _STEP.finditer(path):
            value = value[match.group(1)] if match.group(1) else _bracket(value, match.group(2))
    except (KeyError, IndexError, TypeError) as error:
        raise ServiceError("ClientError", f"filter {path!r} does not fit the record: {error}") from error
    return value


def _bracket(value: Any, inside: str) -> Any:
    parts = [part.strip() for part in inside.split(",")]
    if parts[0][0] in "'\"":
        names = [part[1:-1] for part in parts]
        return value[names[0]] if len(names) == 1 else {name: value[name] for name in names}
    if ":" in inside:
        low, high = (int(part) if part.strip() else None for part in inside.split(":"))
        return value[low:high]
    numbers = [int(part) for part in parts]
    return value[numbers[0]] if len(numbers) == 1 else [value[number] for number in numbers]
