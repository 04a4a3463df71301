"""The registry's card follows the decision on its version, with the content that was registered."""

import json

import pytest

from mlops.bundled.decided import card_after

CONTENT = '{"intended_uses":{"purpose_of_model":"<b>"},"z":1}'


@pytest.mark.parametrize(("decision", "status"), [("Approved", "Approved"), ("Rejected", "Draft")])
def test_the_card_follows(decision: str, status: str) -> None:
    """To the letter: approvals compare it with what was registered."""
    package = {"ModelCard": {"ModelCardContent": CONTENT, "ModelCardStatus": "PendingReview"}}
    assert card_after(package, decision) == {"ModelCard": {"ModelCardContent": CONTENT, "ModelCardStatus": status}}


def test_what_sagemaker_adds_is_not_sent_back() -> None:
    """The schema of a version's card has no details of the version."""
    shown = json.dumps(json.loads(CONTENT) | {"model_package_details": {"model_package_arn": "arn"}})
    found = card_after({"ModelCard": {"ModelCardContent": shown}}, "Approved")["ModelCard"]["ModelCardContent"]
    assert json.loads(found) == json.loads(CONTENT)


@pytest.mark.parametrize("content", ["no JSON", "[1]"])
def test_no_content_hinders_a_rejection(content: str) -> None:
    """It is sent as it is."""
    assert (
        card_after({"ModelCard": {"ModelCardContent": content}}, "Rejected")["ModelCard"]["ModelCardContent"] == content
    )


@pytest.mark.parametrize("package", [{}, {"ModelCard": {}}, {"ModelCard": {"ModelCardContent": ""}}])
def test_a_version_without_a_card_gets_none(package: dict[str, object]) -> None:
    """Versions of other pipelines have none."""
    assert card_after(package, "Approved") == {}
