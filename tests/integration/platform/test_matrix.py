"""The persona matrix by real calls: about two hundred for each role, on two projects of which one's name begins with the other's.

tests/security/test_matrix.py asks the same rows of the policies as synthesized; both have to agree with the tables.
"""

import contextlib
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws
from mlops.cli import doctor
from mlops.cli.main import app
from mlops.errors import MlopsError
from mlops.platform.access import ANYBODY, Access
from mlops.projects.catalog import Projects
from mlops.projects.names import DATA_SCIENTIST, ML_ENGINEER, Project
from tests.integration.platform import calls
from tests.security import matrix


@pytest.fixture(scope="module")
def account(aws: Aws, projects: Projects) -> Aws:
    """Both projects, with an object of each kind that rows read; root may write past buckets' policies here."""
    for name in (matrix.OWN, matrix.ALIKE):
        projects.create(name, "ml-project")
        project, s3 = Project(name, aws.account), aws.client("s3")
        s3.put_object(Bucket=project.data_bucket, Key="datasets/d/t.csv", Body=b"x")
        s3.put_object(Bucket=project.artifacts_bucket, Key="runs/x/y", Body=b"x")
    root = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    for role in matrix.SERVICES:  # their services' part, to assume them, is the test's here
        aws.client("iam").update_assume_role_policy(RoleName=matrix.role_name(role), PolicyDocument=trust)
    return aws


@pytest.mark.parametrize("role", matrix.ROLES)
def test_every_call_of_every_role(account: Aws, role: str) -> None:
    """What IAM answers is what the tables say."""
    acting = account.assume(matrix.role_name(role), "ann")
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        return clients.setdefault(service, acting.client(service))

    rows = [
        row
        for row in matrix.rows(role, account.account, account.region, acting.user_id)
        if row.action not in calls.NOT_CALLED
    ]
    assert len(rows) >= 190
    wrong = [row for row in rows if calls.allowed(acting, client, row) != row.expected]
    assert wrong == []


def test_nothing_gets_around_writing_once(account: Aws) -> None:
    """By no kind of upload that S3 knows does the data scientist replace tables, or write where he may not."""
    acting = account.assume(DATA_SCIENTIST, "ann")
    s3, bucket, key = acting.client("s3"), Project(matrix.OWN, account.account).data_bucket, "datasets/once/t.csv"
    s3.put_object(Bucket=bucket, Key=key, Body=b"first", IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="datasets/once/u.csv", Body=b"other", IfNoneMatch="*")
    place = {"Bucket": bucket, "Key": key}
    source = {"Bucket": bucket, "Key": "datasets/once/u.csv"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"second")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    attempts: list[Callable[[], Any]] = [
        lambda: s3.put_object(**place, Body=b"second"),
        lambda: s3.put_object(**place, Body=b"second", IfNoneMatch="*"),
        lambda: s3.put_object(**place, Body=b"second", IfNoneMatch='"0123"'),
        lambda: s3.put_object(**place, Body=b"second", IfMatch='"8b04d5e3775d298e78455efc5ca404d5"'),
        lambda: s3.copy_object(**place, CopySource=source),
        lambda: s3.copy_object(**place, CopySource=source, IfNoneMatch="*"),
        lambda: s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts),
        lambda: s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts, IfNoneMatch="*"),
        lambda: s3.delete_object(**place),
        lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]}),
    ]
    for number, attempt in enumerate(attempts):
        with contextlib.suppress(ClientError):
            answer = attempt()
            assert answer.get("Errors"), number
    for name, where in (("presigned post", key), ("presigned post elsewhere", "predictions/mine.csv")):
        form = s3.generate_presigned_post(bucket, where)
        assert _posted(form["url"], form["fields"]) >= 400, name
    for where in (key, "predictions/mine.csv"):
        url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": where})
        assert _sent(urllib.request.Request(url, data=b"second", method="PUT")) >= 400, where  # noqa: S310
    root = account.client("s3")
    assert root.get_object(**place)["Body"].read() == b"first"
    assert len(root.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]) == 1
    assert "Contents" not in root.list_objects_v2(Bucket=bucket, Prefix="predictions/mine")


def _posted(url: str, fields: dict[str, str]) -> int:
    """Status of a form's upload."""
    given = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nsecond\r\n--b--\r\n'
    request = urllib.request.Request(url, data="".join([*given, file]).encode(), method="POST")  # noqa: S310 (our own server)
    request.add_header("Content-Type", "multipart/form-data; boundary=b")
    return _sent(request)


def _sent(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_doctor_finds_the_account_as_the_platform_makes_it(
    account: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every prefix that a persona can write, live, and nothing that differs from the tables."""
    monkeypatch.setattr(doctor, "caller", lambda **_: account)
    app(["doctor", "--security", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert (told["projects"], told["differences"]) == ([matrix.OWN, matrix.ALIKE], 0)
    found = {(it["who"], it["where"]): it["how"] for it in told["rights"] if it["what"].startswith("write ")}
    data = Project(matrix.ALIKE, account.account).data_bucket
    assert found[DATA_SCIENTIST, f"{data}/requests/${{aws:userid}}/*"] == "once"
    assert (ML_ENGINEER, f"{data}/datasets/*") not in found
    assert not [place for who, place in found if who == "mlops-manager"]
    app(["doctor", "--security"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "mlops-ml-engineer:" in shown
    assert "approve a version" in shown
    assert "DIFFERS" not in shown


def test_doctor_names_what_somebody_has_changed(
    account: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An added policy, a bucket's policy that is gone: each right that this opens is marked, and the exit code is 1."""
    iam, s3 = account.client("iam"), account.client("s3")
    bucket = Project(matrix.OWN, account.account).data_bucket
    kept = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    wide = {"Effect": "Allow", "Action": ["s3:PutObject", "sagemaker:*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [wide]})
    iam.put_role_policy(RoleName="mlops-data-scientist", PolicyName="more", PolicyDocument=policy)
    s3.delete_bucket_policy(Bucket=bucket)
    monkeypatch.setattr(doctor, "caller", lambda **_: account)
    try:
        with pytest.raises(MlopsError, match="are not as the platform makes them") as error:
            app(["doctor", "--security"], standalone_mode=False)
        lines = [it for it in Access(account).lines() if it.differs]
    finally:
        iam.delete_role_policy(RoleName="mlops-data-scientist", PolicyName="more")
        s3.put_bucket_policy(Bucket=bucket, Policy=kept)
    assert error.value.exit_code == 1
    assert "DIFFERS" in capsys.readouterr().out
    by = Counter(it.who for it in lines)
    assert by[DATA_SCIENTIST] > 0
    assert by[ANYBODY] >= 3
    written = {it.where for it in lines if it.who == ANYBODY}
    assert {f"{bucket}/predictions/*", f"{bucket}/elsewhere/*"} <= written
    # the persona's own denials hold: no decision, and no other place
    assert not [it for it in lines if it.who == DATA_SCIENTIST and ("approve" in it.what or "predictions" in it.where)]
    assert [it for it in Access(account).lines() if it.differs] == []


def test_doctor_tells_what_deleted_projects_have_left(
    account: Aws, projects: Projects, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their buckets are kept, without the policies that went with the stack: said so, and no difference."""
    projects.create("gone", "ml-project")
    projects.delete("gone", "a test")
    monkeypatch.setattr(doctor, "caller", lambda **_: account)
    app(["doctor", "--security"], standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert not [it for it in lines if "DIFFERS" in it]
    kept = [it for it in lines if it.startswith("kept (project deleted)")]
    assert kept
    assert all("mlops-gone-" in it or "gone" in it for it in kept)
