"""What becomes of a project's things, over every choice, and what a plan's id stands for: pure functions, no account."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.bundled.deletion import AUDIT, CHOICES, DATASETS, MODELS, PREDICTIONS, REPOSITORY
from mlops.errors import RefusedInput
from mlops.projects.plan import OBJECTS, RUN, SHARED, Plan, Thing, chosen, decide
from mlops.projects.prices import monthly

NOW = datetime(2026, 11, 29, tzinfo=UTC)
DATA, ARTIFACTS = "s3://mlops-p-data-1/", "s3://mlops-p-artifacts-1/"
THINGS = (
    Thing(kind="AWS::SageMaker::Pipeline", id="p-training", stacked=True, since=NOW - timedelta(days=3)),
    Thing(kind="AWS::Logs::LogGroup", id="/aws/lambda/p-x", stacked=True, size=10),
    Thing(kind="AWS::SSM::Parameter", id="/mlops/p/deployed-model"),
    Thing(kind=RUN, id="run"),
    Thing(kind="AWS::S3::Bucket", id="mlops-p-data-1"),
    Thing(kind="AWS::S3::Bucket", id="mlops-p-artifacts-1", part=MODELS),
    Thing(kind="AWS::SageMaker::ModelPackageGroup", id="p", part=MODELS),
    Thing(kind="AWS::SageMaker::ModelPackage", id="p/1", part=MODELS),
    Thing(kind="AWS::SageMaker::Model", id="pipelines-x", part=MODELS),
    Thing(kind="AWS::CodeCommit::Repository", id="p-code", part=REPOSITORY),
    Thing(kind=OBJECTS, id=f"{DATA}predictions/", part=PREDICTIONS, count=2, size=2**30),
    Thing(kind=OBJECTS, id=f"{DATA}datasets/", part=DATASETS),
    Thing(kind=OBJECTS, id=f"{DATA}requests/", part=AUDIT),
    Thing(kind=OBJECTS, id=f"{DATA}other/"),
    Thing(kind=OBJECTS, id=f"{ARTIFACTS}runs/", part=MODELS),
    Thing(kind=OBJECTS, id="s3://mlops-audit-1/audit/p/", note="the audit trail"),
    Thing(kind=SHARED, id="mlops-data-key-arn", note="shared"),
)


def plan(beside: tuple[str, ...] = (), things: tuple[Thing, ...] = THINGS) -> Plan:
    """Of these things."""
    return Plan(project="p", state="whole", beside=beside, items=decide(things, beside))


parts = st.sets(st.sampled_from([*CHOICES, REPOSITORY])).map(lambda it: tuple(sorted(it)))


@given(parts)
def test_exactly_what_was_asked_for_goes_beside_the_stack(beside: tuple[str, ...]) -> None:
    """Each thing once; content by its part; a bucket once nothing in it is kept; the trail and what is shared never."""
    found = plan(beside)
    assert sorted(it.thing.id for it in found.items) == sorted(it.id for it in THINGS)
    gone, whole = {it.thing.id for it in found.going()}, {PREDICTIONS, DATASETS, AUDIT} <= set(beside)
    expected = {it.id for it in THINGS if it.part in beside and it.part}
    expected |= {it.id for it in THINGS if it.stacked or it.kind in {RUN, "AWS::SSM::Parameter"}}
    expected |= {"mlops-p-data-1", f"{DATA}other/"} if whole else set()
    assert gone == expected
    assert all(it.why for it in found.items)


@given(parts, st.integers(0, len(THINGS) - 1))
def test_another_world_is_another_plan(beside: tuple[str, ...], index: int) -> None:
    """A thing more, one less, and, of what goes, other contents; logs that have grown and a later day are no other world."""
    seen, thing = plan(beside), THINGS[index]
    less = plan(beside, tuple(it for it in THINGS if it is not thing))
    grown = plan(
        beside, tuple(replace(it, size=it.size + 1, count=it.count + 1) if it is thing else it for it in THINGS)
    )
    goes = any(it.thing is thing and it.goes for it in seen.items)
    assert less.id != seen.id
    assert (grown.id != seen.id) == (goes and thing.kind == OBJECTS)
    assert plan(beside, tuple(reversed(THINGS))).id == seen.id


def test_a_plan_tells_size_age_cost_and_reason() -> None:
    """Of every thing; the sums are of what goes and of what stays."""
    things = tuple(replace(it, monthly=monthly(it.kind, it.size)) for it in THINGS)
    told = plan((PREDICTIONS,), things).json(NOW)
    (predictions,) = [it for it in told["goes"] if it["id"].endswith("predictions/")]
    assert predictions == {
        "kind": OBJECTS,
        "id": f"{DATA}predictions/",
        "count": 2,
        "size": 2**30,
        "monthly": 0.023,
        "goes": True,
        "age_days": None,
        "why": "asked for: it is not among what is kept",
    }
    assert next(it for it in told["goes"] if it["id"] == "p-training")["age_days"] == 3.0
    assert (told["monthly_saved"], told["monthly_left"]) == (0.02, 0.0)


@pytest.mark.parametrize(
    ("keep", "with_data", "repository", "beside"),
    [
        (None, False, False, ()),
        (None, True, False, tuple(sorted(CHOICES))),
        (None, True, True, tuple(sorted([*CHOICES, REPOSITORY]))),
        ("predictions, models", False, False, (AUDIT, DATASETS)),
        ("predictions,models,datasets,audit", False, True, (REPOSITORY,)),
    ],
)
def test_options_say_what_goes(keep: str | None, with_data: bool, repository: bool, beside: tuple[str, ...]) -> None:
    """Nothing that holds data goes unless an option says so."""
    assert chosen(keep, with_data=with_data, repository=repository) == beside


@pytest.mark.parametrize(
    ("keep", "with_data"), [("models", True), ("", False), ("model", False), ("models,all", False)]
)
def test_odd_options_are_refused(keep: str, with_data: bool) -> None:
    """A misspelt word must not delete what it meant to keep."""
    with pytest.raises(RefusedInput, match="--keep"):
        chosen(keep, with_data=with_data, repository=False)


def test_code_of_a_project_that_never_ran_goes_with_its_stack() -> None:
    """The product's own, which the stack's function removes."""
    code = Thing(kind=OBJECTS, id=f"{ARTIFACTS}code/", part=MODELS)
    assert [decide([code], (), unused=unused)[0].goes for unused in (True, False)] == [True, False]
