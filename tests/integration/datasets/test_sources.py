"""Imports from URLs, catalogues and buckets: attributed, cached, verified; from hostile sources nothing becomes visible."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from mlops.aws import Aws, public_s3
from mlops.datasets.registry.registry import Registry
from mlops.datasets.sources.cache import Cache, Entry
from mlops.datasets.sources.catalogs import aws_registry, catalogue
from mlops.datasets.sources.catalogs.probe import probe
from mlops.datasets.sources.download import Downloader, Wanted
from mlops.datasets.sources.http import Limits
from mlops.datasets.sources.shared import Shared
from mlops.errors import MlopsError, RefusedInput
from tests.integration.datasets.test_registry import load, tables
from tests.unit.datasets.answers import AWS_YAML
from tests.unit.datasets.servers import Handler, Source, content, cut, serve
from tests.unit.datasets.test_catalogs import CSV, archive, record

pytestmark = pytest.mark.xdist_group("datasets")

GOOD = b"date,items\n2024-01-01,3\n"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """All portals on one local server."""
    with serve() as source:
        for name in ("UCI", "CKAN", "DATAGOV", "OPENML", "HF"):
            monkeypatch.setenv(f"MLOPS_{name}_URL", source.url)
        record(source)
        yield source


@pytest.mark.parametrize(
    ("reference", "table", "licence"),
    [
        ("uci:296", "data.csv", "CC-BY-4.0"),
        ("ckan:prescriptions-dispensed", "items.csv", "CC-BY-4.0"),
        ("datagov:diabetes-prevalence", "items.csv", "CC0-1.0"),
        ("hf:owner/glucose", "train.csv", "CC-BY-4.0"),
        ("openml:37", "diabetes.csv", "public"),
    ],
)
def test_a_catalogue_item_becomes_an_attributed_version(  # noqa: PLR0917
    scientist: Aws, web: Source, tmp_path: Path, reference: str, table: str, licence: str
) -> None:
    """Source, title, licence, digest of what was downloaded and time are in the manifest; the pipeline cannot use it."""
    name = f"from-{reference.split(':', 1)[0]}"
    outcome = load(scientist, reference, name, tmp_path / "work")
    source = outcome.version.manifest.source
    assert [file.path for file in outcome.version.manifest.files] == [table]
    assert (source.source, source.license) == (reference, licence)
    assert source.title
    assert source.retrieved_at.endswith("+00:00")
    if table != "diabetes.csv":
        assert source.sha256 == hashlib.sha256(CSV).hexdigest()
    assert not outcome.fit.usable
    assert "patients.csv, fills.csv" in outcome.fit.reason


def test_the_second_import_downloads_nothing_and_is_the_same_version(
    scientist: Aws, web: Source, tmp_path: Path
) -> None:
    """The catalogue states the hash: the file is not asked for again."""
    first = load(scientist, "hf:owner/glucose", "twice", tmp_path / "work").version
    asked = len(web.requests("/datasets/owner/glucose/resolve/main/data/train.csv"))
    second = load(scientist, "hf:owner/glucose", "twice", tmp_path / "work").version
    assert (second.alias, second.manifest) == ("v1", first.manifest)
    assert len(web.requests("/datasets/owner/glucose/resolve/main/data/train.csv")) == asked == 1
    assert Cache(tmp_path / "cache").statistics().hits == 1


@pytest.fixture(scope="module")
def colleague(aws: Aws) -> Aws:
    """Cat, another data scientist."""
    return aws.assume("mlops-data-scientist", "cat")


def machine(aws: Aws, folder: Path) -> Downloader:
    """A machine with an empty cache of its own, beside the team's."""
    return Downloader(Cache(folder), Limits(timeout=5, attempts=2), shared=Shared(aws))


def test_a_colleague_takes_what_the_source_states_from_the_shared_cache(
    scientist: Aws, colleague: Aws, web: Source, tmp_path: Path
) -> None:
    """Another person on another machine: the catalogue gives the digest, so that nobody's word is needed and nothing is asked."""
    body = b"a,b\n" + b"1,2\n" * 5_000
    web.plays["/shared.csv"] = content(body, etag='"s1"')
    wanted = Wanted(f"{web.url}/shared.csv?key=secret", sha256=hashlib.sha256(body).hexdigest())
    first, second = machine(scientist, tmp_path / "one"), machine(colleague, tmp_path / "two")
    for downloader in (first, second):
        assert downloader.fetch(wanted).path.read_bytes() == body
    assert len(web.requests("/shared.csv")) == 1
    mine, hers = first.cache.statistics(), second.cache.statistics()
    assert (mine.misses, mine.shared) == (1, 0)
    assert (hers.misses, hers.shared, hers.bytes_saved) == (0, 1, len(body))
    s3, bucket = scientist.client("s3"), Registry(scientist).bucket
    for it in s3.list_objects_v2(Bucket=bucket, Prefix="sources/urls/")["Contents"]:
        assert b"secret" not in s3.get_object(Bucket=bucket, Key=it["Key"])["Body"].read()


def test_the_same_person_on_another_machine_is_sent_nothing(scientist: Aws, web: Source, tmp_path: Path) -> None:
    """The source states no digest: the own note has the ETag, and the source says that nothing changed."""
    body = b"a,b\n" + b"3,4\n" * 5_000
    web.plays["/mine.csv"] = content(body, etag='"m1"')
    for name, shared in (("one", 0), ("two", 1)):
        downloader = machine(scientist, tmp_path / name)
        assert downloader.fetch(Wanted(f"{web.url}/mine.csv")).path.read_bytes() == body
        assert web.sent == len(body)
        assert downloader.cache.statistics().shared == shared


def test_what_somebody_else_says_of_a_url_is_not_believed(
    scientist: Aws, colleague: Aws, web: Source, tmp_path: Path
) -> None:
    """Cat's note has the right ETag and leads to bytes of hers: Ann gets the source's own. Below Ann's id Cat can write nothing."""
    body, poison = b"a,b\n1,2\n", tmp_path / "poison.csv"
    poison.write_bytes(b"a,b\n6,6\n")
    url = f"{web.url}/poisoned.csv"
    web.plays["/poisoned.csv"] = content(body, etag='"p1"')
    lie = Entry(url, hashlib.sha256(poison.read_bytes()).hexdigest(), 8, etag='"p1"')
    Shared(colleague).put(lie, poison)
    bucket, s3 = Registry(colleague).bucket, colleague.client("s3")
    note = hashlib.sha256(url.encode()).hexdigest()
    said = s3.get_object(Bucket=bucket, Key=f"sources/urls/{colleague.user_id}/{note}.json")["Body"].read()
    for key in (f"sources/urls/{scientist.user_id}/{note}.json", f"sources/urls/{note}.json", f"sources/{note}"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=bucket, Key=key, Body=said)
    got = machine(scientist, tmp_path / "ann").fetch(Wanted(url))
    assert (got.path.read_bytes(), got.cached) == (body, False)


def test_shared_content_is_written_once(scientist: Aws, colleague: Aws, web: Source, tmp_path: Path) -> None:
    """Neither its writer nor anybody else puts other bytes there, whole, in parts, as a copy, or takes it away."""
    body = b"a,b\n7,8\n"
    web.plays["/once.csv"] = content(body)
    machine(scientist, tmp_path / "one").fetch(Wanted(f"{web.url}/once.csv"))
    key = f"sources/content/{hashlib.sha256(body).hexdigest()}"
    place = {"Bucket": Registry(scientist).bucket, "Key": key}
    for aws in (scientist, colleague):
        s3 = aws.client("s3")
        parts = s3.create_multipart_upload(**place)["UploadId"]
        tag = s3.upload_part(**place, UploadId=parts, PartNumber=1, Body=b"poison")["ETag"]
        given = {"UploadId": parts, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": tag}]}}
        attacks: list[Callable[[], Any]] = [
            lambda s3=s3: s3.put_object(**place, Body=b"poison"),
            lambda s3=s3: s3.put_object(**place, Body=b"poison", IfNoneMatch="*"),
            lambda s3=s3, given=given: s3.complete_multipart_upload(**place, **given),
            lambda s3=s3: s3.copy_object(**place, CopySource=place, MetadataDirective="REPLACE"),
            lambda s3=s3: s3.delete_object(**place),
        ]
        for attack in attacks:
            with pytest.raises(ClientError, match=r"AccessDenied|PreconditionFailed"):
                attack()
        s3.abort_multipart_upload(**place, UploadId=parts)
    s3 = scientist.client("s3")
    assert s3.get_object(**place)["Body"].read() == body


@pytest.mark.parametrize("damage", ["false", "gone"])
def test_a_shared_file_that_is_not_what_its_name_says_is_not_used(  # noqa: PLR0917 (fixtures)
    aws: Aws, scientist: Aws, colleague: Aws, web: Source, tmp_path: Path, damage: str
) -> None:
    """Somebody was first, with other bytes, or it has expired: it is downloaded from the source; what is gone is shared anew."""
    body = b"a,b\n1,2\n" + damage.encode() + b",4\n"
    digest = hashlib.sha256(body).hexdigest()
    web.plays["/damaged.csv"] = content(body, etag=f'"{damage}"')
    place = {"Bucket": Registry(scientist).bucket, "Key": f"sources/content/{digest}"}
    if damage == "false":
        colleague.client("s3").put_object(**place, Body=b"poison", IfNoneMatch="*")
    for name in ("one", "two"):
        got = machine(scientist, tmp_path / name).fetch(Wanted(f"{web.url}/damaged.csv", sha256=digest))
        assert (got.path.read_bytes(), got.cached) == (body, False)
        if damage == "gone" and name == "one":
            aws.client("s3").delete_object(**place)
    there = scientist.client("s3").get_object(**place)["Body"].read()
    assert there == (b"poison" if damage == "false" else body)


def test_shared_downloads_go_after_a_month(aws: Aws) -> None:
    """The bucket's lifecycle keeps the shared cache small; data sets and signatures have no such rule."""
    rules = aws.client("s3").get_bucket_lifecycle_configuration(Bucket=Registry(aws).bucket)["Rules"]
    days = {it["Filter"]["Prefix"]: it["Expiration"]["Days"] for it in rules if "Expiration" in it}
    assert days == {"sources/": 30, "athena/": 7}


def test_a_cut_url_import_is_resumed(scientist: Aws, web: Source, tmp_path: Path) -> None:
    """One cut: the import goes on where it was."""
    body = b"a,b\n" + b"1,2\n" * 20_000
    web.plays["/cut.csv"] = cut(body, 30_000, content(body))
    version = load(scientist, f"{web.url}/cut.csv", "resumed", tmp_path / "work").version
    assert version.manifest.files[0].rows == 20_000
    assert web.sent == len(body)


def _stall(handler: Handler) -> None:
    handler.begin(200, Content_Length="100000", ETag='"1"')
    handler.send(GOOD)


HOSTILE: dict[str, Callable[[Source], None]] = {
    "truncated": lambda web: web.plays.update({"/x.csv": _stall}),
    "html": lambda web: web.plays.update({"/x.csv": content(b"<html>", Content_Type="text/html")}),
    "html-as-csv": lambda web: web.plays.update({"/x.csv": content(b"<!doctype html><html>", Content_Type="text/csv")}),
    "circle": lambda web: web.plays.update({"/x.csv": lambda it: it.answer(302, b"", Location="/x.csv")}),
    "busy": lambda web: web.plays.update({"/x.csv": lambda it: it.answer(429, b"")}),
    "forbidden": lambda web: web.plays.update({"/x.csv": lambda it: it.answer(403, b"")}),
    "missing": lambda web: None,
    "gzip-of-garbage": lambda web: web.plays.update({"/x.csv": content(b"\x1f\x8b garbage")}),
    "cut-row": lambda web: web.plays.update({"/x.csv": content(b"a,b,c\n1,2,3\n4,5")}),
    "not-utf8": lambda web: web.plays.update({"/x.csv": content("a\né\n".encode("latin-1"))}),
    "empty": lambda web: web.plays.update({"/x.csv": content(b"")}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_half_imported_is_ever_visible(scientist: Aws, web: Source, tmp_path: Path, kind: str) -> None:
    """Every hostile source ends in one line; no object, name or work folder is left."""
    HOSTILE[kind](web)
    with pytest.raises(MlopsError) as error:
        load(scientist, f"{web.url}/x.csv", "hostile", tmp_path / "work")
    assert len(str(error.value).splitlines()) == 1
    listed = scientist.client("s3").list_objects_v2(Bucket=Registry(scientist).bucket, Prefix="datasets/hostile/")
    assert listed.get("KeyCount", 0) == 0
    assert [path.name for path in (tmp_path / "work").iterdir() if path.name != "reports"] == []


def test_a_lying_catalogue_is_refused(scientist: Aws, web: Source, tmp_path: Path) -> None:
    """The file has another hash than the catalogue states."""
    web.plays["/files/items.csv"] = content(CSV[:-1] + b" ")
    with pytest.raises(RefusedInput, match="its source states"):
        load(scientist, "ckan:prescriptions-dispensed", "lied-to", tmp_path / "work")
    with pytest.raises(RefusedInput, match="access is controlled"):
        load(scientist, "hf:owner/secret", "lied-to", tmp_path / "work")


def test_an_s3_prefix_is_imported(aws: Aws, scientist: Aws, tmp_path: Path) -> None:
    """The tables below a prefix; another prefix that begins with the same letters is left alone."""
    bucket = "mlops-adherence-data-000000000000"
    folder = tables(tmp_path / "in")
    for path in folder.iterdir():
        aws.client("s3").upload_file(str(path), bucket, f"inbox/{path.name}")
    aws.client("s3").put_object(Bucket=bucket, Key="inbox-old/patients.csv", Body=b"x")
    outcome = load(scientist, f"s3://{bucket}/inbox", "from-s3", tmp_path / "work")
    assert outcome.fit.usable
    assert len(outcome.version.manifest.files) == 3
    with pytest.raises(RefusedInput, match="no tables there"):
        load(scientist, f"s3://{bucket}/nowhere", "from-s3", tmp_path / "work")


@pytest.fixture
def public() -> Iterator[str]:
    """Where public buckets are: S3 as moto serves it, since the embedded AWS answers nobody unsigned."""
    served = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    served.start()
    host, port = served.get_host_and_port()
    url = f"http://{host}:{port}"
    client: Any = boto3.client(
        "s3", "us-east-1", endpoint_url=url, aws_access_key_id="owner", aws_secret_access_key="owner"
    )
    client.create_bucket(Bucket="open-claims")
    client.put_object(Bucket="open-claims", Key="small/items.csv", Body=GOOD, ACL="public-read")
    yield url
    served.stop()


def test_the_aws_registry_respects_access(
    aws: Aws, web: Source, public: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open buckets are read without an identity; controlled and deprecated refused; requester pays only when accepted."""
    monkeypatch.setenv("MLOPS_AWS_CATALOG_URL", f"{web.url}/registry.tar.gz")
    web.plays["/registry.tar.gz"] = content(archive(AWS_YAML))
    aws_registry(tmp_path / "catalogs").refresh()
    monkeypatch.setenv("MLOPS_PUBLIC_S3_URL", public)
    assert public_s3().meta.config.signature_version == UNSIGNED
    outcome = load(aws, "aws:claims-omop/small/items.csv", "aws-open", tmp_path / "work")
    assert outcome.version.manifest.source.license == "CC-BY-4.0"
    item = probe(public_s3(), catalogue("aws", tmp_path / "catalogs").find("claims-omop"), "small/")
    assert (item.formats, item.bytes, item.columns) == (("csv",), len(GOOD), ("date", "items"))
    for name, words in {"paid": "the requester pays", "restricted": "controlled"}.items():
        with pytest.raises(RefusedInput, match=words):
            probe(public_s3(), catalogue("aws", tmp_path / "catalogs").find(name))
    for reference, words in {
        "aws:restricted/x": "access is controlled",
        "aws:old/x": "access is deprecated",
        "aws:paid/small": "the requester pays",
        "aws:claims-omop": "name the files, as aws:claims-omop/PREFIX",
        "aws:none/x": "not in the catalogue",
    }.items():
        with pytest.raises(RefusedInput, match=words):
            load(aws, reference, "aws-refused", tmp_path / "work")
    load(aws, "aws:claims-omop/small/items.csv", "aws-open", tmp_path / "work")
    assert Cache(tmp_path / "cache").statistics().hits == 1
    own = aws.client("s3")  # who pays is known: the bucket is read as he
    own.create_bucket(Bucket="paid-bucket")
    own.put_object(Bucket="paid-bucket", Key="small/items.csv", Body=GOOD)
    paid = load(aws, "aws:paid/small/items.csv", "aws-paid", tmp_path / "work", accept_costs=True)
    assert paid.version.manifest.files[0].rows == 1
