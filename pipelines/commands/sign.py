"""Reading and signing what would leave: `waybill show`, `sign`, `revoke` and `override`.

Belongs here: parsing, asking the reader to name what they have read, and presenting. Who may sign, and what a signature
does, is `pipelines.actions.signing`.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from pipelines.actions import overriding, signing
from pipelines.actions.signing import Signed, Statements
from pipelines.commands.asking import As, Capacity, Json, Key, Waybill, context, private_key
from pipelines.screen import SHOWN_HASH, say, say_json
from pipelines.screens.statements import say_statements
from schemas.wording import counted

_NAME_IT = "Type the first eight characters of the waybill to sign it"
Waybills = Annotated[
    list[str] | None, typer.Argument(help="Each waybill's hash, or how it begins; waybill status lists them.")
]


def show(waybill: Waybill, actor: As = "", as_json: Json = False) -> None:
    """Show one page: what a waybill would let leave, to whom and why, and what is new since the last file."""
    statements = signing.show(context(actor), waybill)
    if as_json:
        say_json(statements)
    else:
        say_statements(statements)


def sign(
    role: Capacity,
    key: Key,
    waybills: Waybills = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="All that wait for you in this role.")] = False,
    named: Annotated[
        list[str] | None, typer.Option("--named", help="First eight characters of a waybill; again for each, in order.")
    ] = None,
    actor: As = "",
) -> None:
    """Show each waybill, ask you to name it, and sign them: one statement for each, one passphrase for all."""
    ctx = context(actor)
    wanted = list(waybills or []) or (list(signing.waiting(ctx, role)) if waiting else [])
    if not wanted and not waiting:
        message = "name at least one waybill, or say --waiting"
        raise typer.BadParameter(message)
    if named is not None and len(named) != len(wanted):
        message = (
            f"{counted(len(wanted), 'waybill')} and {counted(len(named), 'name')}: give --named once for each, "
            "in the same order"
        )
        raise typer.BadParameter(message)
    pages = [signing.show(ctx, waybill) for waybill in wanted]
    read = [(page, _typed(page, number, len(pages), named)) for number, page in enumerate(pages)]
    chosen = [(page.waybill, typed) for page, typed in read if typed]
    signed = signing.sign_several(ctx, chosen, role, private_key(key)) if chosen else ()
    for one in signed:
        _say_signed(one, role)
    left = len(pages) - len(chosen)
    if len(pages) != 1:
        done = sum(one.refused is None for one in signed)
        say(f"Signed: {done} of {len(pages)}.{f' Left for another time: {left}.' if left else ''}")
    _end(signed)


def revoke(waybill: Waybill, role: Capacity, key: Key, actor: As = "") -> None:
    """Call a waybill off before it is sent. It cannot be undone; prepare again to send."""
    signing.revoke(context(actor), waybill, role, private_key(key))
    say("Called off. Nothing was sent.")


def override(
    waybill: Waybill,
    role: Capacity,
    key: Key,
    reason: Annotated[str, typer.Option(prompt=True)],
    reference: Annotated[str, typer.Option(prompt="The helpdesk's reference")],
    named: Annotated[str, typer.Option(prompt="Type the first eight characters of the waybill")],
    actor: As = "",
) -> None:
    """Let blocking errors stand. The head and the data manager must both sign the same reason and reference."""
    ctx = context(actor)
    overriding.override(ctx, waybill, role, private_key(key), reason=reason, reference=reference, named=named)
    say("Recorded. It counts when both the head and the data manager have signed it; the release is signed apart.")


def _typed(page: Statements, number: int, of: int, named: Sequence[str] | None) -> str:
    """Show a page and return what the reader types to name it; of several, nothing leaves this one for later."""
    if of > 1:
        say(f"--- {number + 1} of {of} ---")
    say_statements(page)
    if named is not None:
        return named[number]
    if of == 1:
        return str(typer.prompt(_NAME_IT))
    return str(typer.prompt(f"{_NAME_IT}, or press Enter to leave it", default="", show_default=False))


def _say_signed(one: Signed, role: str) -> None:
    told = one.waybill
    called = f"Waybill {told.sha256[:SHOWN_HASH]}"
    if one.refused is not None:
        say(f"{called}: NOT SIGNED. {one.refused}", strong=True)
    elif one.missing:
        say(f"{called}: signed as {role}.")
        say(f"Still to sign, each by another person: {', '.join(one.missing)}", 2)
    else:
        say(f"{called}: signed. Every signature is there: the daemon sends it, or you do now with:")
        say(f"waybill release {told.agreement} {told.school} {told.period}", 2)


def _end(signed: Sequence[Signed]) -> None:
    """End with the first refusal, when everything else is done."""
    for one in signed:
        if one.refused is not None:
            raise one.refused
