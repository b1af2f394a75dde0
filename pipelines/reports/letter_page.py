"""A notice to a recipient, as a page to print or send: HTML with its own style, no script.

Belongs here: how the letter looks. What it says is `pipelines.actions.recipients`.
"""

from importlib import resources

from jinja2 import Environment, StrictUndefined, select_autoescape

from pipelines.actions.recipients import Letter
from pipelines.reports.access_page import day


def html(letter: Letter) -> str:
    """Return the page for a browser."""
    source = resources.files("pipelines.reports").joinpath("letter.html.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=select_autoescape(default=True))
    return environment.from_string(source).render(letter=letter, day=day)
