"""Why a child is in a return or not: `waybill why-not UPN COLLECTION`.

Belongs here: parsing and presenting. What is true, and who may ask, is `pipelines.actions.why_not`.
"""

from collections.abc import Iterable
from typing import Annotated

import typer

from pipelines.actions import why_not as action
from pipelines.commands.asking import As, Json, context
from pipelines.screen import say, say_json

_LISTED = {
    "on_roll": "IN the return, on roll",
    "off_roll": "IN the return, no longer on roll",
    None: "NOT in the return",
}


def why_not(
    upn: Annotated[str, typer.Argument(help="The child's UPN.")],
    collection: Annotated[str, typer.Argument(help="A collection, such as 2026-autumn.")],
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say what put a child into a return or left them out, at each school you may ask of. The look-up is recorded."""
    found = action.why_not(context(actor), upn, collection)
    if as_json:
        say_json(found)
        return
    for one in found:
        say(f"{one.school} {one.name}, {one.period}, read at {one.read}", strong=True)
        say(_LISTED[one.section], 2)
        _say(one.conditions)
        say("What leaves:", 2)
        _say(one.agreements)


def _say(conditions: Iterable[action.Condition]) -> None:
    for condition in conditions:
        say(f"{'yes' if condition.holds else 'no ':<3}  {condition.asked}", 4)
        say(f"({condition.because})", 9)
