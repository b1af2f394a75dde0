"""What families are asked for, as a page to print: HTML with its own style, no script, nothing from any other machine.

Belongs here: how the sheet looks on A4 paper. What it says is `exports.asked`.
"""

from importlib import resources

from jinja2 import Environment, StrictUndefined, select_autoescape

from exports.asked import ANSWERS, PROVISIONAL, asked
from exports.records import Records


def html(records: Records) -> str:
    """Return the page for a browser."""
    source = resources.files("pipelines.reports").joinpath("asked.html.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=select_autoescape(default=True))
    return environment.from_string(source).render(
        records=records, asked=asked(records), answers=ANSWERS, provisional=PROVISIONAL
    )
