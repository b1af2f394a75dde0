"""Where things are: the state folder and the trust folder, from the environment, read once.

Belongs here: paths and secrets by reference. Nothing here can be given by run config, tags or the Dagster UI.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.refusal import Refusal

HOME_VARIABLE = "WAYBILL_HOME"
TRUST_VARIABLE = "WAYBILL_TRUST"
_PROJECT = Path(__file__).resolve().parent.parent


class SecretMissing(Refusal):
    """A secret's reference leads nowhere, or to a file that others can read."""

    code = "secret_missing"


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders of one installation.

    Attributes:
        home: state: vault, ledger, keys, Dagster's own folder. Not in version control.
        trust: the deployment as data: trust.toml, notice.md, agreements/, calendar.csv.

    """

    home: Path
    trust: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read WAYBILL_HOME (default `.waybill`) and WAYBILL_TRUST (default the demo trust)."""
        values = os.environ if environment is None else environment
        home = Path(values.get(HOME_VARIABLE, str(_PROJECT / ".waybill")))
        trust = Path(values.get(TRUST_VARIABLE, str(_PROJECT / "trusts" / "demo")))
        return cls(home.resolve(), trust.resolve())

    @property
    def vault(self) -> Path:
        """Sealed artefacts."""
        return self.home / "vault"

    @property
    def ledger(self) -> Path:
        """The record."""
        return self.home / "ledger.sqlite"

    @property
    def pupil_keys(self) -> Path:
        """The per-pupil keys, in a database of their own."""
        return self.home / "pupil-keys.sqlite"

    @property
    def keys(self) -> Path:
        """The service account's keys; every file 0600."""
        return self.home / "keys"

    @property
    def lodged(self) -> Path:
        """Where the ledger's head is lodged when trust.toml names no folder; a real trust names one elsewhere."""
        return self.home / "lodged"

    @property
    def desk(self) -> Path:
        """The desk's own database: passkeys, invitations and sessions; nothing of a pupil."""
        return self.home / "desk.sqlite"

    @property
    def on_the_day(self) -> Path:
        """What schools fill in for a collection: on-the-day files and school files."""
        return self.home / "on-the-day"

    @property
    def handed_over(self) -> Path:
        """What a person sends, in a folder for each agreement or case, until the other side has confirmed it."""
        return self.home / "handed-over"

    @property
    def alerts(self) -> Path:
        """What each route of alerts.toml has been told."""
        return self.home / "alerts.json"

    def on_the_day_file(self, urn: str, collection: str) -> Path:
        """What a school says of single pupils, by UPN."""
        return self.on_the_day / f"{urn}-{collection}.csv"

    def school_file(self, urn: str, collection: str) -> Path:
        """What a school says of itself."""
        return self.on_the_day / f"{urn}-{collection}.toml"

    @property
    def notes(self) -> Path:
        """What has been read of a MIS so far, sealed, until the reading is whole."""
        return self.home / "reading"

    @property
    def bases(self) -> Path:
        """What dry runs have read of a MIS, sealed, for the next to build on."""
        return self.home / "read-before"

    @property
    def slots(self) -> Path:
        """Which process holds which place at a MIS."""
        return self.home / "mis-slots"

    @property
    def inbox(self) -> Path:
        """Where a MIS that is no server puts its files: a folder for each school."""
        return self.home / "inbox"

    @property
    def dagster(self) -> Path:
        """Dagster's own folder."""
        return self.home / "dagster"


def secret(reference: str, settings: Settings) -> str:
    """Resolve `env:NAME`, `file:NAME` (in the keys folder, mode 0600) or `keyring:SERVICE/NAME` to its value.

    Raises SecretMissing, naming the reference and never the value.
    """
    kind, _, name = reference.partition(":")
    found = None
    if kind == "env":
        found = os.environ.get(name)
    elif kind == "file":
        found = private_file(_outside(settings.keys / name, settings.trust)).read_text(encoding="utf-8").strip()
    elif kind == "keyring":
        found = _from_keyring(*name.split("/", 1))
    if found:
        return found
    message = (
        f"The secret {reference!r} is not set. Use env:NAME with the variable set, file:NAME in {settings.keys}, or "
        "keyring:SERVICE/NAME with an entry in the service account's keyring."
    )
    raise SecretMissing(message)


def _from_keyring(service: str, name: str) -> str | None:
    """Return what the operating system's keyring holds; None when it holds nothing, or there is no keyring."""
    import keyring  # noqa: PLC0415  it looks for keyrings when it is imported, and few installations have one

    try:
        return keyring.get_password(service, name)
    except keyring.errors.KeyringError:
        return None


def _outside(path: Path, trust: Path) -> Path:
    """Return the path of a secret; a trust folder is read by many and kept in version control."""
    if path.resolve().is_relative_to(trust):
        message = (
            f"{path.name} lies in the trust folder, where no secret may lie. Move it, and replace it: it was seen."
        )
        raise SecretMissing(message)
    return path


def private_file(path: Path) -> Path:
    """Return `path` if it exists and only its owner can read it."""
    if not path.is_file():
        message = f"{path} does not exist. Put the secret there with mode 0600."
        raise SecretMissing(message)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"{path} can be read by others. Run: chmod 600 {path}"
        raise SecretMissing(message)
    return path
