"""One desk: the installation it stands in, the address people reach it by, and what it keeps between requests.

Belongs here: putting these together, and `desk.toml`, where a trust says at which address its desk is reached. The
trust folder is read again when a file of it has changed, so that a page never shows yesterday's agreement.
"""

import datetime as dt
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from console.ahead import Ahead
from console.rerun import Runs
from console.store import Store
from console.verifying import Verifications
from pipelines.actions.context import Context
from pipelines.installation import Installation
from pipelines.trust import TrustFolderFault, load_trust

FILE: Final = "desk.toml"
T = TypeVar("T")
_LOCAL: Final = frozenset({"localhost"})


@dataclass(frozen=True, slots=True)
class SignOn:
    """The trust's provider of single sign-on.

    Attributes:
        issuer: its address, https, as its tokens name it.
        secret: reference of the client's secret.
        claim: of the token, by which the trust knows an account.
        people: person id of the register by value of that claim.

    """

    issuer: str
    client_id: str
    secret: str
    claim: str
    people: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse a provider whose tokens anybody on the way could change."""
        _refuse_unsafe(self.issuer, "sign_on.issuer")


@dataclass(frozen=True, slots=True)
class Address:
    """How the desk is reached, and where it listens.

    Attributes:
        origin: as browsers see it, `https://desk.trust.example`; passkeys are bound to its host.
        host: where it listens, `port` on which.
        certificate: and `key`, files for TLS; None when a proxy in front ends TLS.
        sign_on: the trust's single sign-on; None where people have passkeys alone.

    """

    origin: str
    host: str = "127.0.0.1"
    port: int = 8400
    certificate: Path | None = None
    key: Path | None = None
    sign_on: SignOn | None = None

    def __post_init__(self) -> None:
        """Refuse what is not https, but for this machine itself."""
        _refuse_unsafe(self.origin, "origin")
        if urlsplit(self.origin).path:
            message = f"{FILE}: origin is https://HOST without a path, not {self.origin!r}"
            raise TrustFolderFault(message)

    @property
    def rp_id(self) -> str:
        """The host that passkeys are bound to."""
        return str(urlsplit(self.origin).hostname)


def read_address(folder: Path) -> Address:
    """Read `desk.toml` of a trust folder. Raises TrustFolderFault."""
    file = folder / FILE
    try:
        data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        return Address(
            origin=data["origin"],
            host=data.get("host", "127.0.0.1"),
            port=int(data.get("port", 8400)),
            certificate=Path(data["certificate"]) if "certificate" in data else None,
            key=Path(data["key"]) if "key" in data else None,
            sign_on=_sign_on(data["sign_on"]) if "sign_on" in data else None,
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError):
        message = f'{file} must say at least: origin = "https://HOST", the address people reach the desk by'
        raise TrustFolderFault(message) from None


def _sign_on(data: Mapping[str, Any]) -> SignOn:
    return SignOn(
        issuer=data["issuer"],
        client_id=data["client_id"],
        secret=data["secret"],
        claim=data.get("claim", "sub"),
        people=dict(data["people"]),
    )


def _refuse_unsafe(address: str, what: str) -> None:
    parts = urlsplit(address)
    trusted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not (trusted and parts.hostname) or parts.query:
        message = f"{FILE}: {what} is https://HOST (http for localhost alone), not {address!r}"
        raise TrustFolderFault(message)


@dataclass
class Desk:
    """What every page works on."""

    opened: Installation
    address: Address
    runs: Runs = field(default_factory=Runs)
    ahead: Ahead = field(default_factory=Ahead)
    verifications: Verifications = field(default_factory=Verifications)
    _stamp: tuple[int, int] = (0, 0)
    _kept: dict[tuple[str, dt.date], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def store(self) -> Store:
        """The desk's own database."""
        return Store(self.opened.settings.desk)

    def now(self) -> dt.datetime:
        """The moment, aware UTC."""
        return self.opened.now()

    def installation(self) -> Installation:
        """The installation, with the trust folder as it reads now."""
        with self._lock:
            stamp = _stamp(self.opened.settings.trust)
            if stamp != self._stamp:
                self.opened = replace(self.opened, trust=load_trust(self.opened.settings.trust))
                self._stamp = stamp
                self._kept.clear()
            return self.opened

    def kept(self, name: str, make: Callable[[Installation], T]) -> T:
        """What a page makes of the trust folder alone, kept until a file of it changes or the day is over."""
        here = self.installation()
        key = (name, here.today())
        if key not in self._kept:
            self._kept[key] = make(here)
        found: T = self._kept[key]
        return found

    def context(self, person: str) -> Context:
        """The trust as one person meets it."""
        return Context(self.installation(), person)


def _stamp(folder: Path) -> tuple[int, int]:
    """When a file of the folder was last written, and how many there are."""
    times = [path.stat().st_mtime_ns for path in folder.rglob("*")]
    return max(times, default=0), len(times)
