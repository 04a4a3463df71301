"""Batch transform's data processing against the developer guide's examples and invariants."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.sagemaker.jobs.data_processing import Processing, batches, select, split_lines
from embedded_aws.service import ServiceError

_RECORD = [str(number) for number in range(5)]


@given(
    st.lists(st.binary(min_size=1, max_size=30).filter(lambda item: b"\n" not in item and item.strip()), min_size=1),
    st.integers(1, 80),
)
def test_batches_keep_every_record(records: list[bytes], limit: int) -> None:
    """No record is lost, reordered or cut; a batch exceeds the limit only where it is one record."""
    groups = list(batches(records, limit, single=False))
    assert [record for group in groups for record in group] == records
    assert all(len(group) == 1 or sum(len(record) + 1 for record in group) <= limit for group in groups)
    assert [len(group) for group in batches(records, limit, single=True)] == [1] * len(records)


def test_empty_lines_are_no_records() -> None:
    """Blank lines and the last line end count for nothing."""
    assert split_lines(b"a\n\n  \nb\r\n") == [b"a", b"b\r"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", _RECORD),
        ("$[0]", "0"),
        ("$[1:]", ["1", "2", "3", "4"]),
        ("$[1:3]", ["1", "2"]),
        ("$[:-1]", ["0", "1", "2", "3"]),
        ("$[-1]", "4"),
        ("$[0,2]", ["0", "2"]),
    ],
)
def test_csv_selection(path: str, expected: Any) -> None:
    """Columns by number, slice and list."""
    assert select(_RECORD, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.features", [1, 2]),
        ("$['id']", "a"),
        ("$['id','features']", {"id": "a", "features": [1, 2]}),
        ("$.features[1]", 2),
        ("$.deep.er", None),
    ],
)
def test_json_selection(path: str, expected: Any) -> None:
    """Members by name, alone and as a list."""
    assert select({"id": "a", "features": [1, 2], "deep": {"er": None}}, path) == expected


@pytest.mark.parametrize("path", ["features", "$.a b", "$..x", "$[?(@.a)]", "$[a]"])
def test_forms_that_transform_does_not_allow(path: str) -> None:
    """Other JSONPath forms are refused."""
    with pytest.raises(ServiceError, match="filter"):
        select({"a": 1}, path)


@pytest.mark.parametrize(
    ("settings", "kind", "record", "prediction", "request_", "answer"),
    [
        ({}, "text/csv", b"1,2", b"0.5", b"1,2", b"0.5"),
        ({"InputFilter": "$[1:]"}, "text/csv", b"id,1,2", b"0.5", b"1,2", b"0.5"),
        ({"InputFilter": "$[1:]", "JoinSource": "Input"}, "text/csv", b"id,1", b"0.5", b"1", b"id,1,0.5"),
        ({"JoinSource": "Input", "OutputFilter": "$[0,-1]"}, "text/csv", b"id,1", b"0.5,x", b"id,1", b"id,x"),
        ({"JoinSource": "Input"}, "text/csv", b'"a, b",1', b"0.5", b'"a, b",1', b'"a, b",1,0.5'),
        (
            {"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"},
            "application/jsonlines",
            b'{"id":1,"features":[2]}',
            b'{"score":0.5}',
            b"[2]",
            b'{"id":1,"SageMakerOutput":{"score":0.5}}',
        ),
        (
            {"JoinSource": "Input"},
            "application/jsonlines",
            b"[1,2]",
            b"3",
            b"[1,2]",
            b'{"SageMakerInput":[1,2],"SageMakerOutput":3}',
        ),
    ],
)
def test_filter_and_join(
    *, settings: dict[str, str], kind: str, record: bytes, prediction: bytes, request_: bytes, answer: bytes
) -> None:
    """What the model gets and what is written, for CSV and JSON lines."""
    processing = Processing(settings, kind)
    given_ = record if not processing.active else processing.request(record)
    assert given_ == request_
    assert processing.answer(record, prediction) == answer
