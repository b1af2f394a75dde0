"""Entries of the record that people go back to by number: of which school each is.

Belongs here: that one question, for requests of families, duties that follow from them, and complaints. What an entry
says, and who may read it, is each register's own.
"""

from typing import Final

from exports import complaints, duties, rights
from ledger.latest import numbered
from ledger.store import Event
from pipelines.actions.context import Context, NotNamed

_KINDS: Final = frozenset({rights.REQUEST, duties.DUTY, complaints.KIND})


def school_of(ctx: Context, number: int) -> str:
    """Return the school of an entry, of the request it follows from where there is one. Raises NotNamed."""
    event = _entry(ctx, number)
    if event.kind == duties.DUTY:
        event = _entry(ctx, int(str(event.body["request"])))
    return str(event.body["school"])


def _entry(ctx: Context, number: int) -> Event:
    event = numbered(ctx.installation.ledger, number)
    if event is None or event.kind not in _KINDS:
        message = f"there is no request, duty or complaint {number}"
        raise NotNamed(message)
    return event
