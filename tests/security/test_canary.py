"""No value leaves the data (promise 14): canaries in every column, through success and failure of train, predict, import and profile.

Everything outside of the data buckets is searched: what commands print, logs, jobs, runs, tags, metrics, alarms, mails, parameters,
audit trail, versions with their cards, pages, the server's own log and state.
"""

import copy
import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from adherence.data import tables as seed_tables

from mlops.datasets import schema
from mlops.datasets.infer import infer
from mlops.datasets.profile import profile
from mlops.datasets.profile.page import profile_page
from mlops.datasets.validation import validate
from tests.corpus.hostile import ENROLMENT, FILLS, PATIENTS
from tests.integration.delivery.bench import commit, git, wait_for
from tests.integration.delivery.mail import mailbox
from tests.integration.desk import Desk
from tests.security import canary
from tests.security.canary import SCHEMA, Canaries

pytestmark = pytest.mark.xdist_group("canary")

PROJECT, AS_OF = "canary", "2024-06-20"
SCIENTIST, ENGINEER = ("--as", "data-scientist"), ("--as", "ml-engineer")


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    """New ones in every run; the seed is printed where a test fails."""
    seed = random.randrange(10**9)  # noqa: S311 (not to be guessed by code, not by people)
    print(f"canaries of seed {seed}")
    return Canaries(seed)


class Town:
    """A desk whose every word is kept, and what was done there."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.said = desk, dict[str, str]()
        self.pages: list[Path] = []
        self.mails: Callable[[], list[str]] = list

    def tell(self, *arguments: str, code: int = 0) -> str:
        """Run a command, keep what it prints; standard output."""
        done = self.desk.mlops(*arguments, timeout=240)
        self.said[" ".join(arguments[:3]) + f" #{len(self.said)}"] = done.stdout + done.stderr
        assert done.returncode == code, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def town(desk: Desk, canaries: Canaries, tmp_path_factory: pytest.TempPathFactory, environment: None) -> Town:
    """Everything done: import, profile, train, approve, predict; then each of them with data that are refused or that break it."""
    from mlops.adherence.synthetic import simulate

    found, folder = Town(desk), tmp_path_factory.mktemp("canaries")
    simulate(900, 5).extract(date(2024, 6, 30), folder / "plain")
    good = canary.write(canary.planted(canary.read(folder / "plain"), canaries), folder / "good")
    found.tell("project", "create", PROJECT, "--param", "BatchInterval=minutes")
    found.mails = mailbox(desk, f"{PROJECT}-notifications", "canary-mails")
    found.tell("dataset", "import", str(good), "--name", "birds", *SCIENTIST)
    found.tell("dataset", "validate", str(good))
    found.tell("dataset", "profile", "birds@v1", "--out", str(folder / "profile"), *SCIENTIST)
    found.tell("dataset", "show", "birds@v1", *SCIENTIST)
    found.tell("dataset", "approve", "birds", "--reason", "fine", *ENGINEER)
    found.tell("train", PROJECT, "--dataset", "birds@v1", *SCIENTIST)
    found.tell("model", "show", PROJECT, "1", "--html", str(folder / "e.html"), "--card", str(folder / "card.md"))
    found.tell("model", "approve", PROJECT, "1", "--reason", "fine", *ENGINEER)
    found.tell("predict", PROJECT, "--data", str(good), "--as-of", AS_OF, *SCIENTIST)
    found.tell("monitor", "report", PROJECT, "--html", str(folder / "monitoring.html"))
    bad = canary.write(_spoilt(canary.read(good), canaries), folder / "bad")
    found.tell("dataset", "validate", str(bad), "--json", code=2)
    found.tell("dataset", "import", str(bad), "--name", "worse", *SCIENTIST, code=2)
    found.tell("train", PROJECT, "--data", str(bad), *SCIENTIST, code=2)
    found.tell("predict", PROJECT, "--data", str(bad), "--as-of", AS_OF, *SCIENTIST, code=2)
    headless = folder / "headless"
    headless.mkdir()
    for path in good.glob("*.csv"):  # the header line is lost: values stand in its place
        (headless / path.name).write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    found.tell("predict", PROJECT, "--data", str(headless), "--as-of", AS_OF, *SCIENTIST, code=2)
    found.pages = [
        path for path in folder.rglob("*") if path.suffix in {".html", ".md"} or path.parent.name == "profile"
    ]
    return found


@pytest.fixture(scope="module")
def environment(canaries: Canaries) -> Any:
    """Secrets in the caller's environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DB_PASSWORD", "HTTP_TOKEN", "CANARY"):
            patch.setenv(name, canaries.text(f"environment {name}"))
        yield


def _spoilt(tables: dict[str, canary.Table], canaries: Canaries) -> dict[str, canary.Table]:
    """A value that breaks its rule in every column with a rule, another canary in each."""
    made = copy.deepcopy(tables)
    for name, rows in made.items():
        for number, (column, rule) in enumerate(SCHEMA[name]["columns"].items(), 20):
            if column in rows[0]:
                secret = canaries.text(f"bad {name}.{column}")
                formula = rule["type"] == "text" or column == "fill_id"
                rows[number % len(rows)][column] = f"={secret}" if formula else secret
    return made


def test_nothing_sings_outside_of_the_data(town: Town, canaries: Canaries, desk: Desk) -> None:
    """Every canary of every table, in every place that is no data bucket."""
    assert len(canaries.planted) > 60
    found: list[str] = []
    for place, text in (
        *town.said.items(),
        *((path.name, path.read_text()) for path in town.pages),
        *((f"mail {number}", text) for number, text in enumerate(town.mails())),
        *canary.log_texts(desk),
        *canary.api_texts(desk),
        *canary.objects(desk),
    ):
        found += canaries.found_in(place, text)
    assert not found, "\n".join(found)
    assert len(town.pages) >= 5


def test_the_state_folder_holds_none_but_in_data(town: Town, canaries: Canaries, desk: Desk) -> None:
    """The server's log, its services' records; feature records are data, as the buckets are."""
    found: list[str] = []
    places = list(canary.state_texts(desk.folder / ".mlops"))
    for place, text in places:
        if "feature" not in place:
            found += canaries.found_in(place, text)
    assert found == []
    assert any(place.endswith("server.log") for place, _ in places)


def test_the_canaries_are_there_where_they_belong(town: Town, canaries: Canaries, desk: Desk) -> None:
    """The search is able to find them: the registered tables hold every one of the good ones."""
    s3 = desk.client("s3")
    (bucket,) = [item["Name"] for item in s3.list_buckets()["Buckets"] if "-datasets" in item["Name"]]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="datasets/birds/")["Contents"]
    keys = [item["Key"] for item in listed if item["Key"].endswith((".csv", ".csv.gz"))]
    text = "".join(canary.decoded(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys)
    good = {where: it for where, it in canaries.planted.items() if where.partition(".")[0] in {*SCHEMA, "patient_id"}}
    assert [where for where, secret in good.items() if secret not in text] == []


SMALL = {
    "patients": PATIENTS,
    "enrolment": ENROLMENT,
    "fills": FILLS,
    "labs": "patient_id,lab_date,loinc,value,unit\nP1,2024-01-02,4548-4,7.1,%\n",
    "stays": "patient_id,admit_date,discharge_date\nP1,2024-01-02,2024-01-05\n",
    "brands": "brand,ingredient,drug_class,atc,ndc,route,default_days_supply,rxcui\nJanuvia,sitagliptin,DPP-4 inhibitor,A,,oral,30,5\n",
}
BAD = {
    "text": "{}",
    "formula": "=cmd|'{}'",
    "control": "{}\x1b[2J",
    "long": "{}" + "x" * 40000,
    "number": "{}1E5",
    "quote": '"{}',
    "closed quote": '"{}"x',
    "nul": "{}\0",
    "comma": "{},{}",
    "wide": "{}\u202e７",
}


def _small(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in SMALL.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.mark.parametrize("kind", BAD)
def test_refusals_quote_no_value(kind: str, tmp_path: Path, canaries: Canaries) -> None:
    """Each column of each table with each kind of bad value, and each file without its header: both validations stay silent."""
    declared = schema.load(Path("seed_code/adherence/schema/tables.json"))
    for name, text in SMALL.items():
        header, row = (line.split(",") for line in text.split("\n")[:2])
        secrets = [canaries.text(f"{kind} {name}.{column}") for column in header]
        spoilt = [row[:] for _ in header]
        for place, secret in enumerate(secrets):
            spoilt[place][place] = BAD[kind].format(secret, secret)
        lines = [",".join(cells) for cells in spoilt]
        folder = _small(tmp_path / name)
        for first in (",".join(header), lines[0], lines[-1]):
            (folder / f"{name}.csv").write_text("\n".join([first, *lines]) + "\n")
            _both(folder, declared, secrets)


def _both(folder: Path, declared: schema.Schema, secrets: list[str]) -> None:
    found = validate(folder, declared)
    seed = seed_tables.Report()
    seed_tables.read(folder, seed)
    said = json.dumps(found.to_json()) + json.dumps([seed.errors, seed.warnings])
    assert said.count("(rule ") >= 1
    assert [secret for secret in secrets if secret in said] == []


def test_a_profile_names_no_rare_value(tmp_path: Path, canaries: Canaries) -> None:
    """JSON and page of tables that nobody has declared: not even a value that all rows have."""
    secret = canaries.text("everywhere")
    (tmp_path / "t.csv").write_text("a,b\n" + f"{secret},1\n" * 500)
    made = profile(tmp_path, infer(tmp_path), "t@v1")
    assert secret not in json.dumps(made.to_json()) + profile_page(made)


def test_a_delivery_tells_no_setting(town: Town, canaries: Canaries, desk: Desk, tmp_path: Path) -> None:
    """A secret salt and a wrong setting in project.toml, pushed: built, deployed and trained with; told nowhere."""
    address = json.loads(town.tell("project", "show", PROJECT, "--json"))["repository"]
    git(tmp_path, "clone", "-q", desk.with_login(address), "clone")
    git(tmp_path / "clone", "rm", "-rq", "tests")
    settings = (tmp_path / "clone" / "project.toml").read_text()
    changed = settings.replace('"adherence-1"', f'"{canaries.text("project.toml salt")}"')
    (tmp_path / "clone" / "project.toml").write_text(changed)
    commit(tmp_path / "clone", "quick", tests_in_test_quick__py="def test_quick() -> None:\n    assert True\n")
    git(tmp_path / "clone", "push", "-q", "origin", "HEAD:main")
    client = desk.client("codepipeline")

    def ended() -> bool:
        listed = client.list_pipeline_executions(pipelineName=f"{PROJECT}-delivery")["pipelineExecutionSummaries"]
        return bool(listed) and all(item["status"] != "InProgress" for item in listed)

    wait_for(ended, "delivery", 200)
    found: list[str] = []
    for place, text in (*canary.log_texts(desk), *canary.api_texts(desk)):
        found += canaries.found_in(place, text)
    assert found == []
