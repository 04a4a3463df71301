"""A change that would replace what holds something is found between two versions of a template; one that means the same is none."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aws_cdk import App

from mlops.errors import RefusedInput
from stacks.rules import stateful as lock
from stacks.rules.plugin import OwnRules
from stacks.rules.replacement import between, changes, since, stateful, unwaived

_ASSEMBLED = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
_PROJECT = "CatalogMlProjectCE2EA2DC.product.template.json"
_DATA, _KEY = "Data666C94C7", "DataKey17AFBB84"
Template = dict[str, Any]


def _template(name: str) -> Template:
    return dict(json.loads((_ASSEMBLED / name).read_text()))


def _set(logical_id: str, name: str, value: Any) -> Callable[[Template], None]:
    return lambda it: it["Resources"][logical_id]["Properties"].update({name: value})


def _renamed(logical_id: str) -> Callable[[Template], None]:
    def change(template: Template) -> None:
        template["Resources"]["Other"] = template["Resources"].pop(logical_id)

    return change


def _other_store(template: Template) -> None:
    template["Resources"]["FeatureGroup"]["Properties"]["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"] = "s3://b/f"


def _other_tag(template: Template) -> None:
    template["Resources"]["FeatureGroup"]["Properties"]["Tags"].append({"Key": "team", "Value": "a"})


def _other_condition(template: Template) -> None:
    """The same name, another meaning."""
    name = template["Resources"]["CodeRepository"]["Condition"]
    template["Conditions"][name] = {"Fn::Equals": [{"Ref": "Source"}, "elsewhere"]}


def _other_role(template: Template) -> None:
    """The feature group names its role by an attribute, which the new role has another value of."""
    role = template["Resources"]["FeatureGroup"]["Properties"]["RoleArn"]["Fn::GetAtt"][0]
    template["Resources"][role]["Properties"]["RoleName"] = "another"


REPLACING: dict[str, tuple[str, Callable[[Template], None], str, str]] = {
    "a bucket's name": (_PROJECT, _set(_DATA, "BucketName", {"Fn::Sub": "x-${AWS::AccountId}"}), _DATA, "BucketName"),
    "a bucket's logical id": (_PROJECT, _renamed(_DATA), _DATA, "is gone or has another logical id"),
    "a bucket that is removed": (_PROJECT, lambda it: it["Resources"].pop(_DATA), _DATA, "is gone"),
    "another type": (
        _PROJECT,
        lambda it: it["Resources"].update({_DATA: {"Type": "AWS::DynamoDB::Table"}}),
        _DATA,
        "becomes AWS::DynamoDB::Table",
    ),
    "the record identifier": (
        _PROJECT,
        _set("FeatureGroup", "RecordIdentifierFeatureName", "dataset_id"),
        "FeatureGroup",
        "RecordIdentifierFeatureName",
    ),
    "the offline store": (_PROJECT, _other_store, "FeatureGroup", "OfflineStoreConfig"),
    "a feature group's tag": (_PROJECT, _other_tag, "FeatureGroup", "Tags"),
    "a feature group's role": (_PROJECT, _other_role, "FeatureGroup", "RoleArn"),
    "a model group's description": (
        _PROJECT,
        _set("ModelGroup", "ModelPackageGroupDescription", "better words"),
        "ModelGroup",
        "ModelPackageGroupDescription",
    ),
    "a repository's name": (
        _PROJECT,
        _set("CodeRepository", "RepositoryName", "x"),
        "CodeRepository",
        "RepositoryName",
    ),
    "a repository's condition": (_PROJECT, _other_condition, "CodeRepository", "its condition"),
    "a key's kind": ("Foundation.template.json", _set(_KEY, "KeySpec", "RSA_4096"), _KEY, "KeySpec"),
    "a key for many regions": ("Foundation.template.json", _set(_KEY, "MultiRegion", True), _KEY, "MultiRegion"),
    "the log bucket's name": (
        "Foundation.template.json",
        _set("Logs6819BB44", "BucketName", "mlops-logs"),
        "Logs6819BB44",
        "BucketName",
    ),
}


@pytest.mark.parametrize("what", REPLACING)
def test_a_replacement_is_found(what: str) -> None:
    """And nothing else: the finding names the resource and what changes."""
    name, change, logical_id, words = REPLACING[what]
    old = _template(name)
    new = copy.deepcopy(old)
    change(new)
    found = list(changes(stateful(old), stateful(new)))
    # the feature group's offline store lies in the project's bucket
    assert [it.resource for it in found] == [logical_id, *(["FeatureGroup"] if logical_id == _DATA else [])]
    assert words in found[0].message


def _joined(template: Template) -> None:
    """Fn::Join of the pieces instead of Fn::Sub, a piece in a Fn::Sub of its own."""
    name = [
        "-",
        ["mlops", {"Fn::Sub": ["${it}-data", {"it": {"Ref": "SageMakerProjectName"}}]}, {"Ref": "AWS::AccountId"}],
    ]
    template["Resources"][_DATA]["Properties"]["BucketName"] = {"Fn::Join": name}


def _reordered(template: Template) -> None:
    template["Resources"]["FeatureGroup"]["Properties"]["Tags"].reverse()
    template["Resources"] = dict(reversed(template["Resources"].items()))


def _other_names(template: Template) -> None:
    """A condition and a role's logical attribute in other words."""
    conditions = template["Conditions"]
    both = conditions.pop(template["Resources"]["CodeRepository"]["Condition"])["Fn::And"]
    part = both[0]["Condition"]
    conditions["Part"] = {"Fn::Equals": list(reversed(conditions[part]["Fn::Equals"]))}
    conditions["Renamed"] = {"Fn::And": [{"Condition": "Part"}, *both[1:]]}
    template["Resources"]["CodeRepository"]["Condition"] = "Renamed"
    role = template["Resources"]["FeatureGroup"]["Properties"]["RoleArn"]["Fn::GetAtt"]
    template["Resources"]["FeatureGroup"]["Properties"]["RoleArn"] = {"Fn::GetAtt": ".".join(role)}


def _text_of_numbers(template: Template) -> None:
    store = template["Resources"]["FeatureGroup"]["Properties"]["OnlineStoreConfig"]
    store["EnableOnlineStore"] = "true"


SAME: dict[str, tuple[str, Callable[[Template], None]]] = {
    "nothing": (_PROJECT, lambda _: None),
    "a name joined": (_PROJECT, _joined),
    "another order": (_PROJECT, _reordered),
    "other names": (_PROJECT, _other_names),
    "a truth value as text": (_PROJECT, _text_of_numbers),
    "a property that updates": (_PROJECT, _set(_DATA, "LifecycleConfiguration", {"Rules": []})),
    "a default that is written out": ("Foundation.template.json", _set(_KEY, "KeySpec", "SYMMETRIC_DEFAULT")),
    "nothing where nothing was": (_PROJECT, _set(_DATA, "BucketNamePrefix", {"Ref": "AWS::NoValue"})),
    "one thing more": (
        _PROJECT,
        lambda it: it["Resources"].update(New={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "new"}}),
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_what_means_the_same_replaces_nothing(what: str) -> None:
    """Bytes may change."""
    name, change = SAME[what]
    old = _template(name)
    new = copy.deepcopy(old)
    change(new)
    assert list(changes(stateful(old), stateful(new))) == []


def test_each_version_is_compared_with_the_next() -> None:
    """Published ones among each other, the last one with what is developed; a waiver is for one step of one product."""
    first, third = _template(_PROJECT), _template(_PROJECT)
    second = copy.deepcopy(first)
    _set(_DATA, "BucketName", "x")(second)
    found = list(between("ml-project", [("v2", first), ("v3", second), ("development", third)]))
    both = (_DATA, "FeatureGroup")
    steps = {version: [f"ml-project.{version}/{it}" for it in both] for version in ("v2", "v3")}
    assert [name for name, _ in found] == [*steps["v2"], *steps["v3"]]
    reason = "no project keeps data there yet"
    assert list(unwaived(found, dict.fromkeys([*steps["v2"], *steps["v3"]], reason))) == []
    left = list(unwaived(found, dict.fromkeys(steps["v2"], reason)))
    assert [it.resource for it in left] == steps["v3"]


def test_a_waiver_needs_its_replacement_and_a_reason() -> None:
    """One that nothing needs would let the next replacement through."""
    old = _template("Foundation.template.json")
    new = copy.deepcopy(old)
    _set(_KEY, "KeySpec", "RSA_4096")(new)
    found = list(since({f"Foundation/{id_}": it for id_, it in stateful(old).items()}, {"Foundation": new}))
    name = f"Foundation/{_KEY}"
    assert [it.message for it in unwaived(found, {name: "because"})] == [
        "is waived without a reason: say in a sentence what becomes of what it holds"
    ]
    unneeded = {name: "the account is a trial account", "Foundation/Logs6819BB44": "the account is a trial account"}
    assert [(it.resource, it.message) for it in unwaived(found, unneeded)] == [
        ("Foundation/Logs6819BB44", "is waived, and nothing replaces it: remove the waiver")
    ]


def test_a_synth_is_compared_with_the_lock_and_the_history(tmp_path: Path) -> None:
    """The plugin of every synth: a stack's bucket and a product's repository are found, waived ones are not."""
    stack, project = _template("Foundation.template.json"), _template(_PROJECT)
    known = {f"Foundation/{id_}": it for id_, it in stateful(stack).items()}
    earlier = copy.deepcopy(project)
    _set("CodeRepository", "RepositoryName", "x")(earlier)
    _set("Logs6819BB44", "BucketName", "x")(stack)
    for name, content in (("Foundation.template.json", stack), (_PROJECT, project)):
        (tmp_path / name).write_text(json.dumps(content))
    context = SimpleNamespace(template_paths=[str(tmp_path / "Foundation.template.json")])

    def replaced(waivers: dict[str, str]) -> list[str]:
        rules = OwnRules(App(), lock.Earlier(known, {"ml-project": [("v2", earlier)]}, waivers))
        violations = rules.validate(context).violations
        return [it.violating_resources[0].resource_logical_id for it in violations if it.rule_name == "replaced"]

    assert replaced({}) == ["Foundation/Logs6819BB44", "ml-project.v2/CodeRepository"]
    assert replaced({"Foundation/Logs6819BB44": "it has never been deployed"}) == ["ml-project.v2/CodeRepository"]


def test_the_lock_has_everything_that_holds_something_and_forgets_nothing() -> None:
    """What is new is added, what is known stays as it was."""
    stacks = {path.name.split(".")[0]: _template(path.name) for path in _ASSEMBLED.glob("*.template.json")}
    stacks = {name: it for name, it in stacks.items() if not name.startswith("Catalog") or name == "Catalog"}
    known = lock.known()
    assert known
    assert {**known, **{f"{name}/{id_}": it for name, t in stacks.items() for id_, it in stateful(t).items()}} == known
    _set(_KEY, "KeySpec", "RSA_4096")(stacks["Foundation"])
    stacks["Foundation"]["Resources"]["New"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "new"}}
    lines = lock.grown(known, stacks).splitlines()
    assert len(lines) == len(known) + 1
    assert {line for line in lines if not line.startswith("Foundation New ")} == set(lock.grown(known, {}).splitlines())


def test_a_missing_lock_is_refused(tmp_path: Path) -> None:
    """Without it anything could be replaced."""
    with pytest.raises(RefusedInput, match=r"stateful\.lock: is missing"):
        lock.known(tmp_path / "stateful.lock")
