"""SageMaker's Search over what is there: filters, nested filters, sub-expressions, sorting and pages (API reference, "Search")."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.shapes import service_model
from embedded_aws.store import DocumentStore

_PAGE = 10
Source = Callable[[Call], Iterator[Document]]
_STORED = {  # resource -> member of its ARN, for its tags
    "ModelPackage": "ModelPackageArn",
    "ModelPackageGroup": "ModelPackageGroupArn",
    "Pipeline": "PipelineArn",
    "FeatureGroup": "FeatureGroupArn",
    "TrainingJob": "TrainingJobArn",
    "PipelineExecution": "PipelineExecutionArn",
    "Model": "ModelArn",
}


class Search:
    """``sources`` give the documents of resources that are not stored as they are shown."""

    def __init__(self, store: DocumentStore, sources: Mapping[str, Source]) -> None:
        self._store, self._sources = store, sources
        self.operations: Mapping[str, Handler] = {"Search": self._search}

    def _search(self, call: Call) -> Document:
        resource, params = call.params["Resource"], call.params
        expressions = [params.get("SearchExpression"), _visible(params.get("VisibilityConditions", []))]
        found = [item for item in self._items(call, resource) if all(_matches(_view(item), it) for it in expressions)]
        by = params.get("SortBy", "LastModifiedTime")
        descending = params.get("SortOrder", "Descending") == "Descending"
        found.sort(key=lambda item: _sortable(next(_values(_view(item), by), None)), reverse=descending)
        begin, size = _offset(params.get("NextToken")), int(params.get("MaxResults", _PAGE))
        answer: Document = {
            "Results": [_result(resource, item) for item in found[begin : begin + size]],
            "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
        }
        if begin + size < len(found):
            answer["NextToken"] = str(begin + size)
        return answer

    def _items(self, call: Call, resource: str) -> Iterator[Document]:
        source = self._sources.get(resource)
        stored = resource in _STORED
        given = source(call) if source else self._stored(call, resource) if stored else iter(())
        for item in given:
            tags = self._store.get("Tags", item.get(_STORED.get(resource, ""), "")) or {}
            shown = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
            yield {"LastModifiedTime": item.get("CreationTime"), **item, **({"Tags": shown} if shown else {})}

    def _stored(self, call: Call, resource: str) -> Iterator[Document]:
        return (item for _, item in self._store.list(resource, call.key("")))


def _result(resource: str, item: Document) -> Document:
    """The member that the answer has for the resource; a Model stands in its dashboard's entry."""
    members = service_model("sagemaker").operation_model("Search").output_shape.members["Results"].member.members
    shown = {key: value for key, value in item.items() if value is not None}
    if resource == "Model":
        return {"Model": {"Model": shown}}
    return {resource: shown} if resource in members else {}


def _visible(conditions: Sequence[Mapping[str, str]]) -> Document:
    return {"Filters": [{"Name": it["Key"], "Operator": "Equals", "Value": it["Value"]} for it in conditions]}


def _view(item: Document) -> Document:
    """The item as filters name its parts: ``Tags.KEY`` and ``Metrics.NAME`` besides its members."""
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
    metrics = {metric["MetricName"]: metric["Value"] for metric in item.get("FinalMetricDataList") or []}
    return {**item, "Tags": tags, "Metrics": metrics}


def _matches(item: Document, expression: Mapping[str, Any] | None) -> bool:
    """Whether the item satisfies a search expression; one without conditions is satisfied by all."""
    if expression is None:
        return True
    outcomes = [_holds(item, condition) for condition in expression.get("Filters", [])]
    outcomes += [_nested(item, nested) for nested in expression.get("NestedFilters", [])]
    outcomes += [_matches(item, inner) for inner in expression.get("SubExpressions", [])]
    holds = any(outcomes) if expression.get("Operator") == "Or" else all(outcomes)
    return holds or not outcomes


def _nested(item: Document, nested: Mapping[str, Any]) -> bool:
    """Whether one element of a list satisfies all the filters; their names begin with the list's."""
    prefix = nested["NestedPropertyName"]
    filters = [{**it, "Name": it["Name"].removeprefix(f"{prefix}.")} for it in nested["Filters"]]
    return any(all(_holds(element, it) for it in filters) for element in _values(item, prefix))


def _holds(item: Any, condition: Mapping[str, Any]) -> bool:
    values = list(_values(item, condition["Name"]))
    operator, wanted = condition.get("Operator", "Equals"), condition.get("Value")
    if operator in {"Exists", "NotExists"}:
        return bool(values) is bool(operator == "Exists")
    if wanted is None:
        raise ServiceError("ValidationException", f"filter {condition['Name']}: {operator} needs a Value")
    if operator == "NotEquals":
        return not any(_compare("Equals", value, wanted) for value in values)
    return any(_compare(operator, value, wanted) for value in values)


def _compare(operator: str, value: Any, wanted: str) -> bool:
    if operator == "In":
        return any(_compare("Equals", value, part.strip()) for part in wanted.split(","))
    if operator == "Contains":
        return isinstance(value, str) and wanted.lower() in value.lower()
    left, right = _comparable(value, wanted)
    return bool(
        {
            "Equals": lambda: left == right,
            "GreaterThan": lambda: left > right,
            "GreaterThanOrEqualTo": lambda: left >= right,
            "LessThan": lambda: left < right,
            "LessThanOrEqualTo": lambda: left <= right,
        }[operator]()
    )


def _comparable(value: Any, wanted: str) -> tuple[Any, Any]:
    """Both as numbers (epoch seconds, where the filter gives a time) where that is what the value is, else as texts."""
    if isinstance(value, bool):
        return str(value).lower(), wanted.lower()
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value), wanted
    for read in (float, _seconds):
        try:
            return number, read(wanted)
        except ValueError:
            continue
    return str(value), wanted


def _seconds(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _values(item: Any, path: str) -> Iterator[Any]:
    """What stands at a dotted path: of every element, where there are lists; names may have dots themselves."""
    if isinstance(item, list):
        for element in item:
            yield from _values(element, path)
        return
    if not isinstance(item, Mapping):
        return
    if path in item:
        yield from item[path] if isinstance(item[path], list) else () if item[path] is None else (item[path],)
        return
    for name in _heads(item, path):
        yield from _values(item[name], path[len(name) + 1 :])


def _heads(item: Mapping[str, Any], path: str) -> Sequence[str]:
    return [name for name in item if path.startswith(f"{name}.")]


def _sortable(value: Any) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    return (1, float(value), "") if isinstance(value, int | float) else (2, 0.0, str(value))


def _offset(token: str | None) -> int:
    if not (token or "0").isdigit():
        raise ServiceError("ValidationException", f"NextToken {token!r} is not one that this service gave")
    return int(token or 0)
