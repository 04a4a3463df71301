"""The account's budget: a message before a month costs more than was thought."""

from aws_cdk import aws_budgets
from constructs import Construct

SPENT, FORESEEN = 80, 100  # per cent of the limit: what was spent, what the month will have cost at its end


def monthly_budget(scope: Construct, *, limit: float, topic: str) -> aws_budgets.CfnBudget:
    """A budget of ``limit`` US dollars a month on whatever the account costs, which tells the topic.

    It has no name of its own: a change of its notifications replaces it, and AWS refuses a second budget of one name. It has no filter
    by tag either: jobs would count only once somebody has activated the tag for cost allocation.
    """
    budget = aws_budgets.CfnBudget.BudgetDataProperty(
        budget_type="COST",
        time_unit="MONTHLY",
        budget_limit=aws_budgets.CfnBudget.SpendProperty(amount=limit, unit="USD"),
    )
    told = [_notification(kind, share, topic) for kind, share in (("ACTUAL", SPENT), ("FORECASTED", FORESEEN))]
    return aws_budgets.CfnBudget(scope, "MonthlyBudget", budget=budget, notifications_with_subscribers=told)


def _notification(kind: str, share: int, topic: str) -> aws_budgets.CfnBudget.NotificationWithSubscribersProperty:
    return aws_budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=aws_budgets.CfnBudget.NotificationProperty(
            comparison_operator="GREATER_THAN", notification_type=kind, threshold=share, threshold_type="PERCENTAGE"
        ),
        subscribers=[aws_budgets.CfnBudget.SubscriberProperty(address=topic, subscription_type="SNS")],
    )
