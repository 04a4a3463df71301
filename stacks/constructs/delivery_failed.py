"""What is told of a delivery that fails, a project's or the platform's."""

from stacks.constructs.events import News


def failed_delivery(pipeline: str, outcome: str) -> News:
    """A delivery that stops says in which action and why; ``outcome`` is how it leaves what it was to change."""
    pattern = {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "detail": {"pipeline": [pipeline], "state": ["FAILED"]},
    }
    words = f"Delivery <pipeline> stopped at <stage>, <action>; {outcome}. Why: <why> Execution: <execution>"
    paths = {
        "pipeline": "$.detail.pipeline",
        "stage": "$.detail.stage",
        "action": "$.detail.action",
        "why": "$.detail.execution-result.external-execution-summary",
        "execution": "$.detail.execution-id",
    }
    return News(pattern, words, paths)
