"""Evidence packs: `waybill pack file|pupil|day ... --to PACK.zip`.

Belongs here: parsing and writing the file. What is in a pack is `exports.evidence`; who may make one,
`pipelines.actions.proving`.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from exports.evidence import SCRIPT
from pipelines.actions import proving
from pipelines.commands.asking import As, Waybill, Withheld, context, new_file
from pipelines.screen import say

pack = typer.Typer(
    no_args_is_help=True,
    help="Write proof of what left, to be checked offline by somebody who has neither the ledger nor this program.",
)

To = Annotated[Path, typer.Option("--to", help="The archive to write; a new file.")]


@pack.command()
def file(waybill: Waybill, to: To, actor: As = "") -> None:
    """Prove one file: waybill, grounds, signatures, sending, receipt, and their place in the ledger."""
    _write(proving.prove_file(context(actor), waybill), to)


@pack.command()
def pupil(
    upn: Annotated[str, typer.Argument(help="A UPN, present or former.")],
    to: To,
    include_withheld: Withheld = False,
    actor: As = "",
) -> None:
    """Prove every file that told of a pupil, and which fields each told; no value is in it."""
    _write(proving.prove_pupil(context(actor), upn, include_withheld=include_withheld), to)


@pack.command()
def day(
    on: Annotated[dt.datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day in England.")], to: To, actor: As = ""
) -> None:
    """Prove every file that left on a day."""
    _write(proving.prove_day(context(actor), on.date()), to)


def _write(data: bytes, to: Path) -> None:
    new_file(to, data)
    say(f"Written: {to}. It holds no value of a pupil; pupils are in it under random references.")
    say(f"Check it anywhere, with a {SCRIPT} that you trust: python3 {SCRIPT} {to} --key ledger-head.pub")
