"""Names that are the account's: in every stack and product, and what a second region's synth would make of them."""

import json
from pathlib import Path

from stacks.rules.regions import global_names

_ASSEMBLED = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
TEMPLATES = {path.name: json.loads(path.read_text()) for path in sorted(_ASSEMBLED.glob("*.template.json"))}


def test_a_platform_for_many_regions_is_refused() -> None:
    """Without the declaration each template that has roles or buckets of fixed names is found: they would collide."""
    found = {name for name, template in TEMPLATES.items() if list(global_names(template, one_region=False))}
    named = {name for name, template in TEMPLATES.items() if _named(template)}
    assert found == named
    assert len(found) >= 6


def test_one_region_is_declared_and_buckets_have_their_account() -> None:
    """With it nothing is left to find."""
    assert [it for template in TEMPLATES.values() for it in global_names(template, one_region=True)] == []


def test_every_persona_says_where_the_platform_is() -> None:
    """That is what the deployment in a second region is refused by (tests/integration/platform/test_refusals.py)."""
    roles = [
        it["Properties"] for it in TEMPLATES["Access.template.json"]["Resources"].values() if "RoleName" in str(it)
    ]
    tags = [{tag["Key"]: tag["Value"] for tag in role["Tags"]} for role in roles]
    assert len(tags) == 3
    assert all(it["mlops:region"] == {"Ref": "AWS::Region"} for it in tags)


def test_names_are_found_by_what_they_resolve_to() -> None:
    """Fn::Sub or Fn::Join; with the region in it a name is nobody else's."""
    bucket = {"Fn::Join": ["-", ["b", {"Ref": "AWS::AccountId"}, {"Ref": "AWS::Region"}]]}
    resources = {
        "Good": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
        "Nameless": {"Type": "AWS::IAM::Role", "Properties": {}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Fn::Sub": "r-${AWS::AccountId}"}}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "b-${AWS::Region}"}}},
    }
    found = [(it.resource, it.rule) for it in global_names({"Resources": resources}, one_region=False)]
    assert found == [("Role", "global-names"), ("Bucket", "global-names")]


def _named(template: dict[str, dict[str, dict[str, object]]]) -> bool:
    return any(
        "RoleName" in str(it) or "BucketName" in str(it.get("Properties")) for it in template["Resources"].values()
    )
