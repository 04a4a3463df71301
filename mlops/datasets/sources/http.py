"""HTTP for sources that may be slow, cut off, lying or running in circles. Only http and https, few redirects, bounded waits."""

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mlops.errors import MlopsError, RefusedInput

_REDIRECTS = 5
_AGENT = "mlops-platform"
_BUSY = {429, 500, 502, 503, 504}
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_LARGEST_ANSWER = 64 * 1024**2  # of a catalogue


@dataclass(frozen=True)
class Limits:
    """How patient we are."""

    timeout: float = 30.0  # seconds without a byte
    attempts: int = 5
    longest_wait: float = 60.0  # of a Retry-After
    slowest: float = 512.0  # bytes a second, over ``slow_after`` seconds
    slow_after: float = 60.0
    largest: int = 50 * 1024**3  # bytes of a download
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False)


PATIENT = Limits()


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = _REDIRECTS
    max_repeats = 2

    def redirect_request(  # noqa: PLR0917 (urllib's own signature)
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_Redirects)


def check_url(url: str) -> str:
    """The URL.

    Raises:
        RefusedInput: it is not http or https.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise RefusedInput(f"{shown(url)}: only http and https URLs can be downloaded")
    return url


def shown(url: str) -> str:
    """The URL as it may be logged: without user, password and query (which may hold keys)."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host if _HOST.fullmatch(host) else ''}{parts.path}"


@contextmanager
def get(url: str, limits: Limits, headers: Mapping[str, str] = {}) -> Iterator[Any]:
    """An open answer; busy servers are asked again after the time that they say.

    Raises:
        RefusedInput: not found, not allowed, or redirected in a circle.
        MlopsError: it cannot be reached, or stays busy.
    """
    request = urllib.request.Request(check_url(url), headers={"User-Agent": _AGENT, **headers})  # noqa: S310
    for attempt in range(limits.attempts):
        try:
            with _OPENER.open(request, timeout=limits.timeout) as answer:
                yield answer
                return
        except urllib.error.HTTPError as error:
            if error.code == 304:
                yield error
                return
            _refuse(url, error)
            if attempt == limits.attempts - 1:
                raise MlopsError(f"{shown(url)}: the server stays busy (HTTP {error.code}); try again later") from None
            limits.sleep(_wait(error.headers.get("Retry-After"), attempt, limits))
        except (urllib.error.URLError, TimeoutError, http.client.HTTPException) as error:
            raise MlopsError(f"{shown(url)}: cannot be reached: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """What the system says; of any other error its type: the HTTP client quotes the whole address, with user, password and query."""
    inner = getattr(error, "reason", error)
    return str(inner) if isinstance(inner, OSError) else type(error).__name__


def read_json(url: str, limits: Limits, headers: Mapping[str, str] = {}) -> Any:
    """A JSON answer.

    Raises:
        MlopsError: it is none, or too large.
    """
    with get(url, limits, {"Accept": "application/json", **headers}) as answer:
        body = answer.read(_LARGEST_ANSWER + 1)
    if len(body) > _LARGEST_ANSWER:
        raise MlopsError(f"{shown(url)}: the answer is longer than {_LARGEST_ANSWER} bytes")
    try:
        return json.loads(body)
    except ValueError:
        raise MlopsError(f"{shown(url)}: the answer is not JSON") from None


def _refuse(url: str, error: urllib.error.HTTPError) -> None:
    """Raise for answers that asking again does not change."""
    if error.code in {401, 403}:
        raise RefusedInput(
            f"{shown(url)}: access is controlled (HTTP {error.code}): apply for it at the source"
        ) from None
    if error.code in {404, 410}:
        raise RefusedInput(f"{shown(url)}: there is nothing there (HTTP {error.code})") from None
    if 300 <= error.code < 400:
        raise RefusedInput(f"{shown(url)}: redirected in a circle or more than {_REDIRECTS} times") from None
    if error.code not in _BUSY:
        raise MlopsError(f"{shown(url)}: the server answered HTTP {error.code}") from None


def _wait(said: str | None, attempt: int, limits: Limits) -> float:
    seconds = float(said) if said and said.isdigit() else 0.5 * 2**attempt
    return min(seconds, limits.longest_wait)
