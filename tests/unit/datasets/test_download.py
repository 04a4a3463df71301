"""Downloads: once, resumed, verified, never half there; hostile sources end in one line."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops.datasets.sources.cache import Cache, Entry
from mlops.datasets.sources.download import Downloader, Wanted
from mlops.datasets.sources.http import Limits
from mlops.errors import MlopsError, RefusedInput
from tests.unit.datasets.servers import Handler, Source, content, cut, serve

BODY = bytes(range(256)) * 4000  # about a megabyte
SHA = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()


@pytest.fixture
def source() -> Iterator[Source]:
    with serve() as found:
        yield found


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def downloader(tmp_path: Path, waits: list[float]) -> Downloader:
    return Downloader(Cache(tmp_path / "cache"), Limits(timeout=5, attempts=3, sleep=waits.append))


def nothing_left(downloader: Downloader, url: str) -> bool:
    return downloader.cache.size == 0 and not downloader.cache.partial(url).exists()


def test_the_second_import_downloads_nothing(source: Source, downloader: Downloader) -> None:
    """The source says 304 and sends no byte; the statistics count the hit and what it saved."""
    source.plays["/a.csv"] = content(BODY, Last_Modified="Tue, 01 Oct 2024 10:00:00 GMT")
    first = downloader.fetch(Wanted(f"{source.url}/a.csv"))
    sent = source.sent
    second = downloader.fetch(Wanted(f"{source.url}/a.csv"))
    assert first.path.read_bytes() == second.path.read_bytes() == BODY
    assert (first.cached, second.cached, source.sent) == (False, True, sent)
    assert (first.entry.sha256, first.entry.etag, first.entry.bytes) == (SHA, '"1"', len(BODY))
    found = downloader.cache.statistics()
    assert (found.hits, found.misses, found.bytes_saved) == (1, 1, len(BODY))


def test_a_stated_hash_needs_no_request(source: Source, downloader: Downloader) -> None:
    """Where the catalogue states the hash of what is in the cache, the source is not even asked."""
    source.plays["/a.csv"] = content(BODY)
    downloader.fetch(Wanted(f"{source.url}/a.csv", sha256=SHA))
    downloader.fetch(Wanted(f"{source.url}/a.csv", sha256=SHA))
    assert len(source.log) == 1


def test_changed_content_is_fetched_again(source: Source, downloader: Downloader) -> None:
    """A new ETag means new content."""
    source.plays["/a.csv"] = content(BODY)
    downloader.fetch(Wanted(f"{source.url}/a.csv"))
    source.plays["/a.csv"] = content(b"new", etag='"2"')
    assert downloader.fetch(Wanted(f"{source.url}/a.csv")).path.read_bytes() == b"new"


def test_a_cut_is_resumed(source: Source, downloader: Downloader) -> None:
    """After a cut only the rest is asked for, and the whole is verified."""
    source.plays["/a.csv"] = cut(BODY, 400_000, content(BODY), times=2)
    got = downloader.fetch(Wanted(f"{source.url}/a.csv", sha256=SHA, md5=MD5, bytes=len(BODY)))
    assert got.path.read_bytes() == BODY
    assert source.requests("/a.csv") == [(None, 200), ("bytes=400000-", 206), ("bytes=800000-", 206)]
    assert source.sent == len(BODY)


def test_a_cut_download_is_resumed_by_the_next_run(source: Source, tmp_path: Path) -> None:
    """What came before the process gave up is kept for the next one."""
    source.plays["/a.csv"] = cut(BODY, 100_000, content(BODY), times=2)
    limits = Limits(timeout=5, attempts=2, sleep=lambda _: None)
    url = f"{source.url}/a.csv"
    with pytest.raises(MlopsError, match="broke off after 200000 of 1024000 bytes, 2 times; the next import resumes"):
        Downloader(Cache(tmp_path / "cache"), limits).fetch(Wanted(url))
    assert Downloader(Cache(tmp_path / "cache"), limits).fetch(Wanted(url)).entry.sha256 == SHA
    assert source.sent == len(BODY)


def test_without_an_etag_a_cut_starts_again(source: Source, downloader: Downloader) -> None:
    """Nobody can say that the rest belongs to what is here."""
    source.plays["/a.csv"] = cut(BODY, 100_000, content(BODY), etag="")
    assert downloader.fetch(Wanted(f"{source.url}/a.csv")).path.read_bytes() == BODY
    assert [wanted for wanted, _ in source.requests("/a.csv")] == [None, None]


def test_content_that_changes_between_the_parts_is_not_mixed(source: Source, downloader: Downloader) -> None:
    """The server ignores the range of an older ETag and sends the new content whole."""
    source.plays["/a.csv"] = cut(BODY, 100_000, content(b"new content", etag='"2"'))
    assert downloader.fetch(Wanted(f"{source.url}/a.csv")).path.read_bytes() == b"new content"


def test_a_wrong_hash_is_refused(source: Source, downloader: Downloader) -> None:
    """Both digests are named and nothing is kept."""
    source.plays["/a.csv"] = content(BODY[:-1] + b"x")
    url = f"{source.url}/a.csv"
    with pytest.raises(RefusedInput, match=f"its source states {SHA}"):
        downloader.fetch(Wanted(url, sha256=SHA))
    with pytest.raises(RefusedInput, match=f"has md5 [0-9a-f]+, its source states {MD5}"):
        downloader.fetch(Wanted(url, md5=MD5))
    assert nothing_left(downloader, url)


def test_another_length_than_stated_is_refused(source: Source, downloader: Downloader) -> None:
    """Before a byte is stored."""
    source.plays["/a.csv"] = content(BODY)
    url = f"{source.url}/a.csv"
    with pytest.raises(RefusedInput, match="offers 1024000 bytes, its catalogue states 5"):
        downloader.fetch(Wanted(url, bytes=5))
    assert nothing_left(downloader, url)


def test_a_length_that_is_too_long_is_a_cut(source: Source, downloader: Downloader) -> None:
    """A server that promises more than it has is not believed."""

    def lie(handler: Handler) -> None:
        handler.begin(200, Content_Length="5000")
        handler.send(b"short")

    source.plays["/a.csv"] = lie
    with pytest.raises(MlopsError, match=r"broke off after 5 .*3 times"):
        downloader.fetch(Wanted(f"{source.url}/a.csv"))
    assert downloader.cache.size == 0


def test_an_endless_answer_is_stopped(source: Source, tmp_path: Path) -> None:
    """Without a length, the limit counts what comes."""

    def endless(handler: Handler) -> None:
        handler.begin(200, Connection="close")
        for _ in range(100):
            handler.send(b"x" * 100_000)

    source.plays["/a.csv"] = endless
    downloader = Downloader(Cache(tmp_path), Limits(timeout=1, attempts=1, largest=1_000_000))
    with pytest.raises(RefusedInput, match="sends more than the 1000000 bytes allowed"):
        downloader.fetch(Wanted(f"{source.url}/a.csv"))
    assert nothing_left(downloader, f"{source.url}/a.csv")


@pytest.mark.parametrize("hops", [1, 2, 12])
def test_redirects_in_a_circle_are_refused(source: Source, downloader: Downloader, hops: int) -> None:
    """To itself, between two, or through a dozen pages."""
    for n in range(hops):
        following = f"/{(n + 1) % hops}"
        source.plays[f"/{n}"] = lambda handler, to=following: handler.answer(302, b"", Location=to)
    with pytest.raises(RefusedInput, match="redirected in a circle or more than 5 times"):
        downloader.fetch(Wanted(f"{source.url}/0"))
    assert len(source.log) <= 7


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://x/"])
def test_redirects_to_other_schemes_are_refused(source: Source, downloader: Downloader, target: str) -> None:
    """A redirect must not read local files."""
    source.plays["/a"] = lambda handler: handler.answer(302, b"", Location=target)
    with pytest.raises(RefusedInput, match=r"only http and https|redirected"):
        downloader.fetch(Wanted(f"{source.url}/a"))


def test_a_good_redirect_is_followed(source: Source, downloader: Downloader) -> None:
    """One hop."""
    source.plays["/a"] = lambda handler: handler.answer(302, b"", Location="/b")
    source.plays["/b"] = content(BODY)
    assert downloader.fetch(Wanted(f"{source.url}/a")).entry.sha256 == SHA


def test_busy_servers_are_asked_again_when_they_say(source: Source, downloader: Downloader, waits: list[float]) -> None:
    """429 with Retry-After: 7 waits seven seconds, then downloads; a wait is bounded."""
    left = [("7", 429), ("86400", 503)]

    def busy(handler: Handler) -> None:
        if left:
            seconds, status = left.pop(0)
            handler.answer(status, b"", Retry_After=seconds)
        else:
            content(BODY)(handler)

    source.plays["/a.csv"] = busy
    assert downloader.fetch(Wanted(f"{source.url}/a.csv")).entry.sha256 == SHA
    assert waits == [7.0, 60.0]


def test_a_server_that_stays_busy_is_given_up(source: Source, downloader: Downloader) -> None:
    """After the allowed number of attempts."""
    source.plays["/a.csv"] = lambda handler: handler.answer(429, b"", Retry_After="1")
    with pytest.raises(MlopsError, match=r"stays busy \(HTTP 429\)"):
        downloader.fetch(Wanted(f"{source.url}/a.csv"))
    assert len(source.log) == 3


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "access is controlled"), (403, "access is controlled"), (404, "nothing there"), (410, "nothing there")],
)
def test_refusals_are_not_repeated(source: Source, downloader: Downloader, status: int, words: str) -> None:
    """Asking again would not help."""
    source.plays["/a.csv"] = lambda handler: handler.answer(status, b"")
    with pytest.raises(RefusedInput, match=words):
        downloader.fetch(Wanted(f"{source.url}/a.csv"))
    assert len(source.log) == 1


def test_a_web_page_is_refused(source: Source, downloader: Downloader) -> None:
    """A sign-in page with status 200 is not data."""
    source.plays["/a.csv"] = content(b"<html>Sign in</html>", Content_Type="text/html; charset=utf-8")
    with pytest.raises(RefusedInput, match="a web page, not data"):
        downloader.fetch(Wanted(f"{source.url}/a.csv"))


def test_a_stalled_server_is_given_up(source: Source, tmp_path: Path) -> None:
    """No byte for the timeout, at every attempt."""

    def stall(handler: Handler) -> None:
        handler.begin(200, Content_Length="10", ETag='"1"')
        handler.send(b"12")
        time.sleep(1.0)

    source.plays["/a.csv"] = stall
    impatient = Downloader(Cache(tmp_path), Limits(timeout=0.2, attempts=2, sleep=lambda _: None))
    with pytest.raises(MlopsError, match=r"broke off after .*2 times"):
        impatient.fetch(Wanted(f"{source.url}/a.csv"))


def test_a_trickling_server_is_given_up(source: Source, tmp_path: Path) -> None:
    """A byte now and then never times out, but is too slow."""

    def trickle(handler: Handler) -> None:
        handler.begin(200, Content_Length="1000", ETag='"1"')
        for _ in range(40):
            handler.send(b"x")
            time.sleep(0.02)

    source.plays["/a.csv"] = trickle
    limits = Limits(timeout=1, attempts=1, slow_after=0.2, slowest=10_000)
    with pytest.raises(MlopsError, match="sends less than 10000 bytes a second"):
        Downloader(Cache(tmp_path), limits).fetch(Wanted(f"{source.url}/a.csv"))


def test_an_unreachable_server_is_one_line(downloader: Downloader) -> None:
    """Nobody listens there."""
    with pytest.raises(MlopsError, match=r"http://127\.0\.0\.1:9/a\.csv: cannot be reached"):
        downloader.fetch(Wanted("http://127.0.0.1:9/a.csv"))


def test_secrets_in_urls_are_not_shown(source: Source, downloader: Downloader) -> None:
    """User, password and query stay out of messages."""
    url = source.url.replace("http://", "http://user:hunter2@") + "/missing.csv?token=s3cret"
    with pytest.raises(MlopsError) as error:
        downloader.fetch(Wanted(url))
    assert "hunter2" not in str(error.value)
    assert "s3cret" not in str(error.value)


def test_progress_is_reported(source: Source, tmp_path: Path) -> None:
    """Bytes so far and in all, rising to the end."""
    source.plays["/a.csv"] = content(BODY)
    seen: list[tuple[int, int | None]] = []
    Downloader(Cache(tmp_path), report=lambda so_far, total: seen.append((so_far, total))).fetch(
        Wanted(f"{source.url}/a.csv")
    )
    assert seen == sorted(seen)
    assert seen[-1] == (len(BODY), len(BODY))


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    """With room for two: a, b, then a used again, then c: b is gone."""
    cache = Cache(tmp_path, cap=250)
    for name in "ab":
        _add(cache, name)
        time.sleep(0.01)
    assert cache.content("a" * 64) is not None
    time.sleep(0.01)
    _add(cache, "c")
    assert [cache.content(name * 64) is not None for name in "abc"] == [True, False, True]
    assert cache.entry("http://x/b") is None
    assert (cache.size, cache.statistics().evicted) == (200, 1)


def test_a_file_larger_than_the_cache_is_kept_until_the_next(tmp_path: Path) -> None:
    """What was just downloaded is never evicted before it is used."""
    cache = Cache(tmp_path, cap=50)
    _add(cache, "a")
    assert cache.content("a" * 64) is not None
    _add(cache, "b")
    assert cache.content("a" * 64) is None


def _add(cache: Cache, name: str) -> None:
    part = cache.partial(f"http://x/{name}")
    part.write_bytes(b"." * 100)
    cache.add(part, Entry(f"http://x/{name}", name * 64, 100))
