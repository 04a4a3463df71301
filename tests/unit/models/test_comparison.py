"""Two versions side by side."""

from typing import Any

from mlops.models.comparison import as_html, compare


def package(version: int, **metadata: str) -> dict[str, Any]:
    return {"ModelPackageVersion": version, "CustomerMetadataProperties": {"dataset_id": "d1", **metadata}}


def report(auc: float, brand_auc: float | None, rows: int = 100) -> dict[str, Any]:
    brand = {"name": "alpha", "suppressed": True} if brand_auc is None else {"name": "alpha", "auc": brand_auc}
    return {
        "strata": {"all": {"rows": rows, "auc": auc}, "due": {"auc": auc - 0.1}},
        "brands": [brand],
        "rows": rows,
        "positives": 10,
        "index_dates": ["2024-01-01"],
    }


def test_measures_are_compared_by_stratum_and_brand() -> None:
    """Each stratum's and brand's measure stands in one row with both values and their difference."""
    found = compare("p", (package(1), package(2)), (report(0.8, 0.7), report(0.85, 0.65)))
    rows = {row.name: (row.first, row.second, row.change) for row in found.rows if row.section == "measures"}
    assert rows["all: auc"] == (0.8, 0.85, 0.05)
    assert rows["brand alpha: auc"] == (0.7, 0.65, -0.05)
    assert found.same_rows


def test_parameters_and_origin_are_told_apart() -> None:
    """A changed hyper-parameter is a parameter, another commit is its origin; what is equal is not marked."""
    one, other = (
        package(1, max_depth="4", git_commit="a", seed="1"),
        package(2, max_depth="5", git_commit="b", seed="1"),
    )
    found = compare("p", (one, other), (report(0.8, 0.7), report(0.8, 0.7)))
    assert {(row.section, row.name) for row in found.rows if row.differs} == {
        ("parameters", "max_depth"),
        ("origin", "git_commit"),
    }


def test_other_rows_are_named() -> None:
    """Versions that were measured on different rows are said not to be comparable, on the page too."""
    found = compare("p", (package(1), package(2)), (report(0.8, 0.7), report(0.8, 0.7, rows=90)))
    told = found.to_json()
    assert (told["same_rows"], told["different"]) == (False, "they were measured on different rows")
    assert "Not comparable: they were measured on different rows. Base rates: 10.0% and 11.1%." in as_html(found)


def test_rows_and_label_are_compared_by_content() -> None:
    """Another data set of the same rows is no difference; an inverted label is one, and so are other outcomes of as many rows."""
    same = {"label_definition": "a", "rows_sha256": "1"}
    one, other = package(1), package(2, dataset_id="d2")

    def different(**more: str) -> str:
        return compare("p", (one, other), (report(0.8, 0.7) | same, report(0.8, 0.7) | same | more)).different

    assert different() == ""
    assert different(label_definition="b") == "their labels are defined otherwise"
    assert different(rows_sha256="2") == "they were measured on different rows"


def test_a_suppressed_group_shows_no_number() -> None:
    """A brand with too few stops in one version has a dash there and no difference, and it is said why."""
    found = compare("p", (package(1), package(2)), (report(0.8, 0.7), report(0.8, None)))
    row = next(row for row in found.rows if row.name == "brand alpha: auc")
    assert (row.first, row.second, row.change) == (0.7, None, None)
    assert ("brand alpha: measures", None, "suppressed") in [(row.name, row.first, row.second) for row in found.rows]


def test_names_from_the_registry_are_escaped_in_the_page() -> None:
    """Text of the registry cannot put markup into the page."""
    found = compare("p", (package(1, note="<script>x</script>"), package(2)), (report(0.8, 0.7), report(0.8, 0.7)))
    assert "<script>" not in as_html(found)
