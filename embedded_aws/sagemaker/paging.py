"""Sorting and paging of List* answers as SageMaker does them."""

from typing import Any

from embedded_aws.service import Call, Document, ServiceError

_DEFAULT_PAGE = 100


def page(call: Call, items: list[Document], member: str, *, default_sort: str, name: str = "") -> Document:
    """One page of ``items`` under ``member``; honours SortBy, SortOrder, MaxResults, NextToken and time bounds."""
    by = {"Name": name, "CreationTime": default_sort}.get(call.params.get("SortBy", ""), default_sort)
    after, before = call.params.get("CreationTimeAfter"), call.params.get("CreationTimeBefore")
    kept = [
        item
        for item in items
        if (after is None or item.get(default_sort, 0) >= after)
        and (before is None or item.get(default_sort, 0) < before)
    ]
    descending = call.params.get("SortOrder", "Descending") == "Descending"
    kept.sort(key=lambda item: _sortable(item.get(by or default_sort)), reverse=descending)
    begin, size = _offset(call), int(call.params.get("MaxResults") or _DEFAULT_PAGE)
    answer: Document = {member: kept[begin : begin + size]}
    if begin + size < len(kept):
        answer["NextToken"] = str(begin + size)
    return answer


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (1, value)


def _offset(call: Call) -> int:
    token = call.params.get("NextToken") or "0"
    if not token.isdigit():
        raise ServiceError("ValidationException", f"NextToken {token!r} is not one that this service gave")
    return int(token)
