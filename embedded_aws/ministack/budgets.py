"""AWS::Budgets::Budget through MiniStack's Budgets. Nothing is billed here: a budget is kept and described, and never exceeded."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from ministack.core import responses
from ministack.services import budgets

from embedded_aws.cloudformation.values import to_request
from embedded_aws.shapes import service_model

TYPE = "AWS::Budgets::Budget"
CREATE_ONLY = ("NotificationsWithSubscribers", "ResourceTags")
_NAME = 100  # characters at most
Properties = Mapping[str, Any]


def handler(_: Any) -> dict[str, Any]:
    """What the CloudFormation engine calls."""
    return {"create": _create, "update": _update, "delete": _delete}


def _create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, dict[str, Any]]:
    budget = properties["Budget"]
    name = budget.get("BudgetName") or f"{stack_name}-{logical_id}"[: _NAME - 13] + f"-{uuid.uuid4().hex[:12]}"
    _call("CreateBudget", {**properties, "Budget": {**budget, "BudgetName": name}})
    return name, {"Id": name}


def _update(physical: str, _old: Properties, new: Properties, _stack_name: str) -> tuple[str, dict[str, Any]]:
    if new["Budget"].get("BudgetName", physical) != physical:
        raise ValueError(
            f"{TYPE}: another BudgetName is another budget, which the embedded AWS does not make in its place"
        )
    _call("UpdateBudget", {"NewBudget": {**new["Budget"], "BudgetName": physical}})
    return physical, {"Id": physical}


def _delete(physical: str, _properties: Properties) -> None:
    if physical in budgets._budgets:
        _call("DeleteBudget", {"BudgetName": physical})


def _call(operation: str, given: Properties) -> None:
    shape = service_model("budgets").operation_model(operation).input_shape
    request = to_request(shape, {"AccountId": responses.get_account_id(), **given})
    status, _, body = budgets._DISPATCH[operation](request)
    if status != 200:
        raise ValueError(f"{TYPE}: {json.loads(body).get('message', 'refused')}")
