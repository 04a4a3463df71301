"""Story 12: a data scientist begins with public data."""

import pytest

from mlops.aws import ROOT_SECRET
from tests.acceptance.site import JUNE, SCIENTIST, Site

pytestmark = pytest.mark.timeout(900)


def test_12_1_public_catalogues_are_searched(site: Site) -> None:
    """The AWS Open Data registry without a network, other portals by name; what the pipeline can use is said."""
    items = {it["id"]: it for it in site.told("dataset", "search", "diabetes")["items"]}
    assert items["cmsdesynpuf-omop"]["usable"]
    assert items["synthea-omop"]["resources"][0]["url"] == "s3://synthea-omop"
    other = site.desk.mlops("dataset", "search", "diabetes", "--source", "kaggle")
    assert (other.returncode, "must be one of" in other.stderr) == (2, True)


def test_12_3_data_sets_are_browsed_with_schema_size_and_format(site: Site) -> None:
    """``dataset list`` and ``show``: rows, bytes, source, format, licence, the columns of every table."""
    assert site.dataset
    (listed,) = [it for it in site.told("dataset", "list")["versions"] if it["version"] == "claims@v1"]
    assert listed["rows"] > 1000
    assert listed["bytes"] > 100_000
    shown = site.done("dataset", "show", "claims@v1")
    for words in ("format     csv", "license    none", "fill_date (date)", "days_supply (integer)"):
        assert words in shown


def test_12_4_an_import_checks_integrity_and_fitness(site: Site) -> None:
    """Rows that break the schema refuse the import, with place and rule; a good one says whether training can use it."""
    assert site.dataset["training"] == {"usable": True, "reason": ""}
    broken = site.desk.folder / "broken"
    broken.mkdir()
    for table in (site.data / JUNE).glob("*.csv"):
        text = table.read_text()
        (broken / table.name).write_text(text.replace("2023-0", "2023-13-0", 1) if table.name == "fills.csv" else text)
    refused = site.desk.mlops("dataset", "import", str(broken), "--name", "broken", "--license", "none", *SCIENTIST)
    assert refused.returncode == 2
    assert "fills.csv, row" in refused.stderr
    assert "rule date" in refused.stderr
    assert not [it for it in site.told("dataset", "list")["versions"] if it["version"].startswith("broken")]
    assert (site.desk.folder / ".mlops" / ROOT_SECRET).stat().st_mode & 0o077 == 0
