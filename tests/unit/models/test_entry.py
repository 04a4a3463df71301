"""A version in sections to read."""

from typing import Any

from mlops.models.entry import Section, sections

PACKAGE: dict[str, Any] = {
    "ModelCard": {"ModelCardStatus": "PendingReview"},
    "DriftCheckBaselines": {"ModelDataQuality": {"Statistics": {"S3Uri": "s3://b/statistics.json"}}},
    "CustomerMetadataProperties": {
        "dataset_id": "claims@abc",
        "git_commit": "f00",
        "champion": "3",
        "max_depth": "4",
        "model_card": "s3://b/model_card.md",
    },
}
EVALUATION: dict[str, Any] = {
    "gates": {"auc": 0.81234, "not_worse_than_champion": 1},
    "champion": {"summary": "not worse than the deployed version 3"},
    "strata": {"due": {"rows": 100, "positives": 20, "auc": 0.7}},
    "brands": [{"name": "alpha", "suppressed": True}],
    "fairness": {"sex": [{"name": "F", "rows": 50, "auc": 0.71}]},
}


def read(package: dict[str, Any], evaluation: dict[str, Any]) -> dict[str, Section]:
    return {section.title: section for section in sections(package, evaluation, "claims@v2 (claims@abc)")}


def test_everything_has_its_section() -> None:
    """The data set by name, hyper-parameters apart from the origin, gates, and the result against the deployed version."""
    found = read(PACKAGE, EVALUATION)
    origin = dict(found["origin"].rows)
    assert origin["data set"] == "claims@v2 (claims@abc)"
    assert (origin["git_commit"], origin["champion"]) == ("f00", "3")
    assert (origin["card in the registry"], origin["model_card"]) == ("PendingReview", "s3://b/model_card.md")
    assert origin["baseline statistics"] == "s3://b/statistics.json"
    assert list(found["parameters"].rows) == [["max_depth", "4"]]
    assert list(found["gates"].rows) == [["auc", "0.8123"], ["not_worse_than_champion", "1"]]
    assert list(found["against the deployed version"].rows) == [["not worse than the deployed version 3"]]


def test_measures_by_stratum_brand_and_group() -> None:
    """One row each; suppressed groups are named apart, what was not measured is a dash."""
    table = read(PACKAGE, EVALUATION)["measures"]
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert list(rows) == ["due", "sex F"]
    assert (rows["due"]["rows"], rows["due"]["auc"], rows["due"]["brier"]) == ("100", "0.7000", "-")
    assert list(read(PACKAGE, EVALUATION)["too few people behind them to show"].rows) == [["brand alpha"]]


def test_a_version_from_before_is_shown_too() -> None:
    """Without card, comparison and groups: what is not there is said, nothing fails."""
    found = read({"CustomerMetadataProperties": {"dataset_id": "d"}}, {"gates": {}})
    assert dict(found["origin"].rows)["card in the registry"] == "none"
    assert list(found["against the deployed version"].rows) == [["not recorded"]]
    assert list(found["measures"].rows) == []
