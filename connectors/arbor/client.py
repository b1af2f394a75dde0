"""One request to one school's Arbor: let in, answered, retried, refused.

Belongs here: HTTP. What is asked for is `walk`; what a body means is the `read` function given with the request.
The secret goes to the configured host and nowhere else: no redirect is followed, no link of an answer is opened.
"""

import importlib.metadata
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import stamina

from connectors.mis import MisAnswerUnreadable, MisRefused, MisSettings, MisUnavailable

T = TypeVar("T")

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 120.0
ATTEMPTS: Final = 5
REQUESTS_AT_ONCE: Final = 2
RATE_LIMIT_SECONDS: Final = 60.0
"""Pause after a 429 without Retry-After (facts: mis/arbor.md, section 8)."""
LONGEST_PAUSE_SECONDS: Final = 300.0
"""A server that wants a longer pause is unavailable."""

_REFUSALS: Final[Mapping[int, str]] = {
    401: "the MIS no longer accepts this application and secret; ask the school whether it is still approved",
    403: "the MIS does not let this application read {resource}; ask the school to grant it",
}


class Unreadable(Exception):  # noqa: N818  becomes a refusal that names the school
    """A body is not what the API promises; the text names no value of it."""


class AskAgain(Exception):  # noqa: N818  caught by the retry below
    """A failure that may pass."""

    def __init__(self, why: str, pause: float | None = None) -> None:
        super().__init__(why)
        self.pause = pause


class Client:
    """Authenticated GETs to one school's Arbor, at most `REQUESTS_AT_ONCE` in flight."""

    def __init__(self, settings: MisSettings) -> None:
        self._urn = settings.urn
        self.requests = 0
        self._counting = threading.Lock()
        self._http = httpx.Client(
            base_url=settings.url,
            auth=httpx.BasicAuth(settings.application, settings.secret),
            headers={
                "accept": "application/json",
                "user-agent": f"Waybill/{_version()}",
                "x-mis-application-id": settings.application,
            },
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=REQUESTS_AT_ONCE, max_keepalive_connections=REQUESTS_AT_ONCE),
            follow_redirects=False,
            trust_env=urlsplit(settings.url).scheme == "https",
        )

    def __enter__(self) -> Self:
        """Return the client; its connections close with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def get(
        self,
        resource: str,
        path: str,
        parameters: Mapping[str, str],
        read: Callable[[bytes], T],
        tolerated: frozenset[int] = frozenset(),
    ) -> T | None:
        """Return what `read` makes of the answer; None for a tolerated status.

        Rate limits, 5xx, broken connections and errors carried on a 200 are retried a bounded number of times.
        Raises MisRefused (401, 403), MisUnavailable, MisAnswerUnreadable.
        """
        try:
            for attempt in stamina.retry_context(
                on=_pause, attempts=ATTEMPTS, timeout=None, wait_initial=1.0, wait_max=30.0
            ):
                with attempt:
                    return self._once(resource, path, parameters, read, tolerated)
        except AskAgain as failure:
            raise MisUnavailable(self._urn, resource, str(failure)) from None
        except Unreadable as fault:
            raise MisAnswerUnreadable(self._urn, resource, str(fault)) from None
        raise AssertionError

    def _once(
        self,
        resource: str,
        path: str,
        parameters: Mapping[str, str],
        read: Callable[[bytes], T],
        tolerated: frozenset[int],
    ) -> T | None:
        with self._counting:
            self.requests += 1
        try:
            response = self._http.get(path, params=parameters)
        except httpx.TransportError as failure:
            raise AskAgain(type(failure).__name__) from None
        status = response.status_code
        if status in tolerated:
            return None
        if status in _REFUSALS:
            raise MisRefused(self._urn, _REFUSALS[status].format(resource=resource))
        why = f"HTTP {status}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise AskAgain(why, _retry_after(response))
        if response.is_server_error:
            raise AskAgain(why)
        if response.is_redirect:
            why += ", a redirect, which is never followed: set the url that it leads to, if it is the school's own"
        if not response.is_success:
            raise Unreadable(why)
        return read(response.content)


def _version() -> str:
    try:
        return importlib.metadata.version("waybill")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "0"


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else RATE_LIMIT_SECONDS


def _pause(error: Exception) -> bool | float:
    if not isinstance(error, AskAgain):
        return False
    if error.pause is None:
        return True
    return error.pause if error.pause <= LONGEST_PAUSE_SECONDS else False
