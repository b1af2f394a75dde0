"""Pupils who must be protected: `waybill protect add|remove|list|confirm|decide`.

Belongs here: parsing and presenting. Who may, and what is kept, is `pipelines.actions.protecting` and
`pipelines.actions.deciding`.
"""

import datetime as dt
from typing import Annotated

import typer

from exports.protection import MEANINGS, Flag
from exports.protection_log import RULINGS, Ruling
from exports.vocabularies import EFFECTS
from pipelines.actions import deciding, protecting
from pipelines.actions.protecting import Entry
from pipelines.commands.asking import As, Json, School, context
from pipelines.screen import say, say_json
from schemas.wording import counted

protect = typer.Typer(
    no_args_is_help=True,
    help="The protection register: safe addresses, court orders, restrictions, objections, consents, declined items "
    "and records that must never be joined (safeguarding lead, head, DPO).",
)

_KINDS = "; ".join(f"{flag}: {meaning}" for flag, meaning in MEANINGS.items())

Pupil = Annotated[str | None, typer.Option("--pupil", help="The record's id in the MIS.")]
Upn = Annotated[str | None, typer.Option("--upn", help="The record's present UPN.")]
Kind = Annotated[Flag, typer.Option("--kind", help=_KINDS)]
About = Annotated[
    str | None,
    typer.Option("--about", help="The consent purpose, the item declined, or the purpose or agreement objected to."),
]
Review = Annotated[
    dt.datetime | None, typer.Option("--review", formats=["%Y-%m-%d"], help="Day by which it is looked at again.")
]
Why = Annotated[str, typer.Option("--why", help="The reason, in your own words; it is sealed.")]
Ahead = Annotated[list[Flag] | None, typer.Option("--kind", help="Decide on this kind before a file is held for it.")]


@protect.command("add")
def protect_add(
    school: School, pupil: Pupil = None, upn: Upn = None, kind: Kind = Flag.IDENTITY_SEPARATED, about: About = None,
    review: Review = None, actor: As = "",
) -> None:  # fmt: skip
    """Enter a record, by the pupil's id in the MIS, best with the present UPN beside it."""
    _named(pupil, upn)
    entry = Entry(school, pupil, upn, kind, about, review and review.date())
    done = protecting.protect(context(actor), entry)
    if not done.changed:
        say("The register says so already. Nothing was changed.")
        return
    say(f"Entered: {MEANINGS[kind]}. The ledger says that you changed the register, not for whom.")
    if kind is Flag.IDENTITY_SEPARATED and upn is None:
        say("A trace of its present UPN may show older files of the record until the next preparation; give --upn too.")
    _say_holders(done.holders)
    for agreement_id, effect, why in done.effects:
        say(f"{agreement_id}: {EFFECTS[effect]}{f' ({why})' if why else ''}")
    if done.recalled:
        say(f"{done.recalled} recipients were told on that consent: waybill rights duties", strong=True)
    for agreement, urn, period in done.void:
        say(
            f"No longer to be sent as it is: {agreement}, school {urn}, {period}. Prepare it again, and have it signed."
        )


@protect.command("remove")
def protect_remove(
    school: School, pupil: Pupil = None, upn: Upn = None, kind: Kind = Flag.IDENTITY_SEPARATED, about: About = None,
    actor: As = "",
) -> None:  # fmt: skip
    """Take a record out of the register, named as it was put in."""
    _named(pupil, upn)
    removed = protecting.unprotect(context(actor), Entry(school, pupil, upn, kind, about))
    say("Taken out." if removed else "The register has no record put in so. See: waybill protect list")


@protect.command("list")
def protect_list(actor: As = "", as_json: Json = False) -> None:
    """List the records of your schools. That you looked is recorded."""
    ctx = context(actor)
    records = protecting.protected(ctx)
    if as_json:
        say_json(records)
        return
    for one in records:
        late = ", REVIEW OVERDUE" if deciding.is_overdue(ctx, one) else ""
        review = f", review by {one.review}" if one.review else ""
        about = f" ({one.about})" if one.about else ""
        say(
            f"{one.urn}  {one.flag}{about}: pupil {one.pupil_id or '-'}, UPN {one.upn or '-'}, by {one.by} on "
            f"{one.since:%Y-%m-%d}{review}{late}"
        )
    say(f"Records: {len(records)}.")


@protect.command("confirm")
def protect_confirm(
    school: Annotated[str | None, typer.Argument(help="URN of one school; otherwise all of yours.")] = None,
    actor: As = "",
) -> None:
    """Confirm that you have gone through the register for this term. Without it no address or contact leaves."""
    done = deciding.confirm(context(actor), school)
    say(f"Confirmed for {done.term}: {', '.join(done.schools)}; {counted(done.records, 'record')}.")
    if done.overdue:
        say(f"Reviews overdue: {done.overdue}. See: waybill protect list", strong=True)
    say("Files prepared before now were held for this: prepare them again.")


@protect.command("decide")
def protect_decide(
    agreement: Annotated[str, typer.Argument(help="Id of the agreement whose file is held.")],
    school: School,
    pupil: Annotated[str, typer.Argument(help="The pupil's id in the MIS; waybill findings lists who is held.")],
    ruling: Annotated[Ruling, typer.Argument(help="; ".join(f"{name}: {told}" for name, told in RULINGS.items()))],
    why: Why,
    kind: Ahead = None,
    actor: As = "",
) -> None:
    """Decide what becomes of a protected pupil in a file that is held for them."""
    decided = deciding.decide(
        context(actor), agreement, school, [pupil], ruling, why, [one.value for one in kind or ()]
    )
    say(f"Decided on {', '.join(sorted(decided[pupil]))}: {RULINGS[ruling]}. It stands until a new flag comes.")
    say("Next: prepare the file again, and have it signed.")


def _say_holders(holders: tuple[protecting.Holder, ...]) -> None:
    for one in holders:
        say(
            f"{one.recipient} has {one.fields} addresses or contacts of the pupil since {one.at:%d %B %Y}, from "
            f"{one.agreement}, {one.period}. Ask them to act on it.",
            strong=True,
        )


def _named(pupil: str | None, upn: str | None) -> None:
    if pupil is None and upn is None:
        message = "name the record with --pupil, --upn or both"
        raise typer.BadParameter(message)
