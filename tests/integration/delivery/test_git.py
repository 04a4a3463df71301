"""git clone and git push against the embedded CodeCommit: contents, identities, permissions, events, racing pushes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.signing import git_password
from tests.integration.delivery.bench import ACCOUNT, Bench, commit, git, wait_for

pytestmark = pytest.mark.xdist_group("git")
ARN = f"arn:aws:codecommit:us-east-1:{ACCOUNT}:code"


@pytest.fixture(scope="module")
def repository(bench: Bench) -> str:
    """An empty repository and a queue of its events."""
    bench.listen("pushes", {"source": ["aws.codecommit"]})
    bench.client("codecommit").create_repository(repositoryName="code")
    return "code"


@pytest.fixture(scope="module")
def clone(bench: Bench, repository: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with one pushed commit."""
    folder = tmp_path_factory.mktemp("clones")
    git(folder, "clone", "-q", bench.address(repository), "work")
    work = folder / "work"
    commit(work, "first", a__txt="1\n")
    git(work, "push", "-q", "origin", "HEAD:main")
    return work


def test_what_is_pushed_is_cloned(bench: Bench, clone: Path, repository: str, tmp_path: Path) -> None:
    """Commit ids, contents and large files come back as they were pushed; CodeCommit's API names the same commit."""
    big = "".join(f"{number}\n" for number in range(600_000))  # beyond git's own buffer: a chunked request
    head = commit(clone, "big", b__txt=big)
    git(clone, "push", "-q", "origin", "HEAD:main")
    git(tmp_path, "clone", "-q", bench.address(repository), "again")
    assert (tmp_path / "again" / "b.txt").read_text() == big
    assert git(tmp_path / "again", "rev-parse", "HEAD").stdout.strip() == head
    codecommit = bench.client("codecommit")
    assert codecommit.get_branch(repositoryName="code", branchName="main")["branch"]["commitId"] == head
    described = codecommit.get_commit(repositoryName="code", commitId=head)["commit"]
    assert (described["author"]["name"], described["message"].strip()) == ("Ada", "big")


def test_a_push_is_an_event(bench: Bench, clone: Path) -> None:
    """Creating, updating and deleting a branch are CodeCommit's three events, with commits and the caller."""
    bench.heard("pushes")
    first = git(clone, "rev-parse", "HEAD").stdout.strip()
    git(clone, "push", "-q", "origin", "HEAD:refs/heads/topic")
    second = commit(clone, "more", c__txt="c")
    git(clone, "push", "-q", "origin", "HEAD:topic")
    git(clone, "push", "-q", "origin", ":topic")
    heard: list[dict[str, Any]] = []
    wait_for(lambda: heard.extend(bench.heard("pushes")) or len(heard) == 3, "three events")
    heard.sort(
        key=lambda event: ["referenceCreated", "referenceUpdated", "referenceDeleted"].index(event["detail"]["event"])
    )
    assert {event["detail-type"] for event in heard} == {"CodeCommit Repository State Change"}
    assert [event["resources"] for event in heard] == [[ARN]] * 3
    details = [event["detail"] for event in heard]
    assert [(item.get("oldCommitId"), item.get("commitId")) for item in details] == [
        (None, first),
        (first, second),
        (second, None),
    ]
    assert {(item["referenceName"], item["referenceType"], item["callerUserArn"]) for item in details} == {
        ("topic", "branch", f"arn:aws:iam::{ACCOUNT}:root")
    }


def test_a_tag_is_not_the_branch_of_its_name(bench: Bench, clone: Path) -> None:
    """Its event says ``tag``, and the branch stays where it was: git itself would take the tag first."""
    codecommit = bench.client("codecommit")
    head = git(clone, "rev-parse", "origin/main").stdout.strip()
    git(clone, "commit", "-q", "--allow-empty", "-m", "never on a branch")
    aside = git(clone, "rev-parse", "HEAD").stdout.strip()
    git(clone, "tag", "main")
    git(clone, "reset", "-q", "--hard", "HEAD~1")
    bench.heard("pushes")
    git(clone, "push", "-q", "origin", "refs/tags/main", "HEAD:refs/notes/apart")
    heard: list[dict[str, Any]] = []
    wait_for(lambda: heard.extend(bench.heard("pushes")) or heard, "the tag's event")
    assert [(it["detail"]["referenceType"], it["detail"]["referenceName"]) for it in heard] == [("tag", "main")]
    assert heard[0]["detail"]["commitId"] == aside
    assert codecommit.get_branch(repositoryName="code", branchName="main")["branch"]["commitId"] == head
    git(clone, "push", "-q", "origin", ":refs/tags/main")
    git(clone, "tag", "-d", "main")


@pytest.mark.parametrize(
    ("user", "status"),
    [("nobody:secret", "401"), (f"{ACCOUNT}:wrong", "401"), (f"{ACCOUNT}:20200101T000000Z" + "0" * 64, "401")],
    ids=["unknown key", "wrong secret", "stale signature"],
)
def test_wrong_credentials_are_refused(bench: Bench, clone: Path, tmp_path: Path, user: str, status: str) -> None:
    """Neither clone nor push without an access key and its secret."""
    done = git(tmp_path, "clone", bench.address("code", user), "x", check=False)
    assert done.returncode != 0
    assert "Authentication failed" in done.stderr or status in done.stderr


def test_a_role_pulls_and_pushes_as_its_policies_say(bench: Bench, clone: Path, tmp_path: Path) -> None:
    """A session of a role that may only pull clones with CodeCommit's signature and is refused the push, by name."""
    bench.role("reads", {"Effect": "Allow", "Action": "codecommit:GitPull", "Resource": ARN})
    keys = bench.aws.assume("reads", "ada").keys
    url = bench.address("code", "")
    host = url.split("@")[1].split("/")[0]
    path = "/" + url.split("@")[1].split("/", 1)[1]
    token = keys.token.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")
    login = f"{keys.access_key}%25{token}:{git_password(keys, host, path, 'us-east-1')}"
    git(tmp_path, "clone", "-q", bench.address("code", login), "mine")
    commit(tmp_path / "mine", "change", d__txt="d")
    done = git(tmp_path / "mine", "push", "origin", "HEAD:main", check=False)
    assert done.returncode != 0
    assert "403" in done.stderr


def test_racing_pushes_lose_nothing(bench: Bench, clone: Path, tmp_path: Path) -> None:
    """Of four pushes at once on one branch the first wins and the others are told; four branches all arrive, an event each."""
    clones = []
    for number in range(4):
        git(tmp_path, "clone", "-q", bench.address("code"), f"c{number}")
        commit(tmp_path / f"c{number}", f"work {number}", **{f"file{number}__txt": "x"})
        clones.append(tmp_path / f"c{number}")
    bench.heard("pushes")
    results = at_once(lambda folder: git(folder, "push", "origin", "HEAD:main", check=False).returncode, clones)
    assert sorted(code == 0 for code in results) == [False, False, False, True]
    results = at_once(
        lambda folder: git(folder, "push", "origin", f"HEAD:refs/heads/{folder.name}", check=False).returncode, clones
    )
    assert results == [0, 0, 0, 0]
    heard: list[str] = []
    wait_for(
        lambda: heard.extend(event["detail"]["referenceName"] for event in bench.heard("pushes")) or len(heard) >= 5,
        "an event for each reference",
    )
    assert sorted(heard) == ["c0", "c1", "c2", "c3", "main"]


def at_once(work: Any, items: list[Path]) -> list[int]:
    found: dict[Path, int] = {}
    threads = [threading.Thread(target=lambda item=item: found.update({item: work(item)})) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[item] for item in items]
