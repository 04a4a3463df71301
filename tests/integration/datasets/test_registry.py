"""The registry on the embedded AWS: versions, aliases, concurrency, reviews, splits."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from mlops.adherence.importers import convert
from mlops.aws import Aws
from mlops.cli.dataset_common import project
from mlops.datasets.importing import Importer, Order, Outcome
from mlops.datasets.registry.manifest import manifest_hash, pretty
from mlops.datasets.registry.names import Keys, aliases
from mlops.datasets.registry.registry import Registry, Version
from mlops.datasets.registry.reviews import allow_self_review
from mlops.datasets.registry.signed import Signed, Signer
from mlops.datasets.sources.cache import Cache
from mlops.datasets.sources.catalogs import catalogue
from mlops.datasets.sources.download import Downloader
from mlops.datasets.sources.fetching import Fetcher
from mlops.datasets.sources.http import Limits
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput
from mlops.s3 import upload_once
from tests.corpus.hostile import ENROLMENT, FILLS, PATIENTS

pytestmark = pytest.mark.xdist_group("datasets")


def tables(folder: Path, patients: str = PATIENTS) -> Path:
    """A small right data set."""
    folder.mkdir(parents=True)
    for name, text in {"patients": patients, "fills": FILLS, "enrolment": ENROLMENT}.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def load(aws: Aws, source: Path | str, name: str, work: Path, *, accept_costs: bool = False) -> Outcome:
    limits = Limits(timeout=5, attempts=2, sleep=lambda _: None)
    downloader = Downloader(Cache(work.parent / "cache"), limits)
    fetcher = Fetcher(aws, downloader, lambda place, it: catalogue(place, work.parent / "catalogs", limits).find(it))
    order = Order(str(source), name, accept_costs=accept_costs)
    return Importer(Registry(aws), fetcher, project(), work, convert).run(order)


def test_a_version_is_described_and_comes_back_byte_for_byte(scientist: Aws, tmp_path: Path) -> None:
    """Manifest, schema, Croissant and the very bytes that were imported, under the hash of the content."""
    source = tables(tmp_path / "in")
    version = load(scientist, source, "described", tmp_path / "work").version
    registry = Registry(scientist)
    back = registry.download(registry.find("described@v1"), tmp_path / "back")
    for file in version.manifest.files:
        assert (back / file.path).read_bytes() == (source / file.path).read_bytes()
        assert file.sha256 == hashlib.sha256((source / file.path).read_bytes()).hexdigest()
    assert {file.path: file.rows for file in version.manifest.files} == {
        "patients.csv": 3,
        "fills.csv": 3,
        "enrolment.csv": 3,
    }
    assert version.manifest.created_by.endswith("assumed-role/mlops-data-scientist/ann")
    croissant = registry.read(version, "croissant.json")
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert {item["sha256"] for item in croissant["distribution"]} == {file.sha256 for file in version.manifest.files}
    fills = next(item for item in croissant["recordSet"] if item["@id"] == "fills")
    assert [item["name"] for item in fills["field"]] == FILLS.split("\n", 1)[0].split(",")
    patient = next(item for item in fills["field"] if item["@id"] == "fills/patient_id")
    assert patient["references"] == {"field": {"@id": "patients/patient_id"}}


def test_same_content_is_the_same_version_and_changed_content_the_next(scientist: Aws, tmp_path: Path) -> None:
    """v1 again for identical tables, whoever imports them; v2, with v1 as its parent, for changed ones."""
    first = load(scientist, tables(tmp_path / "a"), "growing", tmp_path / "work").version
    again = load(scientist, tables(tmp_path / "b"), "growing", tmp_path / "work").version
    more = load(scientist, tables(tmp_path / "c", PATIENTS + "P4,1980,F\n"), "growing", tmp_path / "work").version
    assert (first.alias, again.alias, more.alias) == ("v1", "v1", "v2")
    assert again.manifest == first.manifest
    assert more.manifest.parent == first.id
    assert Registry(scientist).find("growing").alias == "v2"
    assert Registry(scientist).find(f"growing@{first.manifest.id}").alias == "v1"


def test_concurrent_imports_get_distinct_versions(scientist: Aws, tmp_path: Path) -> None:
    """Twelve imports at once of six contents: v1 to v6, each content one version."""
    sources = [
        tables(tmp_path / f"{copy}-{n}", PATIENTS + f"P{n},1980,F\n") for n in range(10, 16) for copy in ("a", "b")
    ]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda it: load(scientist, it, "crowded", tmp_path / f"w-{it.name}").version, sources))
    aliases = {version.manifest.id: version.alias for version in found}
    assert sorted(aliases.values()) == ["v1", "v2", "v3", "v4", "v5", "v6"]
    assert all(aliases[version.manifest.id] == version.alias for version in found)
    assert [version.alias for version in Registry(scientist).versions("crowded")] == sorted(aliases.values())


def test_a_refused_import_leaves_nothing_visible(scientist: Aws, tmp_path: Path) -> None:
    """Wrong tables are refused with rows named, no object is written, and the full report stays on disk."""
    source = tables(tmp_path / "in", PATIENTS.replace("1961", "soon"))
    with pytest.raises(RefusedInput, match=r"patients\.csv, row 3, column birth_year: is not a whole number"):
        load(scientist, source, "refused", tmp_path / "work")
    s3, bucket = scientist.client("s3"), Registry(scientist).bucket
    assert s3.list_objects_v2(Bucket=bucket, Prefix="datasets/refused/").get("KeyCount", 0) == 0
    assert (tmp_path / "work" / "reports" / "refused" / "validation-errors.csv").is_file()
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["reports"]


def test_a_half_written_version_does_not_exist_and_is_finished_by_the_next_import(
    aws: Aws, scientist: Aws, tmp_path: Path
) -> None:
    """Tables without manifest and alias, as a killed import leaves them, are invisible; importing again completes them."""
    whole = load(scientist, tables(tmp_path / "a"), "killed", tmp_path / "work").version
    registry, s3 = Registry(scientist), scientist.client("s3")
    written_last = [f"datasets/killed/{whole.manifest.id}/manifest.json", "datasets/killed/aliases/v1.json"]
    for key in written_last:
        aws.client("s3").delete_object(Bucket=registry.bucket, Key=key)
    assert "killed" not in registry.names()
    with pytest.raises(RefusedInput, match="there is none of that name"):
        registry.find("killed")
    again = load(scientist, tables(tmp_path / "b"), "killed", tmp_path / "work").version
    assert (again.alias, again.manifest.id) == ("v1", whole.manifest.id)
    assert s3.head_object(Bucket=registry.bucket, Key=written_last[0])["ContentLength"] > 0


def test_a_changed_object_is_noticed(aws: Aws, scientist: Aws, tmp_path: Path) -> None:
    """A version reads the object versions that it was published with: overwriting changes nothing."""
    version = load(scientist, tables(tmp_path / "a"), "flipped", tmp_path / "work").version
    key = f"datasets/flipped/{version.manifest.id}/data/fills.csv"
    aws.client("s3").put_object(Bucket=Registry(aws).bucket, Key=key, Body=FILLS.replace("30", "31").encode())
    back = Registry(scientist).download(version, tmp_path / "back")
    assert (back / "fills.csv").read_text() == FILLS
    files = tuple(replace(file, version_id="") for file in version.manifest.files)
    unpinned = replace(version, manifest=replace(version.manifest, files=files))
    with pytest.raises(MlopsError, match=r"fills\.csv differs from what was published"):
        Registry(scientist).download(unpinned, tmp_path / "again")


def test_four_eyes(aws: Aws, scientist: Aws, engineer: Aws, tmp_path: Path) -> None:
    """The importer may not review; another may; decisions add up with identity, UTC time and reason."""
    version = load(scientist, tables(tmp_path / "a"), "reviewed", tmp_path / "work").version
    with pytest.raises(RefusedByPolicy, match="another identity must approve it"):
        Registry(scientist).decide(version, "approve", "mine is good")
    with pytest.raises(RefusedByPolicy, match="is pending"):
        Registry(scientist).for_training("reviewed")
    Registry(engineer).decide(version, "approve", "looked at the profile")
    assert Registry(scientist).for_training("reviewed@v1").manifest.id == version.manifest.id
    Registry(engineer).decide(version, "reject", "found a unit error")
    with pytest.raises(RefusedByPolicy, match="is rejected"):
        Registry(scientist).for_training("reviewed")
    past = Registry(scientist).reviews(version).all()
    assert [(item.status, item.reason) for item in past] == [
        ("Approved", "looked at the profile"),
        ("Rejected", "found a unit error"),
    ]
    assert all(item.reviewer.endswith("mlops-ml-engineer/ben") and item.at.endswith("+00:00") for item in past)


def test_the_setting_allows_self_review_and_data_scientists_cannot_change_it(
    aws: Aws, scientist: Aws, tmp_path: Path
) -> None:
    """Only who may write outside datasets/ can change the setting."""
    registry = Registry(scientist)
    with pytest.raises(ClientError, match="AccessDenied"):
        allow_self_review(scientist.client("s3"), registry.bucket, allowed=True)
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P8,1944,M\n"), "alone", tmp_path / "work").version
    allow_self_review(aws.client("s3"), registry.bucket, allowed=True)
    try:
        assert registry.decide(version, "approve", "I am alone here").status == "Approved"
    finally:
        allow_self_review(aws.client("s3"), registry.bucket, allowed=False)


def test_concurrent_reviews_keep_all(engineer: Aws, scientist: Aws, tmp_path: Path) -> None:
    """Eight decisions at once are eight records in one unbroken chain."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P9,1944,M\n"), "debated", tmp_path / "work").version
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Registry(engineer).decide(version, "approve", f"reason {n}"), range(8)))
    past = Registry(engineer).reviews(version).all()
    assert [item.number for item in past] == list(range(1, 9))
    assert {item.reason for item in past} == {f"reason {n}" for n in range(8)}


def test_an_edited_review_is_noticed(aws: Aws, engineer: Aws, scientist: Aws, tmp_path: Path) -> None:
    """Editing an earlier decision (only the account's root could) breaks the chain of hashes."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P7,1944,M\n"), "tampered", tmp_path / "work").version
    for decision in ("reject", "approve"):
        Registry(engineer).decide(version, decision, "because")
    s3, bucket = aws.client("s3"), Registry(aws).bucket
    key = f"signed/tampered/{version.manifest.id}/{engineer.user_id}/review-000001.json"
    record = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(record | {"status": "Approved"}).encode())
    registry = Registry(engineer)
    assert [review.number for review in registry.reviews(version).all()] == [1]
    assert [it.partition(": ")[2] for it in registry.odd] == ["the review that it follows was changed or is missing"]


def test_nobody_signs_for_another_overwrites_or_deletes(engineer: Aws, scientist: Aws, tmp_path: Path) -> None:
    """What the policies promise, as requests of the data scientist: each is denied, and the review stays what it was."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P6,1944,M\n"), "guarded", tmp_path / "work").version
    Registry(engineer).decide(version, "reject", "wrong units")
    s3, bucket = scientist.client("s3"), Registry(scientist).bucket
    theirs = f"signed/guarded/{version.manifest.id}/{engineer.user_id}/review-000001.json"
    forged = theirs.replace("000001", "000002")
    manifest = f"datasets/guarded/{version.manifest.id}/manifest.json"
    for attempt in (
        lambda: s3.put_object(Bucket=bucket, Key=forged, Body=b"{}", IfNoneMatch="*"),
        lambda: s3.put_object(Bucket=bucket, Key=theirs, Body=b"{}"),
        lambda: s3.put_object(Bucket=bucket, Key=manifest, Body=b"{}"),
        lambda: s3.put_object(Bucket=bucket, Key=f"datasets/guarded/{version.manifest.id}/new.json", Body=b"{}"),
        lambda: s3.delete_object(Bucket=bucket, Key=theirs),
        lambda: s3.delete_object(Bucket=bucket, Key=manifest),
        lambda: s3.delete_object(
            Bucket=bucket, Key=version_key(version), VersionId=version.manifest.files[0].version_id
        ),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()
    assert Registry(scientist).reviews(version).status() == "Rejected"


def version_key(version: Version) -> str:
    return f"datasets/{version.manifest.name}/{version.manifest.id}/data/{version.manifest.files[0].path}"


def test_records_that_pose_as_another_are_refused(engineer: Aws, scientist: Aws, tmp_path: Path) -> None:
    """A review below one's own id that claims another reviewer; an approval of one's own import; an import that nobody signed."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P6,1945,M\n"), "posing", tmp_path / "work").version
    s3, bucket = scientist.client("s3"), Registry(scientist).bucket
    own = f"signed/posing/{version.manifest.id}/{scientist.user_id}"
    review = {"number": 1, "status": "Approved", "reason": "mine", "at": "2026-01-01T00:00:00+00:00"}
    review["previous_sha256"] = ""
    mine = {"signed_by": {"arn": scientist.identity, "id": scientist.user_id}}
    s3.put_object(Bucket=bucket, Key=f"{own}/review-000001.json", Body=json.dumps(review | mine), IfNoneMatch="*")
    assert Registry(engineer).reviews(version).status() == "Pending"
    Registry(engineer).decide(version, "approve", "really looked")
    assert Registry(scientist).reviews(version).status() == "Approved"
    bens = {"signed_by": {"arn": engineer.identity, "id": engineer.user_id}}
    s3.put_object(Bucket=bucket, Key=f"{own}/review-000003.json", Body=json.dumps(review | bens), IfNoneMatch="*")
    registry = Registry(engineer)
    assert registry.reviews(version).status() == "Approved"
    (told,) = registry.odd
    assert re.search(r"says that .*/ben signed it, but .*:ann wrote it", told)
    unsigned = replace(version.manifest, created_by=engineer.identity)
    with pytest.raises(MlopsError, match=r"nobody has signed that .*/ben imported it"):
        Registry(engineer).reviews(replace(version, manifest=unsigned)).status()


def test_what_is_approved_is_what_lies_there(scientist: Aws, engineer: Aws, tmp_path: Path) -> None:
    """A version with a table missing, another one in its place, or one without an object's name cannot be approved; rejected it can."""
    whole = load(scientist, tables(tmp_path / "a"), "whole", tmp_path / "work").version
    for name, late in (("missing", None), ("other", b"fill\n"), ("unnamed", FILLS.encode())):
        forged = _forged(scientist, whole, name, late)
        with pytest.raises(MlopsError, match="it cannot be approved"):
            Registry(engineer).decide(forged, "approve", "fine")
        assert Registry(engineer).decide(forged, "reject", "not whole").status == "Rejected"
    assert Registry(engineer).decide(whole, "approve", "fine").status == "Approved"


def _forged(scientist: Aws, whole: Version, name: str, fills: bytes | None) -> Version:
    """A version of that name that its importer has written by hand: its manifest is the other's, without the object of fills.csv."""
    registry, s3, user = Registry(scientist), scientist.client("s3"), scientist.user_id
    manifest, place = whole.manifest, {"Bucket": registry.bucket, "IfNoneMatch": "*"}
    keys, files = Keys(name, manifest.id), []
    for file in manifest.files:
        source = f"{Keys('whole', manifest.id).data}{file.path}"
        body = s3.get_object(Bucket=registry.bucket, Key=source)["Body"].read()
        body, pinned = (fills, name != "unnamed") if file.path == "fills.csv" else (body, True)
        made = s3.put_object(**place, Key=keys.data + file.path, Body=body)["VersionId"] if body is not None else "none"
        files.append(replace(file, version_id=made if pinned else ""))
    told = replace(manifest, name=name, files=tuple(files))
    signature = manifest_hash(told)
    Signed(s3, registry.bucket, keys).put(
        Signer(manifest.created_by, user),
        f"import-{signature[:16]}",
        {"manifest_sha256": signature, "at": told.created_at},
    )
    s3.put_object(**place, Key=keys.manifest, Body=pretty(told.to_json()))
    s3.put_object(**place, Key=f"{aliases(name)}v1.json", Body=pretty({"id": manifest.id}))
    return registry.find(name)


def test_junk_of_one_stops_nobody_else(aws: Aws, scientist: Aws, engineer: Aws, tmp_path: Path) -> None:
    """What a data scientist or a reviewer may put among the registry's objects is passed over, told in one line, and stops no command."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P6,1947,M\n"), "junk", tmp_path / "work").version
    bucket, own = version.uri.split("/")[2], f"signed/junk/{version.manifest.id}"
    put = partial(scientist.client("s3").put_object, Bucket=bucket, IfNoneMatch="*")
    for key in ("junk/aliases/oops.json", "junk/aliases/v2.json", "junk/aliases/v9.json", "Odd Name/aliases/v1.json"):
        put(Key=f"datasets/{key}", Body=b'{"id": "000000000000"}' if key.endswith("v9.json") else b"{}")
    put(Key="datasets/empty/aliases/v1.json", Body=b'{"id": "000000000000"}')
    put(Key="datasets/listed/aliases/v1.json", Body=b'{"id": "000000000001"}')
    put(Key="datasets/listed/000000000001/manifest.json", Body=b'{"files": [1], "schema_sha256": []}')
    review = partial(engineer.client("s3").put_object, Bucket=bucket, IfNoneMatch="*")
    for number, body in enumerate((b'{"status": []}', b"[]", b"[" * 100_000, b"\xff"), 1):
        review(Key=f"{own}/{engineer.user_id}/review-00000{number}.json", Body=body)
    put(Key=f"{own}/{scientist.user_id}/use-x.json", Body=b'{"at": []}')
    put(Key=f"{own}/{scientist.user_id}/import-x.json", Body=b"{}")
    assert Registry(aws.assume("mlops-ml-engineer", "carl")).decide(version, "approve", "looked").status == "Approved"
    registry = Registry(scientist)
    names = registry.names()
    assert {"junk", "listed"} <= set(names)
    assert "Odd Name" not in names
    assert [str(it) for name in ("junk", "listed", "empty") for it in registry.versions(name)] == ["junk@v1"]
    assert registry.for_training("junk").alias == "v1"
    assert registry.uses(version) == []
    assert len(registry.odd) == 12
    following = load(scientist, tables(tmp_path / "b", PATIENTS + "P6,1948,M\n"), "junk", tmp_path / "work").version
    assert str(following) == "junk@v3"  # v2 is taken, v9 is out of turn
    with pytest.raises(RefusedInput, match="none of them leads to a version"):
        registry.find("listed")
    with pytest.raises(MlopsError, match="its manifest is none"):
        registry.find("listed@v1")


def test_the_same_person_in_another_role_is_still_the_importer(aws: Aws, scientist: Aws, tmp_path: Path) -> None:
    """Ann imports as data scientist; as ML engineer she may not approve it."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P6,1946,M\n"), "hats", tmp_path / "work").version
    with pytest.raises(RefusedByPolicy, match="mlops-ml-engineer/ann imported hats@"):
        Registry(aws.assume("mlops-ml-engineer", "ann")).decide(version, "approve", "with my other hat")


def test_a_large_table_goes_in_parts_and_only_once(aws: Aws, scientist: Aws, tmp_path: Path) -> None:
    """A multipart upload with a condition on its completion, allowed by the policies; the second one comes too late."""
    path, bucket = tmp_path / "large.csv", Registry(scientist).bucket
    path.write_bytes(b"0123456789abcdef" * 700_000)  # 11.2 MB: three parts of 5 MB at most
    s3, key = scientist.client("s3"), "datasets/parts/x/data/large.csv"
    first = upload_once(s3, bucket, path, key, "text/csv", part=5 * 1024**2)
    assert first
    assert upload_once(s3, bucket, path, key, "text/csv", part=5 * 1024**2) is None
    head = s3.head_object(Bucket=bucket, Key=key)
    assert (head["VersionId"], head["ContentLength"]) == (first, path.stat().st_size)
    assert aws.client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_the_bucket_is_closed_versioned_and_encrypted(aws: Aws) -> None:
    """The shared bucket has the settings of every bucket of ours."""
    s3, bucket = aws.client("s3"), Registry(aws).bucket
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
