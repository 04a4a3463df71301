"""Catalogues against recorded answers on a local server: what is shown, what is usable and why, what may not be imported."""

import hashlib
import io
import json
import lzma
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops.datasets.sources import catalogs
from mlops.datasets.sources.catalogs.aws import Registry
from mlops.datasets.sources.http import Limits
from mlops.datasets.sources.licences import spdx
from mlops.errors import MlopsError, RefusedInput
from tests.unit.datasets import answers
from tests.unit.datasets.servers import Handler, Source, content, serve

CSV = b"date,items\n2024-01-01,3\n"
LIMITS = Limits(timeout=2, attempts=1)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """All portals on one local server."""
    with serve() as source:
        for name in ("UCI", "CKAN", "DATAGOV", "OPENML", "HF"):
            monkeypatch.setenv(f"MLOPS_{name}_URL", source.url)
        monkeypatch.setenv("MLOPS_AWS_CATALOG_URL", f"{source.url}/registry.tar.gz")
        record(source)
        yield source


def record(source: Source) -> None:
    """Put the recorded answers where the portals' APIs have them."""
    recorded = {
        "/api/datasets/list": answers.UCI_LIST,
        "/api/dataset?id=296": answers.UCI_296,
        "/api/dataset": answers.UCI_UNKNOWN,
        "/api/3/action/package_search": answers.CKAN_SEARCH,
        "/api/3/action/package_show": answers.CKAN_SHOW,
        "/search": answers.DATAGOV,
        "/api/v1/json/data/list/data_name/diabetes/limit/20": answers.OPENML_LIST,
        "/api/v1/json/data/37": answers.OPENML_37,
        "/api/datasets": [answers.HF_ITEM, answers.HF_GATED],
        "/api/datasets/owner/glucose": answers.HF_ITEM,
        "/api/datasets/owner/secret": answers.HF_GATED,
    }
    facts = {
        "BASE": source.url,
        "HASH": hashlib.sha256(CSV).hexdigest(),
        "MD5": hashlib.md5(answers.ARFF, usedforsecurity=False).hexdigest(),
    }
    for path, value in recorded.items():
        text = json.dumps(value)
        for name, fact in facts.items():
            text = text.replace(name, fact)
        source.plays[path] = content(text.encode(), Content_Type="application/json")
    for path in (
        "/files/items.csv",
        "/static/public/296/data.csv",
        "/datasets/owner/glucose/resolve/main/data/train.csv",
    ):
        source.plays[path] = content(CSV, Content_Type="text/csv")
    source.plays["/data/v1/download/37/diabetes.arff"] = content(answers.ARFF)
    source.plays["/registry.tar.gz"] = content(archive(answers.AWS_YAML))


def archive(entries: dict[str, str]) -> bytes:
    """The registry's repository as GitHub packs it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in {
            **{f"datasets/{key}.yaml": value for key, value in entries.items()},
            "README.md": "x",
        }.items():
            info = tarfile.TarInfo(f"open-data-registry-main/{name}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


@pytest.mark.parametrize(
    ("source", "reference", "licence", "formats", "rows", "size", "usable"),
    [
        ("uci", "uci:296", "CC-BY-4.0", ("csv",), 101766, None, "no: none of its columns holds dispensing dates"),
        (
            "ckan",
            "ckan:prescriptions-dispensed",
            "CC-BY-4.0",
            ("csv", "pdf"),
            None,
            None,
            "no: it states no schema: import it to see",
        ),
        (
            "datagov",
            "datagov:diabetes-prevalence",
            "CC0-1.0",
            ("csv",),
            None,
            None,
            "no: it states no schema: import it to see",
        ),
        ("openml", "openml:37", "", ("arff",), 768, None, "no: it states no schema: import it to see"),
        (
            "hf",
            "hf:owner/glucose",
            "CC-BY-4.0",
            ("csv", "parquet"),
            None,
            924,
            "no: it states no schema: import it to see",
        ),
    ],
)
def test_what_a_search_shows(  # noqa: PLR0917
    web: Source,
    tmp_path: Path,
    source: str,
    reference: str,
    licence: str,
    formats: tuple[str, ...],
    rows: int | None,
    size: int | None,
    usable: str,
) -> None:
    """Reference, licence (SPDX), formats, rows, size, and whether the pipeline could use it, with the reason."""
    found, failed = catalogs.search("diabetes", [source], tmp_path)
    item = found[0]
    assert failed == {}
    assert (item.reference, item.license, item.formats, item.rows, item.bytes) == (
        reference,
        licence,
        formats,
        rows,
        size,
    )
    assert str(item.fit) == usable
    assert "<" not in item.title + item.description


@pytest.mark.parametrize(("source", "identifier"), [("hf", "owner/secret"), ("datagov", "claims")])
def test_controlled_access_is_shown(web: Source, tmp_path: Path, source: str, identifier: str) -> None:
    """Gated and restricted data sets are not usable, and it is said why."""
    item = next(it for it in catalogs.search("x", [source], tmp_path)[0] if it.id == identifier)
    assert item.access == "controlled"
    assert not item.fit.usable


def test_an_unknown_id_is_refused(web: Source, tmp_path: Path) -> None:
    """The catalogue and the id are named."""
    with pytest.raises(RefusedInput, match="uci:7: there is no such data set"):
        catalogs.catalogue("uci", tmp_path).find("7")
    with pytest.raises(RefusedInput, match="--source kaggle: must be one of aws, uci"):
        catalogs.catalogue("kaggle", tmp_path)


def test_one_dead_catalogue_does_not_hide_the_others(web: Source, tmp_path: Path) -> None:
    """HTML, another form and 404 are reported one by one; the rest is shown."""
    web.plays["/api/datasets/list"] = content(b"<html>maintenance</html>", Content_Type="text/html")
    web.plays["/api/3/action/package_search"] = content(b'{"success": false}')
    del web.plays["/search"]
    found, failed = catalogs.search("diabetes", list(catalogs.SOURCES), tmp_path)
    assert {it.source for it in found} >= {"openml", "hf"}
    assert set(failed) == {"uci", "ckan", "datagov"}
    assert "not JSON" in failed["uci"]
    assert "another form than documented" in failed["ckan"]


def test_the_shipped_list_works_offline(tmp_path: Path) -> None:
    """Without network and without a refresh: OMOP data sets are found, and known to be usable with --format omop."""
    registry = Registry(tmp_path, "http://127.0.0.1:9/none")
    found = registry.search("omop synthetic", 5)
    assert {it.id for it in found} == {"synthea-omop", "cmsdesynpuf-omop"}
    assert all(str(it.fit) == "yes, with --format omop" for it in found)
    assert registry.find("mimiciii").access == "controlled"
    assert not registry.complete


def test_refresh_reads_the_public_repository(web: Source, tmp_path: Path) -> None:
    """Licence to SPDX, markup gone, topics left out, access respected; the same archive gives the same bytes."""
    registry = Registry(tmp_path, f"{web.url}/registry.tar.gz", LIMITS)
    assert registry.refresh() == 4
    first = (tmp_path / "aws.json.xz").read_bytes()
    registry.refresh()
    assert (tmp_path / "aws.json.xz").read_bytes() == first
    items = {it.id: it for it in registry.items()}
    assert {name: it.access for name, it in items.items()} == {
        "claims-omop": "open",
        "restricted": "controlled",
        "paid": "requester pays",
        "old": "deprecated",
    }
    claims = items["claims-omop"]
    assert (claims.license, claims.description) == ("CC-BY-4.0", "Claims of 2 million people, as OMOP tables.")
    assert [it.url for it in claims.resources] == ["s3://open-claims/v1/"]
    assert [it.id for it in registry.search("diabetes notes", 5)] == ["restricted"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>busy</html>", archive({}), archive({"x": "a: [1"}), b"\x1f\x8b" + b"x" * 99]
)
def test_a_bad_refresh_keeps_the_old_catalogue(web: Source, tmp_path: Path, body: bytes) -> None:
    """Whatever the server sends instead of the registry."""
    registry = Registry(tmp_path, f"{web.url}/registry.tar.gz", LIMITS)
    registry.refresh()
    web.plays["/registry.tar.gz"] = content(body, etag='"9"')
    with pytest.raises(MlopsError):
        registry.refresh()
    assert len(registry.items()) == 4


def test_searching_a_whole_registry_is_quick(tmp_path: Path) -> None:
    """1,200 entries with long descriptions: under half a second of CPU."""
    items = [
        {"id": f"set-{n}", "title": f"Data set {n}", "description": "words " * 100, "tags": ["a"], "resources": []}
        for n in range(1200)
    ]
    (tmp_path / "aws.json.xz").write_bytes(lzma.compress(json.dumps(items).encode()))
    began = time.process_time()
    assert Registry(tmp_path).search("set 1077", 3)[0].title == "Data set 1077"
    assert time.process_time() - began < 0.5


def test_a_key_is_sent_where_one_is_set(web: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLOPS_DATAGOV_KEY goes into the header that api.data.gov reads."""
    seen: list[str | None] = []

    def play(handler: Handler) -> None:
        seen.append(handler.headers.get("X-Api-Key"))
        handler.answer(200, b'{"results": []}')

    web.plays["/search"] = play
    monkeypatch.setenv("MLOPS_DATAGOV_KEY", "k")
    catalogs.search("x", ["datagov"], tmp_path)
    assert seen == ["k"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)", "CC-BY-4.0"),
        ("[CC BY-SA](https://creativecommons.org/licenses/by-sa/4.0/)", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0", "CC-BY-NC-ND-4.0"),
        ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("CC-BY 4.0", "CC-BY-4.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution 4.0 International License", "CC-BY-4.0"),
        ("https://opendatacommons.org/licenses/by/1.0/", "ODC-By-1.0"),
        ("[MIT License](https://opensource.org/license/mit)", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("There are no restrictions on the use of this data.", "There are no restrictions on the use of this data."),
        ("Varies by dataset", "Varies by dataset"),
        ("NIH Genomic <b>Data</b>\nSharing Policy", "NIH Genomic Data Sharing Policy"),
        (
            "Imaging data are under https://creativecommons.org/licenses/by/4.0/ but the clinical tables need an agreement with the owner",
            "Imaging data are under https://creativecommons.org/licenses/by/4.0/ but the clinical tables need an agreement with the owner",
        ),
    ],
)
def test_licences(text: str, expected: str) -> None:
    """To SPDX where the text is clear; a text that names a licence for a part only stays as it is."""
    assert spdx(text) == expected
