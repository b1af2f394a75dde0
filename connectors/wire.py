"""One request to one school's MIS over HTTP: let in, answered, retried, refused, and no longer than allowed.

Belongs here: what every connector that speaks HTTP shares. What is asked for, and what a body means, is the
connector's: the `read` function given with the request. The secret goes to the configured host and nowhere else: no
redirect is followed, no link of an answer is opened.
"""

import importlib.metadata
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import stamina

from connectors.limits import Deadline, slots_of
from connectors.mis import MisAnswerUnreadable, MisRefused, MisSettings, MisUnavailable

T = TypeVar("T")

_LONGEST_BACK_OFF_SECONDS: Final = 30.0
_ADDRESSES: Final = 256
REFUSED_AT_ONCE: Final = 3
"""Refusals in a row after which this application is not let in at all, and nothing more is asked."""

_REFUSALS: Final[Mapping[int, str]] = {
    401: "the MIS no longer accepts this application and secret; ask the school whether it is still approved",
    403: "the MIS does not let this application read {resource}; ask the school to grant it",
}


class Unreadable(Exception):  # noqa: N818  becomes a refusal that names the school
    """A body is not what the API promises; the text names no value of it."""


class AskAgain(Exception):  # noqa: N818  caught by the retry below
    """A failure that may pass.

    Args:
        why: without a value.
        pause: seconds that the server wants to be left alone; None = our own back-off.
        garbled: the answer came and could not be read: when it stays so, the vendor is to be asked, not the network.

    """

    def __init__(self, why: str, pause: float | None = None, *, garbled: bool = False) -> None:
        super().__init__(why)
        self.pause = pause
        self.garbled = garbled


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask.

    Attributes:
        resource: what to call it in a message and in progress.
        path: from the root of the host.
        parameters: of the query string.
        body: sent as JSON by POST; None = a GET.
        tolerated: statuses that are answers too.

    """

    resource: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    tolerated: frozenset[int] = frozenset()


class Wire:
    """Authenticated requests to one school's MIS, at most so many in flight as its limits allow.

    Args:
        settings: where it is, and the limits.
        auth: how it lets us in.
        headers: beside our own.
        circuit: refusals in a row after which nothing more is asked. A probe, which looks for refusals, has no such
            number for lists (403); one refusal of the secret (401) ends it.

    """

    def __init__(
        self,
        settings: MisSettings,
        auth: httpx.Auth,
        headers: Mapping[str, str] | None = None,
        *,
        circuit: int | None = REFUSED_AT_ONCE,
    ) -> None:
        self._urn, self._limits = settings.urn, settings.limits
        self._deadline = Deadline(settings.limits.total_seconds)
        self._slots = slots_of(urlsplit(settings.url).netloc, settings.limits.host_at_once, settings.slots)
        self._places = threading.BoundedSemaphore(settings.limits.at_once)
        self._counting = threading.Lock()
        self._refused, self._circuit = 0, circuit
        self.requests = 0
        self._http = httpx.Client(
            base_url=settings.url,
            auth=auth,
            verify=_trusted(),
            headers={"accept": "application/json", "user-agent": f"Waybill/{_version()}", **(headers or {})},
            limits=httpx.Limits(
                max_connections=settings.limits.at_once, max_keepalive_connections=settings.limits.at_once
            ),
            follow_redirects=False,
            trust_env=urlsplit(settings.url).scheme == "https",
        )
        self._address = lru_cache(_ADDRESSES)(lambda path: self._http.build_request("GET", path).url)

    def __enter__(self) -> Self:
        """Return the wire; its connections close with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, ask: Ask, read: Callable[[bytes], T]) -> T | None:
        """Return what `read` makes of the answer; None for a tolerated status.

        Rate limits, 5xx, broken connections, half answers and errors carried on a 200 are asked again, a bounded number
        of times with a jittered and capped back-off. Raises MisRefused (401, 403), MisUnavailable, MisAnswerUnreadable.
        """
        try:
            for attempt in stamina.retry_context(
                on=self._pause,
                attempts=self._limits.attempts,
                timeout=None,
                wait_initial=1.0,
                wait_max=_LONGEST_BACK_OFF_SECONDS,
            ):
                with attempt:
                    return self._once(ask, read)
        except AskAgain as failure:
            if failure.garbled:
                raise MisAnswerUnreadable(self._urn, ask.resource, str(failure)) from None
            raise MisUnavailable(self._urn, ask.resource, str(failure)) from None
        except Unreadable as fault:
            raise MisAnswerUnreadable(self._urn, ask.resource, str(fault)) from None
        raise AssertionError

    def _once(self, ask: Ask, read: Callable[[bytes], T]) -> T | None:
        with self._places, self._slots.held(self._deadline) as free:
            self._refuse_if_closed(ask.resource, free=free)
            status, headers, body = self._answer(ask)
        if status in ask.tolerated:
            return None
        self._let_in(ask.resource, status)
        why = f"HTTP {status}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise AskAgain(why, self._retry_after(headers))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise AskAgain(why)
        if httpx.codes.is_redirect(status):
            why += ", a redirect, which is never followed: set the url that it leads to, if it is the school's own"
        if not httpx.codes.is_success(status):
            raise Unreadable(why)
        return read(body)

    def _answer(self, ask: Ask) -> tuple[int, httpx.Headers, bytes]:
        """Send one request and take its whole answer, within the deadline however slowly it comes."""
        limits, answer = self._limits, Deadline(self._limits.answer_seconds)
        with self._counting:
            self.requests += 1
        method = "GET" if ask.body is None else "POST"
        read = min(limits.read_seconds, max(self._deadline.left, 0.001))
        patience = httpx.Timeout(read, connect=min(limits.connect_seconds, read), pool=None)
        pieces, size = [], 0
        try:
            with self._http.stream(
                method, self._address(ask.path), params=ask.parameters or None, json=ask.body, timeout=patience
            ) as response:
                for piece in response.iter_bytes():
                    pieces.append(piece)
                    size += len(piece)
                    if size > limits.largest_answer:
                        message = f"larger than {limits.largest_answer:,} bytes"
                        raise Unreadable(message)
                    if not (answer.left and self._deadline.left):
                        message = "it came too slowly"
                        raise AskAgain(message)
                return response.status_code, response.headers, b"".join(pieces)
        except (httpx.TransportError, httpx.DecodingError) as failure:
            raise AskAgain(type(failure).__name__) from None

    def _refuse_if_closed(self, resource: str, *, free: bool) -> None:
        if self._circuit is not None and self._refused >= self._circuit:
            raise MisRefused(self._urn, _REFUSALS[401], everything=True)
        if not free or not self._deadline.left:
            why = f"not done within {self._deadline.seconds:.0f} seconds"
            raise MisUnavailable(self._urn, resource, why)

    def _let_in(self, resource: str, status: int) -> None:
        """Count refusals in a row, and refuse. A secret that was refused is asked with no more than twice again."""
        with self._counting:
            self._refused = self._refused + 1 if status in _REFUSALS else 0
        if status in _REFUSALS:
            what = _REFUSALS[status].format(resource=resource)
            raise MisRefused(self._urn, what, everything=status == httpx.codes.UNAUTHORIZED)

    def _retry_after(self, headers: httpx.Headers) -> float:
        text = headers.get("retry-after", "")
        return float(text) if text.isdecimal() else self._limits.rate_limit_seconds

    def _pause(self, error: Exception) -> bool | float:
        if not isinstance(error, AskAgain):
            return False
        if error.pause is None:
            return self._deadline.left > 0
        longest = min(self._limits.longest_pause_seconds, self._deadline.left)
        return error.pause if error.pause <= longest else False


@cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities that this machine trusts; read once, since reading them costs more than a request."""
    return httpx.create_ssl_context()


@cache
def _version() -> str:
    try:
        return importlib.metadata.version("waybill")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "0"
