"""One dashboard for all projects, and a budget that tells whoever runs the platform."""

import json
from typing import Any

import pytest
from ministack.services import budgets as store

from embedded_aws.cloudformation.registry import schema
from embedded_aws.ministack import budgets
from mlops.bundled.alarms import ALARMS
from mlops.platform.assembly import load
from stacks.constructs.dashboard import CHOSEN


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    """Of the packaged observability stack."""
    stack = next(it for it in load().stacks if it.name == "mlops-observability")
    return dict(json.loads(stack.template)["Resources"])


@pytest.fixture(scope="module")
def body(resources: dict[str, Any]) -> dict[str, Any]:
    """The dashboard's body."""
    return dict(json.loads(resources["Fleet"]["Properties"]["DashboardBody"]["Fn::Sub"]))


def test_there_is_one_dashboard_with_a_variable_for_the_project(body: dict[str, Any]) -> None:
    """Typing a name shows that project: its metrics, pipelines and every alarm that a project has."""
    (variable,) = body["variables"]
    assert (variable["type"], variable["inputType"], variable["pattern"]) == ("pattern", "input", CHOSEN)
    typed = json.dumps(body["widgets"]).replace(CHOSEN, "ward")
    for part in (
        '"MLOps/ward"',
        '"ward-training"',
        '"ward-inference"',
        *(f"alarm:{row.name('ward')}" for row in ALARMS),
    ):
        assert part in typed
    assert not [name for name in load().products.values() if "AWS::CloudWatch::Dashboard" in name]


def test_widgets_do_not_lie_on_each_other(body: dict[str, Any]) -> None:
    """24 columns, two widgets a row."""
    places = [(it["x"], it["y"]) for it in body["widgets"]]
    assert len(set(places)) == len(places)
    assert all(it["x"] + it["width"] <= 24 for it in body["widgets"])


def test_the_budget_tells_the_operations_topic(resources: dict[str, Any]) -> None:
    """Which lets Budgets publish, for this account only, and is there with its policy before."""
    budget = resources["MonthlyBudget"]
    told = [it["Subscribers"] for it in budget["Properties"]["NotificationsWithSubscribers"]]
    assert told == [[{"Address": {"Ref": "Operations"}, "SubscriptionType": "SNS"}]] * 2
    assert budget["DependsOn"] == ["OperationsPolicy"]
    statements = resources["OperationsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (permit,) = [it for it in statements if it["Principal"] == {"Service": "budgets.amazonaws.com"}]
    assert permit["Condition"]["ArnLike"]["aws:SourceArn"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:budgets::${AWS::AccountId}:*"}
    ]


def test_the_embedded_aws_keeps_a_budget() -> None:
    """Made, changed and removed as CloudFormation does it; what AWS does not know is refused."""
    handler = budgets.handler(None)
    given = {
        "Budget": {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 100, "Unit": "USD"}},
        "NotificationsWithSubscribers": [
            {
                "Notification": {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80},
                "Subscribers": [{"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:000000000000:topic"}],
            }
        ],
    }
    name, attributes = handler["create"]("MonthlyBudget", given, "mlops-observability")
    assert attributes == {"Id": name}
    assert store._budgets[name]["BudgetLimit"] == {"Amount": "100", "Unit": "USD"}
    more = {**given, "Budget": {**given["Budget"], "BudgetLimit": {"Amount": 200, "Unit": "USD"}}}
    handler["update"](name, given, more, "mlops-observability")
    assert store._budgets[name]["BudgetLimit"]["Amount"] == "200"
    with pytest.raises(ValueError, match="another BudgetName is another budget"):
        handler["update"](name, given, {"Budget": {**given["Budget"], "BudgetName": "other"}}, "mlops-observability")
    with pytest.raises(ValueError, match="BudgetType must be one of"):
        handler["create"]("Other", {"Budget": {**given["Budget"], "BudgetType": "DEAR"}}, "stack")
    handler["delete"](name, given)
    handler["delete"](name, given)  # gone already
    assert name not in store._budgets


def test_what_replaces_a_budget_is_what_the_registry_says() -> None:
    """But for tags, which would be changed in place."""
    known = schema(budgets.TYPE)
    assert known is not None
    assert {it.rsplit("/", 1)[-1] for it in known["createOnlyProperties"]} == {
        "BudgetName",
        "NotificationsWithSubscribers",
    }
    assert set(budgets.CREATE_ONLY) == {"NotificationsWithSubscribers", "ResourceTags"}
