"""The platform delivers itself: commits to its own repository pass every gate and are deployed, or change nothing (8.2, 8.4)."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops.projects.names import PLATFORM
from tests.integration.delivery.bench import git, wait_for
from tests.integration.delivery.mail import mailbox
from tests.integration.desk import Desk

pytestmark = [pytest.mark.xdist_group("platform-delivery"), pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[3]
STACKS = ("foundation", "access", "catalog", "observability", "delivery")
PATIENCE = 600  # seconds; other tests share the machine
KEPT = "tests/security/test_evaluator.py"  # of the tests: the whole suite would run itself


class Platform:
    """The platform on an embedded AWS, a clone of its repository with its source, its operations mailbox."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.clone = desk, folder / "platform"
        address = desk.client("codecommit").get_repository(repositoryName=PLATFORM)["repositoryMetadata"]
        git(folder, "clone", "-q", desk.with_login(address["cloneUrlHttp"]), "platform")
        git(self.clone, "checkout", "-q", "-b", "main")
        _copy_source(self.clone)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "the platform as it is")
        self.edit("pyproject.toml", 'testpaths = ["tests", "seed_code/adherence/tests"]', f'testpaths = ["{KEPT}"]')
        self.edit("pyproject.toml", '"embedded_aws", "lambdas", "bench", "adherence", "tests"]', '"lambdas"]')
        git(self.clone, "commit", "-q", "-a", "-m", "gates that are quick and do not run this very test")
        self.mail = mailbox(desk, "mlops-operations", "operations")

    def edit(self, name: str, before: str, after: str) -> None:
        """Replace one text in a file."""
        path = self.clone / name
        text = path.read_text()
        assert text.count(before) == 1, f"{name}: {before}"
        path.write_text(text.replace(before, after))

    def assemble(self) -> None:
        """What a developer does after a change of a stack: ``make assembly``."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        subprocess.run([sys.executable, "-m", "stacks.assembly"], cwd=self.clone, env=environment, check=True)

    def push(self, message: str) -> str:
        """Commit everything and push; the commit."""
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "--allow-empty", "-m", message)
        git(self.clone, "push", "-q", "origin", "HEAD:main")
        return git(self.clone, "rev-parse", "HEAD").stdout.strip()

    def delivered(self, head: str) -> dict[str, Any]:
        """The ended execution of a commit."""

        def ended() -> dict[str, Any] | None:
            listed = json.loads(self.desk.done("run", "list", PLATFORM, "--json"))["deliveries"]
            mine = [item for item in listed if [r["revisionId"] for r in item["sourceRevisions"]] == [head]]
            return dict(mine[0]) if mine and mine[0]["status"] not in {"InProgress", "Stopping"} else None

        return dict(wait_for(ended, f"delivery of {head}", PATIENCE))

    def log(self, execution: dict[str, Any]) -> str:
        """What its builds have written."""
        return self.desk.done("run", "logs", execution["pipelineExecutionId"], "--as", "manager")

    def templates(self) -> dict[str, str]:
        """Every stack's deployed template, as CloudFormation has it."""
        cloudformation = self.desk.client("cloudformation")
        return {
            name: json.dumps(cloudformation.get_template(StackName=f"mlops-{name}")["TemplateBody"]) for name in STACKS
        }

    def retention(self) -> int:
        """Days that the delivery's log group is kept, as CloudWatch Logs says."""
        name = f"/aws/codebuild/{PLATFORM}-gates"
        groups = self.desk.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return int(groups[0]["retentionInDays"])


def _copy_source(target: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("the platform's own source is not in a git repository here")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


@pytest.fixture(scope="module")
def platform(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """See ``Platform``."""
    return Platform(desk, tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def initial(platform: Platform) -> dict[str, str]:
    """The templates before the first commit."""
    return platform.templates()


@pytest.fixture(scope="module")
def good(platform: Platform, initial: dict[str, str]) -> dict[str, Any]:
    """The first commit: logs are to be kept for half a year."""
    platform.edit("cdk.json", '"mlops": {', '"mlops": {\n      "retention_days": 180,')
    platform.assemble()
    return platform.delivered(platform.push("logs for half a year"))


def test_a_commit_is_deployed_after_every_gate(
    platform: Platform, initial: dict[str, str], good: dict[str, Any]
) -> None:
    """A push starts the pipeline by event; what it changed is what CloudFormation and CloudWatch Logs say then."""
    log = platform.log(good)
    assert good["status"] == "Succeeded", log
    assert good["trigger"]["triggerDetail"].endswith(f"rule/{PLATFORM}-push")
    changed = {name for name, text in platform.templates().items() if text != initial[name]}
    assert {"delivery", "foundation"} <= changed
    assert platform.retention() == 180
    for said in ("locked libraries are here", "All checks passed!", "Contracts:", "Success: no issues", "passed in"):
        assert said in log
    assert re.search(r"DeployAssembly +mlops-delivery: updated", log)


MISTAKES: dict[str, tuple[str, str, str, str]] = {
    # what is wrong -> file, text, its replacement, what the log has to say
    "syntax": (
        "stacks/observability.py",
        "class Observability(Stack):",
        "class Observability(Stack:",
        r"invalid-syntax.*\n.*stacks/observability\.py:\d+",
    ),
    "unknown property": (
        "stacks/observability.py",
        "        fleet(self)\n",
        '        topic.add_property_override("Retention", 5)\n        fleet(self)\n',
        r"Retention",
    ),
    "open to everybody": (
        "stacks/delivery.py",
        """        self._tell_failures()

    def""",
        """        self._tell_failures()
        self._bucket.node.default_child.add_property_override("PublicAccessBlockConfiguration.BlockPublicPolicy", False)
        self._role("Open", "lambda", [allow(["s3:*"], "*")])

    def""",
        r"(?s)private-bucket.*wide-open|wide-open.*private-bucket",
    ),
}


@pytest.fixture(scope="module")
def refused(request: pytest.FixtureRequest, platform: Platform, good: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Commits with a mistake each, pushed without waiting; mistake -> its ended execution, with the templates before and after."""
    assert good["status"] == "Succeeded"
    heads = {}
    asked = {item.callspec.params.get("mistake") for item in request.session.items if hasattr(item, "callspec")}
    for mistake, (file, before, after, _) in ((name, it) for name, it in MISTAKES.items() if name in asked):
        platform.edit(file, before, after)
        heads[mistake] = platform.push(mistake)
        platform.edit(file, after, before)
    before = platform.templates()
    found = {mistake: platform.delivered(head) for mistake, head in heads.items()}
    assert platform.templates() == before
    return found


@pytest.mark.parametrize(
    "mistake", [pytest.param(it, marks=[] if it == "syntax" else pytest.mark.long) for it in MISTAKES]
)
def test_a_broken_commit_deploys_nothing(platform: Platform, refused: dict[str, dict[str, Any]], mistake: str) -> None:
    """The pipeline fails at the gates with the reason in the log; whoever runs the platform is told; no deployment began."""
    execution = refused[mistake]
    log = platform.log(execution)
    assert execution["status"] == "Failed"
    assert re.search(MISTAKES[mistake][3], log), log
    assert "DeployAssembly" not in log
    id_ = execution["pipelineExecutionId"]
    mail = wait_for(lambda: [text for text in platform.mail() if id_ in text], "a message")
    assert "stopped at Gates, CheckAndSynth; the stacks are as they were" in mail[0]
    assert "Error while executing command: " in mail[0]


@pytest.mark.long
def test_a_reverted_commit_brings_the_earlier_state_back(
    platform: Platform, initial: dict[str, str], good: dict[str, Any]
) -> None:
    """Infrastructure is rolled back as it was changed: by a commit; every template is what it was before, byte for byte."""
    assert platform.templates() != initial
    git(platform.clone, "revert", "--no-edit", good["sourceRevisions"][0]["revisionId"])
    back = platform.delivered(platform.push("logs for as long as before"))
    assert back["status"] == "Succeeded", platform.log(back)
    assert platform.templates() == initial
    assert platform.retention() == 365
