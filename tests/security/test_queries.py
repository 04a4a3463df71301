"""Athena as a way round: a query reads no file of the machine, nothing that its caller may not read, and writes where he may."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.platform import server

GROUP = "asks"
TABLE = {
    "Columns": [{"Name": "brand", "Type": "string"}, {"Name": "days", "Type": "int"}],
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
}
LINKED = {**TABLE, "InputFormat": "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"}
Ask = Callable[..., tuple[str, str, bytes]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An embedded AWS with an open and a closed bucket, a table in each, and one that links from the open one into the other."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        aws = local(running)
        s3, glue = aws.client("s3"), aws.client("glue")
        for bucket in ("open", "closed"):
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key="t/data.csv", Body=b"brand,days\nAlpha,30\nBeta,60\n")
        s3.put_object(Bucket="open", Key="own/symlink.txt", Body=b"s3://open/t/data.csv\n")
        s3.put_object(Bucket="open", Key="over/symlink.txt", Body=b"s3://closed/t/data.csv\n")
        glue.create_database(DatabaseInput={"Name": "db"})
        places = {"near": (TABLE, "s3://open/t/"), "far": (TABLE, "s3://closed/t/")}
        places |= {"link": (LINKED, "s3://open/own/"), "overlink": (LINKED, "s3://open/over/")}
        places |= {"kept": (TABLE, "s3://open/t/")}
        for name, (storage, where) in places.items():
            given = {"Name": name, "StorageDescriptor": {**storage, "Location": where}}
            glue.create_table(DatabaseName="db", TableInput={**given, "Parameters": {"skip.header.line.count": "1"}})
        aws.client("athena").create_work_group(
            Name=GROUP,
            Configuration={
                "EnforceWorkGroupConfiguration": True,
                "ResultConfiguration": {"OutputLocation": "s3://open/answers/"},
            },
        )
        aws.client("athena").create_work_group(
            Name="free", Configuration={"ResultConfiguration": {"OutputLocation": "s3://closed/answers/"}}
        )
        yield aws


@pytest.fixture(scope="module")
def person(root: Aws) -> Aws:
    """He may ask, and read and write the open bucket; the table ``kept`` is none of his."""
    iam = root.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="asker", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    glue = "arn:aws:glue:us-east-1:000000000000:"
    tables = [f"{glue}table/db/{name}" for name in ("near", "far", "link", "overlink")]
    statements = [
        {"Effect": "Allow", "Action": "athena:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "glue:GetTable", "Resource": [f"{glue}catalog", f"{glue}database/db", *tables]},
        {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::open", "arn:aws:s3:::open/*"]},
    ]
    iam.put_role_policy(RoleName="asker", PolicyName="p", PolicyDocument=json.dumps({"Statement": statements}))
    return root.assume("asker", "mallory")


@pytest.fixture
def ask(person: Aws, root: Aws) -> Ask:
    """(state, reason, the result's bytes) of a query that he starts."""

    def run(query: str, group: str = GROUP, **more: Any) -> tuple[str, str, bytes]:
        athena = person.client("athena")
        number = athena.start_query_execution(
            QueryString=query, WorkGroup=group, QueryExecutionContext={"Database": "db"}, **more
        )["QueryExecutionId"]
        until = time.monotonic() + 60
        while True:
            found = athena.get_query_execution(QueryExecutionId=number)["QueryExecution"]
            if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                break
            assert time.monotonic() < until
            time.sleep(0.05)
        body = b""
        if found["Status"]["State"] == "SUCCEEDED":
            bucket, _, key = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
            body = root.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return found["Status"]["State"], found["Status"].get("StateChangeReason", ""), body

    return run


@pytest.mark.parametrize("table", ["near", "link"])
def test_a_query_reads_its_tables(ask: Ask, table: str) -> None:
    """Objects below the location, or what its links name; the result lies under the work group's prefix."""
    state, why, body = ask(f"SELECT brand, sum(days) AS days FROM {table} GROUP BY 1 ORDER BY 1")  # noqa: S608 (a test's own)
    assert (state, body.decode().split()) == ("SUCCEEDED", ["brand,days", "Alpha,30", "Beta,60"]), why


@pytest.mark.parametrize(
    "query",
    [
        "SELECT content FROM read_text('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "EXPORT DATABASE '{folder}/written.csv'",
        "ATTACH '{folder}/written.csv'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT 1; SET allowed_directories = ['/']; SELECT content FROM read_text('{secret}')",
    ],
)
def test_a_query_sees_no_file_of_the_machine(ask: Ask, tmp_path: Path, query: str) -> None:
    """Neither to read nor to write."""
    secret = tmp_path / "root-secret"
    secret.write_text("s3cret\n")
    state, why, body = ask(query.format(secret=secret, folder=tmp_path))
    assert (state, body, "s3cret" in why) == ("FAILED", b"", False), why
    assert [path.name for path in tmp_path.iterdir()] == ["root-secret"]


@pytest.mark.parametrize("table", ["far", "overlink", "kept"])
def test_a_query_reads_what_its_caller_may(ask: Ask, table: str) -> None:
    """A location or a link into a bucket that he may not read, and a table that he may not get, give nothing."""
    state, why, body = ask(f"SELECT * FROM {table}")  # noqa: S608 (a test's own)
    assert (state, body) == ("FAILED", b"")
    assert "PERMISSION_DENIED" in why or "not authorized to perform: glue:GetTable" in why


def test_a_query_that_fails_on_a_value_does_not_tell_it(ask: Ask) -> None:
    """Why a query failed is kept and logged; the row is not."""
    state, why, _ = ask("SELECT CAST(brand AS int) FROM near")
    assert (state, "Conversion Error" in why, "Alpha" in why) == ("FAILED", True, False), why


@pytest.mark.parametrize("ddl", ["DROP TABLE db.near", "CREATE EXTERNAL TABLE db.more (a int) LOCATION 's3://open/t/'"])
def test_a_query_changes_no_table_that_its_caller_may_not_change(ask: Ask, root: Aws, ddl: str) -> None:
    """Definitions of tables are Glue's, which is asked for them."""
    state, why, _ = ask(ddl)
    assert (state, "not authorized to perform: glue:" in why) == ("FAILED", True), why
    assert {it["Name"] for it in root.client("glue").get_tables(DatabaseName="db")["TableList"]} >= {"near"}


def test_results_lie_where_the_work_group_says(ask: Ask, root: Aws) -> None:
    """A request names no other place where the group enforces its own, and none that its caller may not write."""
    elsewhere = {"ResultConfiguration": {"OutputLocation": "s3://closed/audit/"}}
    assert ask("SELECT 1 AS one", **elsewhere)[0] == "SUCCEEDED"
    for group in ("free", "nowhere"):
        if group == "nowhere":
            with pytest.raises(ClientError, match="WorkGroup nowhere is not found"):
                ask("SELECT 1", group)
            continue
        state, why, _ = ask("SELECT 1 AS one", group, **elsewhere)
        assert (state, "Access denied when writing output to url" in why) == ("FAILED", True), why
    assert [it["Key"] for it in root.client("s3").list_objects_v2(Bucket="closed")["Contents"]] == ["t/data.csv"]


def test_results_are_read_by_who_may_read_their_object(person: Aws, root: Aws) -> None:
    """GetQueryResults answers nobody who may not read the result on S3."""
    number = root.client("athena").start_query_execution(QueryString="SELECT 7 AS n", WorkGroup="free")
    asked = {"QueryExecutionId": number["QueryExecutionId"]}
    root_athena, until = root.client("athena"), time.monotonic() + 60
    while root_athena.get_query_execution(**asked)["QueryExecution"]["Status"]["State"] in {"QUEUED", "RUNNING"}:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert len(root_athena.get_query_results(**asked)["ResultSet"]["Rows"]) == 2
    with pytest.raises(ClientError, match="not authorized to perform: s3:GetObject"):
        person.client("athena").get_query_results(**asked)
