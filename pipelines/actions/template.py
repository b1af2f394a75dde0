"""Template: the files a school fills in for a census, made ready beside each other.

Belongs here: the verb `template`: where they go, that nothing is written over, and whose UPNs stand in them. What is in
them is `schemas.census.templates`.
"""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from exports.readings import newest_reading
from exports.signing import Role
from pipelines.actions.context import Context
from schemas.census.collection import Collection, collection
from schemas.census.tables import ON_ROLL
from schemas.census.templates import on_the_day_help, on_the_day_template, school_file_template


@dataclass(frozen=True, slots=True)
class Templates:
    """What was done.

    Attributes:
        written: new files, for their owner's eyes only.
        kept: files that were there already and were left as they are.
        upns: how many pupils the on-the-day file lists.
        columns: what each column of the on-the-day file is for.
        of_the_school: a school file is asked for; some terms ask nothing of the school itself.
        census_day: for which the files say what is so.
        due: the last day for the return.

    """

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    upns: int
    columns: tuple[str, ...]
    of_the_school: bool
    census_day: dt.date
    due: dt.date


def template(ctx: Context, urn: str, period: str) -> Templates:
    """Write the on-the-day file and, where any figure is asked for, the school file; neither is ever overwritten.

    The on-the-day file lists the UPNs of the pupils on roll when the return's tables are prepared.

    Raises:
        NoSuchCollection: the period is no collection.
        NotAllowed: the actor is not the school's data manager or head.
        TrustFolderFault: the trust has no such school.

    """
    asked, here = collection(period), ctx.installation
    school = here.trust.school(urn)
    ctx.person(urn, (Role.DATA_MANAGER, Role.HEAD))
    upns = _upns(ctx, urn, asked)
    on_the_day = here.settings.on_the_day_file(urn, period)
    texts = {
        on_the_day: on_the_day_template(asked, school.phase, upns),
        here.settings.school_file(urn, period): school_file_template(asked, school.phase),
    }
    wanted = {file: text for file, text in texts.items() if text is not None}
    written = tuple(file for file, text in wanted.items() if _new(file, text))
    return Templates(
        written=written,
        kept=tuple(file for file in wanted if file not in written),
        upns=len(upns) if on_the_day in written else 0,
        columns=tuple(on_the_day_help(asked, school.phase)),
        of_the_school=len(wanted) == len(texts),
        census_day=asked.reference_date,
        due=asked.deadline,
    )


def _upns(ctx: Context, urn: str, asked: Collection) -> list[str]:
    reading = newest_reading(ctx.installation.vault, urn, asked.key)
    if reading is None:
        return []
    pupils = reading.tables["pupil"]
    here = pupils[(pupils["section"] == ON_ROLL) & pupils["upn"].notna()]
    return sorted(set(here["upn"]))


def _new(file: Path, text: str) -> bool:
    """Write a file that does not exist yet, readable by its owner only; False when it does."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    return True
