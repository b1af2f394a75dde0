"""The summary as a page to print: HTML for a browser, PDF for an e-mail to the head or the governors' folder.

Belongs here: how the figures of `pipelines.actions.summarising` look on A4 paper. The page carries its own style and
no script, and asks for nothing from any other machine.
"""

import io
from collections.abc import Iterator
from importlib import resources
from typing import Any, Final
from xml.sax.saxutils import escape

from jinja2 import Environment, StrictUndefined, select_autoescape
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from pipelines.actions.summarising import Report, ReportSection, Row

_INK: Final = colors.HexColor("#1d2733")
_BAR: Final = colors.HexColor("#2f6f9f")
_BEFORE: Final = colors.HexColor("#b9c7d3")
_RULE: Final = colors.HexColor("#d9dfe5")
_CHART: Final = 48 * mm
_WIDTHS: Final = (62 * mm, 18 * mm, 16 * mm, 20 * mm, _CHART + 4 * mm)


def html(report: Report) -> str:
    """Return the page for a browser."""
    source = resources.files("pipelines.reports").joinpath("summary.html.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=select_autoescape(default=True))
    return environment.from_string(source).render(report=report, notes=list(notes(report)), part=part)


def pdf(report: Report) -> bytes:
    """Return the same page as PDF, the same bytes for the same report."""
    made = io.BytesIO()
    page = SimpleDocTemplate(
        made, pagesize=A4, margin=18 * mm, topMargin=16 * mm, bottomMargin=16 * mm, leftMargin=20 * mm,
        rightMargin=20 * mm, title=f"School census {report.period}, {report.school}", author="Waybill", invariant=1,
    )  # fmt: skip
    style = getSampleStyleSheet()
    small = ParagraphStyle("small", parent=style["BodyText"], fontSize=8.5, leading=11, textColor=_INK)
    story: list[Any] = [Paragraph(escape(report.school), style["Title"]), Paragraph(escape(_subtitle(report)), small)]
    story += [Paragraph(escape(note), small) for note in notes(report)]
    for section in report.sections:
        heading = Paragraph(
            f"{escape(section.title)} <font size=8>({escape(section.counted)})</font>", style["Heading3"]
        )
        story += [Spacer(1, 2 * mm), KeepTogether([heading, _table(report, section)])]
    if report.unverified:
        story.append(Paragraph("Not confirmed by the department's published definition", style["Heading3"]))
        story += [Paragraph(escape(path), small) for path in report.unverified[1:]]
    page.build(story, onFirstPage=_foot(report), onLaterPages=_foot(report))
    return made.getvalue()


def notes(report: Report) -> Iterator[str]:
    """What the head must know before trusting the figures."""
    tally = report.tally
    if report.before is None:
        yield f"There is no last term to compare with: {report.why_alone}."
    if tally.blocking or tally.unexplained or tally.not_evaluated:
        yield (
            f"Not ready to go. Blocking errors: {tally.blocking}. Queries without an explanation: {tally.unexplained}. "
            f"Rules that could not be evaluated: {tally.not_evaluated}."
        )
    if report.unverified:
        yield f"{report.unverified[0]} They are listed at the end."
    yield "No pupil is named here, but small numbers can point at a child: keep this page inside the school."


def part(count: int | None, section: ReportSection) -> float:
    """Return the length of a bar, 0 to 1: the count against the greatest of its section."""
    greatest = max((max(row.count, row.before or 0) for row in section.rows), default=0)
    return (count or 0) / greatest if greatest else 0.0


def _subtitle(report: Report) -> str:
    return (
        f"School census {report.period}, as at {report.census_day:%d %B %Y}. URN {report.urn}. "
        f"Waybill {report.waybill[:12]}: {report.state}."
    )


def _table(report: Report, section: ReportSection) -> Table:
    head = ["", "Now", "Share", report.before or "", ""]
    table = Table([head, *(_cells(row, section) for row in section.rows)], colWidths=_WIDTHS, rowHeights=5.4 * mm)
    table.setStyle(
        [
            ("FONTSIZE", (0, 0), (-1, -1), 8.5),
            ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
            ("ALIGN", (1, 0), (3, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, _RULE),
        ]
    )
    return table


def _cells(row: Row, section: ReportSection) -> list[Any]:
    share = "" if row.share is None else f"{row.share:.1%}"
    before = "" if row.before is None else f"{row.before:,}"
    return [row.label, f"{row.count:,}", share, before, _bars(row, section)]


def _bars(row: Row, section: ReportSection) -> Drawing:
    drawing = Drawing(_CHART, 4 * mm)
    if row.before is not None:
        drawing.add(Rect(0, 0, _CHART * part(row.before, section), 1.2 * mm, fillColor=_BEFORE, strokeColor=None))
    drawing.add(Rect(0, 1.5 * mm, _CHART * part(row.count, section), 2 * mm, fillColor=_BAR, strokeColor=None))
    return drawing


def _foot(report: Report) -> Any:  # noqa: ANN401  reportlab takes any callable
    words = f"Made {report.made_at:%d %B %Y %H:%M} UTC from the file of waybill {report.waybill[:12]}"

    def draw(canvas: Any, page: Any) -> None:  # noqa: ANN401  reportlab's own types
        canvas.setFont("Helvetica", 7)
        canvas.drawString(20 * mm, 9 * mm, words)
        canvas.drawRightString(A4[0] - 20 * mm, 9 * mm, f"Page {page.page}")

    return draw
