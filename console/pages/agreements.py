"""Agreements as a data protection officer reads them, and what would change if one did.

Belongs here: the pages under `/agreements`. What is true of an agreement is `pipelines.actions.agreements`; its words
are those of the command line (`pipelines.screens.agreements`).
"""

from typing import Final

from starlette.responses import Response

from console.visit import Visit, download
from exports import dpia
from exports.agreement_changes import Comparison
from exports.records import load_records
from pipelines.actions import agreements
from pipelines.actions.agreements import DoesNotCompile
from pipelines.screens.agreements import parts

SOON: Final = 60
"""Days before its end from which on an agreement is shown as about to end."""


def listed(visit: Visit) -> Response:
    """Every agreement: in force, about to end, ended, or with its faults."""
    trust, today = visit.ctx.installation.trust, visit.ctx.installation.today()
    return visit.page(
        "agreements.html", "Agreements", agreements=trust.agreements, today=today, soon=SOON, notice=trust.notice
    )


def show(visit: Visit) -> Response:
    """One agreement."""
    here, name = visit.ctx.installation, visit.path("agreement")
    page = agreements.show(here.trust, name, here.today())
    others = [one.id for one in here.trust.agreements if one.agreement is not None and one.id != name]
    return visit.page("agreement.html", "Agreement", found=page, parts=parts(page), others=others, soon=SOON)


def compare(visit: Visit) -> Response:
    """What another agreement lets leave that this one does not."""
    trust, name, other = visit.ctx.installation.trust, visit.path("agreement"), visit.asked("with")
    return _compared(visit, name, other, agreements.diff(trust, name, other))


def propose(visit: Visit) -> Response:
    """What would newly leave if a text took this agreement's place; nothing of the text is kept."""
    name, text = visit.path("agreement"), visit.form.get("text", "")
    try:
        found = agreements.proposed(visit.ctx.installation.trust, name, text)
    except DoesNotCompile as refusal:
        return visit.page(
            "agreement_text.html", "A proposed text", name=name, text=text, fault=str(refusal), status=422
        )
    return _compared(visit, name, "the proposed text", found)


def text(visit: Visit) -> Response:
    """The agreement's text, to be changed and compared."""
    trust, name = visit.ctx.installation.trust, visit.path("agreement")
    agreements.show(trust, name, visit.ctx.installation.today())
    words = (trust.folder / "agreements" / f"{name}.yaml").read_text(encoding="utf-8")
    return visit.page("agreement_text.html", "A proposed text", name=name, text=words, fault="")


def assessment(visit: Visit) -> Response:
    """The facts with which an impact assessment of the agreement begins, as a text to go on writing."""
    name = visit.path("agreement")
    written = dpia.dpia(load_records(visit.ctx.installation.trust.folder), name)
    return download(written.encode(), f"dpia-{name}.md", "text/markdown; charset=utf-8")


def _compared(visit: Visit, name: str, other: str, found: Comparison) -> Response:
    return visit.page("agreement_compared.html", "Two versions compared", name=name, other=other, found=found)
