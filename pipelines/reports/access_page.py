"""The disclosure part of an answer to an access request, as a page for a family: HTML for a browser, PDF for a letter.

Belongs here: how it looks and its connecting words. What it says is `exports.access_report`. The page carries its own
style and no script, and asks for nothing from any other machine.
"""

import datetime as dt
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from itertools import groupby
from typing import Any, Final
from xml.sax.saxutils import escape

from jinja2 import Environment, StrictUndefined, select_autoescape
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from exports.access_report import OBSERVED, PROVED, RECORDED, AccessReport, Telling, What, sentence
from schemas.wording import counted

HEADINGS: Final = (
    (PROVED, "Files that left and told of the pupil"),
    (RECORDED, "Told by letter, telephone or otherwise"),
    (OBSERVED, "Other ways in which data may go"),
)
OPENING: Final = (
    "This page lists who was told something about the pupil: which body, when, what, why, where the information came "
    "from and how long it is kept. It names kinds of information and not the information itself, and it names nobody "
    "else."
)
SHOWN_TIMES: Final = 8
_INK: Final = colors.HexColor("#1d2733")
_SOFT: Final = colors.HexColor("#55606c")
_RULE: Final = colors.HexColor("#d9dfe5")
_HEAD: Final = colors.HexColor("#eef2f5")
_KEPT: Final = (62 * mm, 62 * mm, 50 * mm)
_TOLD: Final = (78 * mm, 96 * mm)
_FACTS: Final = (34 * mm, 140 * mm)


def html(report: AccessReport) -> str:
    """Return the page for a browser."""
    source = resources.files("pipelines.reports").joinpath("access.html.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=select_autoescape(default=True))
    return environment.from_string(source).render(
        report=report,
        groups=list(_groups(report)),
        day=day,
        whens=whens,
        opening=OPENING,
        rights=rights,
        sentence=sentence,
    )


def pdf(report: AccessReport) -> bytes:
    """Return the same page as PDF, the same bytes for the same report."""
    made = io.BytesIO()
    page = SimpleDocTemplate(
        made, pagesize=A4, topMargin=16 * mm, bottomMargin=16 * mm, leftMargin=18 * mm, rightMargin=18 * mm,
        title=f"Who was told: request {report.request}", author=report.trust, invariant=1, lang="en-GB",
    )  # fmt: skip
    page.build(list(_story(report)), onFirstPage=_foot(report), onLaterPages=_foot(report))
    return made.getvalue()


def data(report: AccessReport) -> dict[str, Any]:
    """Return the same as data."""
    told = asdict(report)
    officer = told.pop("controller")["officer"]
    kept = [asdict(one) for one in report.controller.retention]
    whole: dict[str, Any] = json.loads(json.dumps(told | {"officer": officer, "retention": kept}, default=str))
    return whole


def day(when: dt.date) -> str:
    """Return a day as families write it."""
    return f"{when.day} {when:%B %Y}"


def rights(report: AccessReport) -> str:
    """Return what the family can do next."""
    officer = report.controller.officer
    return (
        "If something that was told is wrong, you can have it put right, and everybody who had it is told. You can "
        "also ask to have data erased or no longer used, and object to a use; the law sets limits to each. If you "
        f"are not content, write to {officer.name}, {officer.email}: a complaint is acknowledged within 30 days. You "
        "may also complain to the Information Commissioner: https://ico.org.uk/make-a-complaint/"
    )


def whens(one: Telling) -> str:
    """Return the times of telling: each, or first, last and number where there are many."""
    if len(one.times) > SHOWN_TIMES:
        return f"{counted(len(one.times), 'time')}, from {day(one.times[0].on)} to {day(one.times[-1].on)}"
    return "; ".join(f"{day(time.on)}: {time.state}" for time in one.times)


def _groups(report: AccessReport) -> Iterator[tuple[str, list[Telling]]]:
    for known, heading in HEADINGS:
        yield heading, [one for one in report.tellings if one.known == known]


def _story(report: AccessReport) -> Iterator[Any]:
    style = _styles()
    yield Paragraph("Who was told about the pupil", style["h1"])
    yield Paragraph(escape(_subtitle(report)), style["soft"])
    yield Paragraph(escape(OPENING), style["body"])
    for heading, tellings in _groups(report):
        if tellings:
            yield Paragraph(heading, style["h2"])
        for one in tellings:
            yield from _telling(one, style)
    if report.onward:
        yield Paragraph("The National Pupil Database", style["h2"])
        yield Paragraph(escape(report.onward), style["body"])
    yield Paragraph("How long the trust keeps it", style["h2"])
    kept = [(one.category, one.keep, one.source) for one in report.controller.retention]
    yield _table(("What", "How long", "Which rule says so"), kept, style, _KEPT)
    yield Paragraph("What this page can and cannot tell", style["h2"])
    yield from (Paragraph(escape(limit), style["body"]) for limit in report.limits)
    yield Paragraph("What you can do", style["h2"])
    yield Paragraph(escape(rights(report)), style["body"])


def _telling(one: Telling, style: dict[str, ParagraphStyle]) -> Iterator[Any]:
    yield Paragraph(escape(one.recipient), style["h3"])
    yield Paragraph(escape(f"{sentence(one.kind)}. {one.title}. From {one.school}."), style["soft"])
    facts = [
        ("When", whens(one)), ("Lawful basis", one.basis), ("Where it came from", one.source),
        ("How long they keep it", one.kept), ("How we know", one.known),
    ]  # fmt: skip
    rows = [[Paragraph(name, style["soft"]), Paragraph(escape(sentence(said)), style["cell"])] for name, said in facts]
    yield Table(rows, colWidths=_FACTS, style=[("VALIGN", (0, 0), (-1, -1), "TOP")])
    for notice, whats in groupby(sorted(one.what, key=_notice), key=_notice):
        yield Spacer(1, 2 * mm)
        yield Paragraph(f"<b>Privacy notice {escape(notice)}</b>", style["cell"])
        told = [("; ".join(what.items), f"{sentence(what.why)}. {what.law}".lstrip(". ")) for what in whats]
        yield _table(("What was told", "Why, and under which law"), told, style, _TOLD)
    yield Spacer(1, 3 * mm)


def _notice(what: What) -> str:
    return what.notice


def _table(
    head: tuple[str, ...], rows: Sequence[tuple[str, ...]], style: dict[str, ParagraphStyle], widths: tuple[float, ...]
) -> Table:
    cells = [[Paragraph(f"<b>{name}</b>", style["cell"]) for name in head]]
    cells += [[Paragraph(escape(text), style["cell"]) for text in row] for row in rows]
    return Table(
        cells, colWidths=widths, repeatRows=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, _RULE),
        ],
    )  # fmt: skip


def _subtitle(report: AccessReport) -> str:
    return (
        f"{report.trust}. Request {report.request}, received on {day(report.received)}. Made for {report.requester} "
        f"on {day(report.made_at)}."
    )


def _styles() -> dict[str, ParagraphStyle]:
    base = getSampleStyleSheet()["BodyText"]
    body = ParagraphStyle("body", parent=base, fontSize=10, leading=14, textColor=_INK)
    small = ParagraphStyle("cell", parent=body, fontSize=8.5, leading=11, spaceBefore=0, spaceAfter=0)
    head = ParagraphStyle("head", parent=body, fontName="Helvetica-Bold", keepWithNext=1)
    return {
        "body": body,
        "cell": small,
        "soft": ParagraphStyle("soft", parent=small, textColor=_SOFT),
        "h1": ParagraphStyle("h1", parent=head, fontSize=18, leading=22),
        "h2": ParagraphStyle("h2", parent=head, fontSize=13, leading=17, spaceBefore=10),
        "h3": ParagraphStyle("h3", parent=head, fontSize=11, leading=14, spaceBefore=6),
    }


def _foot(report: AccessReport) -> Any:  # noqa: ANN401  reportlab takes any callable
    words = f"{report.controller.body.legal_name}, {report.controller.officer.email}. Privacy notice {report.notice}."

    def draw(canvas: Any, page: Any) -> None:  # noqa: ANN401  reportlab's own types
        canvas.setFont("Helvetica", 7)
        canvas.drawString(18 * mm, 9 * mm, words)
        canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, f"Page {page.page}")

    return draw
