"""The generated pages of `docs/`, all written by one command: `python -m pipelines.generated_docs` (`make docs`).

Belongs here: which page is made by what. What a page says is its generator's: rules by `schemas.census.rules_page`,
recipients by `exports.recipients_page`, exit codes by `pipelines.exit_codes_page`, cards by `pipelines.cards_page`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from exports import recipients_page
from pipelines import cards_page, exit_codes_page
from pipelines.failure_classes import CLASSES
from schemas.census import rules_page

_PROJECT: Final = Path(__file__).resolve().parent.parent
_DEMO: Final = _PROJECT / "trusts" / "demo"

PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "rules.md": rules_page.page,
        "recipients.md": lambda: recipients_page.page_of_folder(_DEMO),
        "exit_codes.md": exit_codes_page.page,
        "cards/README.md": cards_page.contents,
        **{f"cards/{name}.md": partial(cards_page.card, name) for name in CLASSES},
    },
)
"""What makes each page, by its name in `docs/`."""


def write(folder: Path) -> tuple[str, ...]:
    """Write every page that is missing or stale; returns their names, and leaves the others untouched."""
    written = []
    for name, page in PAGES.items():
        file, text = folder / name, page()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(name)
    return tuple(written)


if __name__ == "__main__":
    write(_PROJECT / "docs")
