"""Backups: `waybill backup`, `waybill restore`, and the drill that measures how long a restore takes.

Belongs here: parsing and presenting. What a backup is, is `pipelines.backup`. Neither needs a role: whoever runs them
has the files in hand, and reads nothing of them.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipelines.backup import Restored, back_up
from pipelines.backup import restore as put_back
from pipelines.commands.asking import Json, installation, the_clock
from pipelines.screen import say, say_json
from pipelines.settings import Settings
from schemas.wording import counted

Backup = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder that waybill backup wrote.")]
KeysFrom = Annotated[Path, typer.Option("--keys-from", exists=True, file_okay=False, help="The folder of the keys.")]


def backup(
    to: Annotated[Path, typer.Option("--to", help="A new folder for ledger, vault and pupil keys (wrapped).")],
    keys_to: Annotated[
        Path | None, typer.Option("--keys-to", help="A new folder elsewhere for the keys that open the rest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy everything that is kept, while others work, and verify the ledger of the copy."""
    taken = back_up(installation(), to.resolve(), keys_to and keys_to.resolve())
    if as_json:
        say_json(taken)
        return
    say(
        f"{counted(taken.events, 'event')}, {counted(taken.artefacts, 'sealed artefact')}, {taken.bytes} "
        f"bytes in {taken.seconds:.1f} s"
    )
    say(f"Written: {to}. Verify it anywhere with: python -m ledger.verify {to}/ledger.sqlite")
    if keys_to is None:
        say("WITHOUT THE KEYS: keep a copy of the keys folder elsewhere, or nothing of this can ever be opened.")


def restore(
    backup: Backup,
    keys_from: KeysFrom,
    drill: Annotated[
        bool, typer.Option("--drill", help="Restore into a temporary folder, measure, and remove it again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an installation of a backup in WAYBILL_HOME, which must be empty, and see whether anything is missing."""
    settings = Settings.from_environment()
    if drill:
        with tempfile.TemporaryDirectory(prefix="waybill-drill-") as folder:
            place = Settings(Path(folder) / "home", settings.trust)
            found = put_back(place, backup, keys_from, the_clock.get(), drill=True)
    else:
        found = put_back(settings, backup, keys_from, the_clock.get())
    if as_json:
        say_json(found)
    else:
        _say(found, drill=drill)


def _say(found: Restored, *, drill: bool) -> None:
    say(
        f"{'Drill: restored' if drill else 'Restored'} in {found.seconds:.1f} s: "
        f"{counted(found.events, 'event')}, each verified."
    )
    say(f"{found.opened} of the newest waybills opened with these keys.")
    if found.behind:
        say(
            f"BEHIND: the head lodged outside knows {counted(found.behind, 'event')} that this backup does "
            "not. Nothing is sent "
            "until a person has found out what left since: ask the recipients, or find a newer backup.",
            strong=True,
        )
    else:
        say("It continues the head lodged outside: nothing is missing.")
