"""No value leaves the data (promise 14), no setting its place: canaries in every column and every setting, through whole runs.

Import, profile, train, predict and deliver, each with success and failure, and a drift alarm. Everything outside of the data buckets
is searched: what commands print, logs, jobs, runs, tags, metrics, alarms, events, mails, parameters, audit trail, versions with
their cards, pages, artifacts, the server's own log and state, home and temporary files.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.integration.delivery.bench import cloned, git, wait_for
from tests.integration.delivery.mail import mailbox
from tests.integration.desk import Desk
from tests.security import canary, places
from tests.security.canary import SCHEMA, Canaries

pytestmark = pytest.mark.xdist_group("canary")

PROJECT, AS_OF = "canary", "2024-06-20"
SCIENTIST, ENGINEER = ("--as", "data-scientist"), ("--as", "ml-engineer")
_RECORDS = ".mlops/state/"  # what the services of the embedded AWS keep: repositories, versions, parameters
# which secret may be told where, and why; values of a column, the environment and authors may be told nowhere
BELONGS: tuple[tuple[str, str, str], ...] = (
    ("project.toml *", f"s3://mlops-{PROJECT}-artifacts-*", "the team's own code, as it is packed, delivered and run"),
    ("message of *", f"{PROJECT}-delivery", "CodePipeline shows the message of the commit that it delivers"),
    ("message of *", "event CodePipeline Action Execution State Change", "as above: it is the source action's summary"),
    ("message of *", f"{_RECORDS}infrastructure.sqlite*", "CodePipeline's records"),
    ("parameter *", f"{_RECORDS}infrastructure.sqlite*", "Service Catalog's records"),
    (
        "* of *",
        f"{_RECORDS}control/*",
        "commits' messages in CodeCommit's events, reasons in the pointer and in descriptions",
    ),
    ("parameter *", f"{_RECORDS}control/*", "the stack's parameters, the subscription"),
    ("reason of *", "s3://mlops-audit-*", "the audit trail is what a reason is for"),
    ("reason of the approval", "arn:aws:sagemaker:*:model-package/*", "the version's ApprovalDescription"),
    ("reason of the approval", "event SageMaker Model Package State Change", "AWS's event has the ApprovalDescription"),
    ("reason of the approval", "parameters", "the pointer to what is deployed says why"),
    ("reason of the approval", f"{_RECORDS}s*", "SageMaker's and Parameter Store's records"),
    ("reason of the data set's review", "what dataset show *", "who asks for a data set is shown its reviews"),
    ("licence", "what dataset show *", "who asks for a data set is shown its licence"),
)
# a pushed test that fails with whatever a build can get hold of: its environment, and every object of the data buckets
SPY = """
import os

import boto3

WANTED = {wanted!r}


def test_spy() -> None:
    said = [f"variables of a build: {{dict(os.environ)}}"]
    for bucket, key in WANTED:
        try:
            said.append(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode(errors="replace"))
        except Exception as error:
            said.append(f"{{bucket}}: {{type(error).__name__}}: {{error}}")
    raise AssertionError("\\n".join(said))
"""


class Town:
    """A desk whose every word is kept, and what was done there."""

    def __init__(self, desk: Desk, canaries: Canaries, folder: Path) -> None:
        self.desk, self.canaries, self.folder = desk, canaries, folder
        self.said: dict[str, str] = {}
        self.mails: Callable[[], list[str]] = list
        self.events: Callable[[], list[str]] = list

    def tell(self, *arguments: str, code: int = 0) -> str:
        """Run a command, keep what it prints; standard output."""
        done = self.desk.mlops(*arguments, timeout=240)
        self.said[f"what {' '.join(arguments[:3])} prints (#{len(self.said)})"] = done.stdout + done.stderr
        assert done.returncode == code, done.stderr
        return done.stdout

    def reason(self, what: str) -> tuple[str, str]:
        """``--reason`` with a secret."""
        return "--reason", self.canaries.text(f"reason of {what}")

    def push(self, message: str, **tests: str) -> str:
        """Push the clone with these tests alone, by an author with secrets; the commit's id."""
        clone = self.folder / PROJECT
        shutil.rmtree(clone / "tests", ignore_errors=True)
        (clone / "tests").mkdir()
        for name, text in tests.items():
            (clone / "tests" / f"{name}.py").write_text(text)
        git(clone, "add", "-A")
        author = f"{self.canaries.text('author')} <{self.canaries.text('e-mail')}@example.org>"
        git(clone, "commit", "-q", "--author", author, "-m", self.canaries.text(f"message of {message}"))
        git(clone, "push", "-q", "origin", "HEAD:main")
        return git(clone, "rev-parse", "HEAD").stdout.strip()

    def delivered(self, commit: str) -> str:
        """How the commit's delivery ended."""
        client = self.desk.client("codepipeline")

        def status() -> str:
            listed = client.list_pipeline_executions(pipelineName=f"{PROJECT}-delivery")["pipelineExecutionSummaries"]
            found = [it for it in listed if [rev["revisionId"] for rev in it["sourceRevisions"]] == [commit]]
            return found[0]["status"] if found and found[0]["status"] != "InProgress" else ""

        return str(wait_for(status, f"end of the delivery of {commit}", 240))

    def spoken(self) -> Iterator[tuple[str, str]]:
        """(place, what is told there): everything outside of the data."""
        yield from self.said.items()
        pages = [it for it in self.folder.rglob("*") if it.suffix in {".html", ".md"} or it.parent.name == "profile"]
        yield from ((f"page {path.name}", path.read_text()) for path in pages if PROJECT not in path.parts)
        yield from ((f"mail {number}", text) for number, text in enumerate(self.mails()))
        yield from ((f"event {json.loads(text)['detail-type']}", text) for text in self.events())
        yield from places.log_texts(self.desk)
        yield from places.api_texts(self.desk)
        yield from places.objects(self.desk)
        records = places.files(self.desk.folder / ".mlops", frozenset({"s3", "jobs", "datasets"}))
        yield from ((place, text) for place, text in records if "/sqs." not in place)  # the queues are this test's own
        yield from places.files(self.folder / "home")
        yield from places.files(self.folder / "tmp")


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    """New ones in every run; the seed is printed where a test fails."""
    seed = random.randrange(10**9)  # noqa: S311 (not to be guessed by code, not by people)
    print(f"canaries of seed {seed}")
    return Canaries(seed)


@pytest.fixture(scope="module", autouse=True)
def surroundings(canaries: Canaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Secrets in the environment of everything that is started, the server too; a home and a temporary folder of its own."""
    folder = tmp_path_factory.mktemp("canaries")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DB_PASSWORD", "HTTP_TOKEN", "CANARY"):
            patch.setenv(name, canaries.text(f"environment {name}"))
        for name, place in (("HOME", "home"), ("TMPDIR", "tmp")):
            (folder / place).mkdir()
            patch.setenv(name, str(folder / place))
        yield folder


@pytest.fixture(scope="module")
def town(surroundings: Path, desk: Desk, canaries: Canaries) -> Town:
    """Everything done once, and each of it once with data or code that are refused or break it."""
    found = Town(desk, canaries, surroundings)
    good = _extract(found)
    settings = ("Repository", "ConnectionArn")
    given = [f"{name}={canaries.text(f'parameter {name}')}" for name in settings]
    given += [
        f"Email={canaries.text('parameter Email')}@example.org",
        "BatchInterval=minutes",
        "OnDrift=notify",
        "MinAuc=0.6",
        "MinAucDue=0.5",
        "MaxEceDue=1",  # how good a model of few patients is, is no matter here
    ]
    found.events = places.events(desk)
    found.tell("project", "create", PROJECT, *(part for item in given for part in ("--param", item)))
    found.mails = mailbox(desk, f"{PROJECT}-notifications", "canary-mails")
    delivered = _delivers_settings(found)
    _brings_data(found, good)
    assert found.delivered(delivered) == "Succeeded"
    _trains_and_predicts(found, good)
    _fails(found, good)
    return found


def _extract(town: Town) -> Path:
    """Tables of 900 patients with canaries."""
    from mlops.adherence.synthetic import simulate

    simulate(900, 5).extract(date(2024, 6, 30), town.folder / "plain")
    tables = canary.planted(canary.read(town.folder / "plain"), town.canaries)
    return canary.write(tables, town.folder / "good")


def _delivers_settings(town: Town) -> str:
    """A push with a secret in every setting that takes a text; what is done from now on is done with it."""
    settings = cloned(town.desk, PROJECT, town.folder) / "project.toml"
    settings.write_text(canary.in_settings(settings.read_text(), town.canaries))
    return town.push("a success", test_quick="def test_quick() -> None:\n    assert True\n")


def _brings_data(town: Town, good: Path) -> None:
    licence = town.canaries.text("licence")
    town.tell("dataset", "import", str(good), "--name", "birds", "--license", licence, *SCIENTIST)
    town.tell("dataset", "profile", "birds@v1", "--out", str(town.folder / "profile"), *SCIENTIST)
    town.tell("dataset", "approve", "birds", *town.reason("the data set's review"), *ENGINEER)
    town.tell("dataset", "show", "birds@v1", *SCIENTIST)


def _trains_and_predicts(town: Town, good: Path) -> None:
    page, card = town.folder / "evaluation.html", town.folder / "card.md"
    town.tell("train", PROJECT, "--dataset", "birds@v1", *town.reason("the training"), *SCIENTIST)
    town.tell("model", "show", PROJECT, "1", "--html", str(page), "--card", str(card))
    town.tell("model", "approve", PROJECT, "1", *town.reason("the approval"), *ENGINEER)
    town.tell("predict", PROJECT, "--data", str(good), "--as-of", AS_OF, *SCIENTIST)
    town.tell("monitor", "report", PROJECT, "--html", str(town.folder / "monitoring.html"))


def _fails(town: Town, good: Path) -> None:
    """A drifted batch, refused tables, a header line that is lost, a damaged version, tests that fail: each at the same time."""
    spied = town.push("a failure", test_spy=SPY.format(wanted=_data(town.desk)))
    drifted = canary.write(canary.drifted(canary.read(good)), town.folder / "drifted")
    bad = canary.write(canary.spoilt(canary.read(good), town.canaries), town.folder / "bad")
    headless = town.folder / "headless"
    headless.mkdir()
    for path in good.glob("*.csv"):  # the header line is lost: values stand in its place
        (headless / path.name).write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    _damage(town.desk, (good / "fills.csv").read_bytes())
    dated = ("--as-of", AS_OF, *SCIENTIST)
    failures = (
        (1, "predict", PROJECT, "--data", str(drifted), "--on-violation", "fail", *dated),
        (2, "predict", PROJECT, "--data", str(headless), *dated),
        (2, "train", PROJECT, "--data", str(bad), *SCIENTIST),
        (2, "dataset", "import", str(bad), "--name", "worse", *SCIENTIST),
        (1, "--verbose", "dataset", "profile", "birds@v1", *SCIENTIST),
    )
    with ThreadPoolExecutor(2) as several:
        for done in [several.submit(town.tell, *arguments, code=code) for code, *arguments in failures]:
            done.result()
    assert town.delivered(spied) == "Failed"
    wait_for(lambda: any("drifted" in mail for mail in town.mails()), "a mail about the drift", 90)


def _damage(desk: Desk, body: bytes) -> None:
    """Somebody puts a table where the version's schema was."""
    bucket, key = next(it for it in _data(desk) if it[1].endswith("/schema.json"))
    desk.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _data(desk: Desk) -> list[tuple[str, str]]:
    """Every object of the data buckets that holds tables, predictions or reports."""
    s3, found = desk.client("s3"), []
    for bucket in (it["Name"] for it in s3.list_buckets()["Buckets"] if "-data" in it["Name"]):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            found += [(bucket, item["Key"]) for item in page.get("Contents", [])]
    return [(bucket, key) for bucket, key in found if key.endswith((".csv", ".gz", ".json", ".out", ".parquet"))]


@pytest.fixture(scope="module")
def spoken(town: Town) -> list[tuple[str, str]]:
    """(place, what is told there), everything outside of the data."""
    return list(town.spoken())


def test_nothing_sings_where_it_does_not_belong(spoken: list[tuple[str, str]], canaries: Canaries) -> None:
    """Every canary, in every place that is no data bucket; what may be told somewhere is found there: no exception outlives its use."""
    assert len(canaries.planted) > 100
    heard = {(where, place) for place, text in spoken for where in canaries.found_in(text)}
    strange = sorted(
        f"{where} in {place}" for where, place in heard if not any(_fits(it, where, place) for it in BELONGS)
    )
    assert strange == [], "\n".join(strange)
    unused = [it for it in BELONGS if not any(_fits(it, where, place) for where, place in heard)]
    assert [
        it for it in unused if not it[1].startswith(_RECORDS)
    ] == []  # when records are written to disk is the server's affair


def _fits(allowed: tuple[str, str, str], where: str, place: str) -> bool:
    return fnmatch(where, allowed[0]) and fnmatch(place, allowed[1])


@pytest.mark.parametrize(
    "kind",
    [
        "what predict *",
        "page evaluation.html",
        "page card.md",
        "page profile.html",
        "mail *",
        "event CloudWatch Alarm State Change",
        "/aws/codebuild/*",
        "/aws/lambda/*",
        "/aws/sagemaker/ProcessingJobs",
        "/aws/sagemaker/TrainingJobs",
        "arn:aws:sagemaker:*:pipeline/*/execution/*",
        "arn:aws:sagemaker:*:model-package/*",
        "metrics",
        "alarms",
        "parameters",
        "builds",
        "s3://mlops-audit-*",
        "s3://mlops-*-artifacts-*.html",
        ".mlops/logs/server.log",
        ".mlops/state/control/*",
    ],
)
def test_every_kind_of_place_was_searched(spoken: list[tuple[str, str]], kind: str) -> None:
    """There was something to look into."""
    assert any(text for place, text in spoken if fnmatch(place, kind))


def test_a_build_sees_neither_data_nor_the_owners_environment(spoken: list[tuple[str, str]]) -> None:
    """What the spy in the pushed tests got: a refusal for every object of the data buckets."""
    (log,) = [
        text for place, text in spoken if place == f"/aws/codebuild/{PROJECT}-build" and "variables of a build" in text
    ]
    assert log.count("AccessDenied") > 20


def test_failures_say_what_failed(town: Town, spoken: list[tuple[str, str]]) -> None:
    """Silence about values is no silence about reasons."""
    told = "\n".join(text for place, text in spoken if place.startswith("what "))
    for words in ("(rule ", "drift in ", "Unexpected error (texts left out", "row "):
        assert words in told
    assert any(f"Project {PROJECT}: alarm" in mail for mail in town.mails())


def test_the_canaries_are_there_where_they_belong(town: Town, canaries: Canaries, desk: Desk) -> None:
    """The search is able to find them: the registered tables hold every one of the good ones."""
    s3 = desk.client("s3")
    (bucket,) = [item["Name"] for item in s3.list_buckets()["Buckets"] if "-datasets" in item["Name"]]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="datasets/birds/")["Contents"]
    keys = [item["Key"] for item in listed if item["Key"].endswith((".csv", ".csv.gz"))]
    text = "".join(places.decoded(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys)
    good = [it for it in canaries.planted if it.partition(".")[0] in {*SCHEMA, "patient_id"}]
    assert set(good) <= set(canaries.found_in(text))
