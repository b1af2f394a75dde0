"""Lineage for other programs: `waybill lineage`.

Belongs here: parsing and presenting. What is handed over, and who may, is `pipelines.actions.exporting`.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.asking import As, context
from pipelines.screen import say
from pipelines.settings import secret
from schemas.wording import counted


def lineage(
    to: Annotated[Path | None, typer.Option("--to", help="Append to a file, one event a line.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Post to an OpenLineage endpoint, such as Marquez.")] = None,
    key_ref: Annotated[str | None, typer.Option("--key-ref", help="Its API key: env:NAME or file:NAME.")] = None,
    since: Annotated[int, typer.Option("--since", help="Only what came after this event of the ledger.")] = 0,
    actor: As = "",
) -> None:
    """Export what left, under which agreement and notice, as OpenLineage run events. No pupil is in them."""
    from exports.open_lineage import to_file, to_http  # noqa: PLC0415  the client takes its time to load, and only this needs it
    from pipelines.actions import exporting  # noqa: PLC0415  as above

    if (to is None) == (url is None):
        message = "give a file (--to) or an endpoint (--url)"
        raise typer.BadParameter(message)
    ctx = context(actor)
    key = secret(key_ref, ctx.installation.settings) if key_ref else None
    hand = to_http(url, key) if url is not None else to_file(Path(str(to)))
    count, last = exporting.lineage(ctx, hand, since)
    say(f"Handed over: {counted(count, 'run event')}. Next time: --since {last}")
