"""The trust's papers: the record of processing, the notice and whether it is kept, how long things are kept.

Belongs here: the pages under `/records`. What they say is `pipelines.actions.noticing` and `retaining`.
"""

from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, download, go
from exports.records import load_records
from pipelines.actions import noticing, retaining

AT_ONCE: Final = 50
"""How many overdue things a page names."""


def overview(visit: Visit) -> Response:
    """What there is."""
    return visit.page("records.html", "Records")


def ropa(visit: Visit) -> Response:
    """The record of Article 30(1), as of today."""
    found = visit.desk.kept("processing", lambda here: noticing.record_of_processing(here.trust.folder, here.today()))
    return visit.page("ropa.html", "Record of processing", found=found)


def notice(visit: Visit) -> Response:
    """The notice, what is to be said of its words, and what the trust does not keep of it."""
    found = visit.desk.kept("notice", lambda here: noticing.check_notice(here.trust.folder, here.today()))
    return visit.page("notice.html", "Privacy notice", found=found, notice=visit.ctx.installation.trust.notice)


def sheet(visit: Visit) -> Response:
    """What is asked of families, why, and who is told: a page to print and hand out."""
    from pipelines.reports import asked_page  # noqa: PLC0415  the templating library takes its time to load

    made = asked_page.html(load_records(visit.ctx.installation.trust.folder))
    return download(made.encode(), "what-we-ask-of-families.html", "text/html; charset=utf-8")


def retention(visit: Visit) -> Response:
    """How long each class is kept, and what somebody found last whose time is over, a page at a time."""
    passed = forms.count(visit.asked("from")) or 0
    look = visit.desk.scans.latest
    late = look.scan.overdue[passed : passed + AT_ONCE] if look else ()
    return visit.page(
        "retention.html", "Retention", rules=retaining.rules(visit.ctx), look=look, late=late, passed=passed,
        at_once=AT_ONCE,
    )  # fmt: skip


def look(visit: Visit) -> Response:
    """Look for what is still here whose time is over."""
    visit.desk.scans.look(visit.ctx)
    return go("/records/retention")
