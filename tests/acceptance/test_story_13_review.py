"""Story 13: a data scientist reviews a data set before training on it."""

from pathlib import Path

import pytest

from tests.acceptance.site import ENGINEER, SCIENTIST, Site

pytestmark = pytest.mark.timeout(900)


def test_13_1_a_data_set_is_summarized(site: Site) -> None:
    """``dataset profile``: rows, kinds, missing values and distributions of every column."""
    assert site.dataset
    tables = {it["name"]: it for it in site.told("dataset", "profile", "claims@v1", *SCIENTIST)["tables"]}
    fills = {it["name"]: it for it in tables["fills"]["columns"]}
    assert tables["fills"]["rows"] > 10_000
    assert fills["days_supply"]["missing"] > 0
    assert 28 <= fills["days_supply"]["mean"] <= 90  # packs of four weeks to three months
    assert fills["days_supply"]["quantiles"]


def test_13_2_distributions_correlations_and_outliers_are_drawn(site: Site) -> None:
    """The profile's page holds drawings and works without a network."""
    assert site.dataset
    page = Path(site.desk.folder / site.told("dataset", "profile", "claims@v1", *SCIENTIST)["page"]).read_text()
    assert page.count("<svg") > 10
    for words in ("orrelation", "utlier", "days_supply"):
        assert words in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_13_3_anomalies_are_flagged(site: Site) -> None:
    """``dataset validate`` counts missing values by column and rule, and says where the list of them lies."""
    assert site.dataset
    checked = site.told("dataset", "validate", "claims@v1")
    (missing,) = [it for it in checked["findings"] if it["column"] == "days_supply"]
    assert (missing["rule"], missing["severity"]) == ("required", "warning")
    assert missing["count"] > 0
    assert Path(site.desk.folder / checked["located"]).is_file()


def test_13_4_an_approval_is_recorded_with_reviewer_and_time(site: Site) -> None:
    """The importer may not approve; the ML engineer's review has name, reason and time."""
    assert site.approved_dataset
    refused = site.desk.mlops("dataset", "approve", "claims@v1", "--reason", "mine", *SCIENTIST)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (3, 1)
    (review,) = site.told("dataset", "show", "claims@v1")["reviews"]
    assert (review["status"], review["reason"]) == ("Approved", "looked")
    assert ENGINEER[1] in str(review)
    assert review["at"].endswith("+00:00")


def test_13_5_versions_are_compared(site: Site) -> None:
    """``dataset compare``: differences of rows and of columns' statistics, table by table."""
    assert site.approved_dataset
    if "claims@v2" not in {it["version"] for it in site.told("dataset", "list")["versions"]}:
        site.done(
            "dataset", "import", str(site.data / "2024-08-18"), "--name", "claims", "--license", "none", *SCIENTIST
        )
    found = site.told("dataset", "compare", "claims@v1", "claims@v2")["differences"]
    assert ("rows", "fills") in {(it["aspect"], it["table"]) for it in found}
