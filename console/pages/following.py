"""What waits for the other side: transfer files that nobody has collected or sent, and suppliers asked to delete.

Belongs here: `/transfers` and `/deletions`, and what a person says of one file in each. What each means, and who may,
is `pipelines.actions.chasing` and `deletions`; the file itself is `console.pages.deliveries`.
"""

from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, go
from exports.deletions import ReferenceUnfit
from pipelines.actions import chasing, deletions
from schemas.feeds.transfer_tables import OUTSIDE, UNKNOWN

MOST: Final = 100
"""How many of the latest requests a list with confirmed ones shows."""
_NO_SCHOOL: Final = {UNKNOWN: "not known", OUTSIDE: "no maintained school"}
"""What the marks mean that stand where no school's number can."""


def transfers(visit: Visit) -> Response:
    """Transfer files that wait at the visitor's schools, the first to fall due first."""
    return visit.page(
        "transfers.html", "Transfer files that wait", found=chasing.chase(visit.ctx), marks=_NO_SCHOOL,
        schools=visit.ctx.installation.trust.schools,
    )  # fmt: skip


def collected(visit: Visit) -> Response:
    """Record that the next school has collected a file."""
    chasing.collected(visit.ctx, visit.file.waybill)
    return go("/transfers", "recorded")


def asked(visit: Visit, fault: str = "", status: int = 200) -> Response:
    """What suppliers were asked to delete, the oldest first."""
    every, found = bool(visit.asked("all")), deletions.asked(visit.ctx)
    shown = [one for one in found.requests if every or one.confirmed is None]
    return visit.page(
        "deletions.html", "Deletions asked for", status=status, found=found, fault=fault, every=every, most=MOST,
        shown=shown[-MOST:] if every else shown, titles=visit.titles, schools=visit.ctx.installation.trust.schools,
        at=visit.file.waybill if fault else "", typed=visit.form.get("reference", ""),
    )  # fmt: skip


def confirmed(visit: Visit) -> Response:
    """Record that a supplier has confirmed a request."""
    try:
        deletions.confirm(visit.ctx, visit.file.waybill, forms.text(visit, "reference"))
    except ReferenceUnfit as refusal:
        return asked(visit, forms.sentence(refusal), 422)
    return go("/deletions", "recorded")
