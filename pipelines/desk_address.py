"""The address of a trust's desk, as `desk.toml` of its trust folder says it.

Belongs here: reading that file, and refusing an address that would carry people's names in the clear. What answers at
the address is `console`; that the pages of Dagster lead there is `assets.desk`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pipelines.trust import TrustFolderFault

FILE: Final = "desk.toml"
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


def desk_origin(folder: Path) -> str | None:
    """Where a trust's desk is reached; None for a trust that has none. Raises TrustFolderFault."""
    return read_address(folder).origin if (folder / FILE).exists() else None


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
