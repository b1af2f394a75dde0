"""What every command asks for: who is acting, which school, which waybill, the signer's key.

Belongs here: the options that commands share, the way from them to a `Context`, and writing a file that somebody asked
for. Not here: any command.
"""

import getpass
import os
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.key_files import read_private_key
from exports.signing import Role
from pipelines.actions.context import Context
from pipelines.clock import Clock, system_clock
from pipelines.installation import Installation
from pipelines.settings import Settings

ACTOR_VARIABLE = "WAYBILL_ACTOR"
PASSPHRASE_VARIABLE = "WAYBILL_PASSPHRASE"  # noqa: S105  a name, not a passphrase

the_clock: ContextVar[Clock] = ContextVar("clock", default=system_clock)

As = Annotated[str, typer.Option("--as", help=f"Your id in the approver register (or set {ACTOR_VARIABLE}).")]
Json = Annotated[bool, typer.Option("--json", help="Print data instead of text.")]
Capacity = Annotated[Role, typer.Option("--role", help="In what capacity you sign.")]
Key = Annotated[Path, typer.Option(help="Your encrypted private key.", exists=True, dir_okay=False)]
School = Annotated[str, typer.Argument(help="URN of the school.")]
Period = Annotated[str, typer.Argument(help="A collection (2026-autumn) or a feed's period (2026-10-01).")]
Waybill = Annotated[str, typer.Argument(help="The waybill's hash, or how it begins; waybill status lists them.")]
Withheld = Annotated[
    bool, typer.Option("--include-withheld", help="Also what an exemption keeps from the family (DPO).")
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


def installation() -> Installation:
    """The installation that the environment points at."""
    return Installation.open(Settings.from_environment(), the_clock.get())


def context(actor: str) -> Context:
    """The person acting: named with --as, else by the environment, else the user of this machine."""
    return Context(installation(), actor or os.environ.get(ACTOR_VARIABLE) or getpass.getuser())


def new_file(path: Path, data: str | bytes) -> None:
    """Write a file that does not exist yet, readable by its owner only."""
    if path.exists():
        message = f"{path} exists. Nothing was written; name a new file."
        raise typer.BadParameter(message)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


def private_key(path: Path) -> Ed25519PrivateKey:
    """The signer's key; its passphrase is asked for when the environment has none."""
    passphrase = os.environ.get(PASSPHRASE_VARIABLE) or typer.prompt("Passphrase", hide_input=True)
    return read_private_key(path.read_bytes(), passphrase)
