"""Standing releases: `waybill standing propose|show|sign|list|off`.

Belongs here: parsing and presenting. Who may do what, and what it means, is `pipelines.actions.standing`.
"""

import datetime as dt
import re
from typing import Annotated

import typer

from exports.envelope import Limits
from pipelines.actions import standing as verbs
from pipelines.commands.asking import As, Capacity, Json, Key, context, private_key
from pipelines.screen import say, say_json
from pipelines.screens.standing import say_standing, say_standings
from schemas.wording import counted

standing = typer.Typer(
    no_args_is_help=True,
    help="Routine files that leave without being signed one by one: two people sign limits and an end, once.",
)

Which = Annotated[str, typer.Argument(help="Its hash, or how it begins; waybill standing list shows them.")]


@standing.command("propose")
def standing_propose(  # noqa: PLR0913, PLR0917  one option for each limit
    agreement: Annotated[str, typer.Argument(help="Id of the agreement.")],
    ends: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day, within twelve months.")],
    pupils: Annotated[str, typer.Option(help="Fewest and most pupils in a file, such as 280-340.")],
    joined: Annotated[int, typer.Option(min=0, help="Most pupils who were not in the last file.")] = 0,
    gone: Annotated[int, typer.Option(min=0, help="Most pupils of the last file who are no longer in it.")] = 0,
    changed: Annotated[int, typer.Option(min=0, help="Most values that changed since the last file.")] = 0,
    errors: Annotated[int, typer.Option(min=0, help="Most errors that do not block, each explained.")] = 0,
    queries: Annotated[int, typer.Option(min=0, help="Most queries, each explained.")] = 0,
    school: Annotated[
        list[str] | None, typer.Option(help="URN; again for each. All that the agreement covers.")
    ] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Write down what a standing release of an agreement would allow. It allows nothing until people have signed it."""
    least, most = _range(pupils)
    limits = Limits(least, most, joined, gone, changed, errors, queries)
    page = verbs.propose(context(actor), agreement, school or [], ends.date(), limits)
    if as_json:
        say_json(page)
        return
    say_standing(page)
    say(f"Next: {' and '.join(page.standing.signing)} each run")
    say(f"waybill standing sign {page.standing.sha256[:12]} --role ROLE --key KEYFILE", 2)


@standing.command("show")
def standing_show(which: Which, actor: As = "", as_json: Json = False) -> None:
    """Show the page that is signed, who has signed it, and what has left under it."""
    page = verbs.page(context(actor), which)
    if as_json:
        say_json(page)
    else:
        say_standing(page)


@standing.command("sign")
def standing_sign(
    which: Which,
    role: Capacity,
    key: Key,
    named: Annotated[str | None, typer.Option("--named", help="First eight characters of its hash.")] = None,
    actor: As = "",
) -> None:
    """Show a standing release, ask you to name it, and sign it."""
    ctx = context(actor)
    page = verbs.page(ctx, which)
    say_standing(page)
    typed = named if named is not None else typer.prompt("Type the first eight characters of its hash to sign it")
    signed = verbs.sign_it(ctx, page.standing.sha256, role, private_key(key), typed)
    if signed.holds:
        say("Signed. It holds from now on: files inside it leave without a signature of their own.")
    else:
        say(f"Signed as {role}. It lets nothing leave before every role has signed.")


@standing.command("list")
def standing_list(actor: As = "", as_json: Json = False) -> None:
    """List the standing releases of your schools: which hold, what left under each, and what waited for people."""
    pages = verbs.listed(context(actor))
    if as_json:
        say_json(pages)
    else:
        say_standings(pages)


@standing.command("off")
def standing_off(which: Which, actor: As = "") -> None:
    """Switch a standing release off, at once and for good. It needs no key; the record names you."""
    waiting = verbs.off(context(actor), which)
    say(f"Switched off. {counted(waiting, 'file')} that it had approved wait for signatures of their own again.")


def _range(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})-(\d{1,6})", text)
    if found is None:
        message = "write the fewest and the most pupils as 280-340"
        raise typer.BadParameter(message)
    return int(found[1]), int(found[2])
