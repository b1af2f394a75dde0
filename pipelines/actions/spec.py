"""The department's own material: what is known, importing what was downloaded, learning from an MIS's file, a new year.

Belongs here: the verbs `show`, `import_file`, `learn_file`, `keep_learned` and `scaffold`, who may do them, and what of
a release is still in doubt. What a file says is `exports.spec_import`; how it all looks, `pipelines.screens.spec`.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from exports.approvers import WHOLE_TRUST
from exports.learning import Learned, learn
from exports.official import Comparison, Official, SchemaFault, compared, official_findings
from exports.preparation import artefact, read_emitted
from exports.signing import Role
from exports.spec_folder import Imported, confirmed, in_use, index
from exports.spec_import import Origin, Reading, SpecUnreadable, keep, learned, read_material
from pipelines.actions.context import Context
from schemas.census.collection import YEARS
from schemas.census.coverage import Coverage, coverage
from schemas.census.findings import FINDING
from schemas.census.layout import layout
from schemas.census.new_year import NewYear, YearNotNew, new_year
from schemas.census.spec import Doubt, doubts
from vault.frames import unpack

IMPORTED = "spec imported"
_MAY = (Role.DATA_MANAGER, Role.DPO)
_PACKAGE = Path(__file__).resolve().parents[2] / "schemas" / "census"


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is for a year: how much is known, and what has been imported; `in_use` by hash."""

    coverage: Coverage
    imported: tuple[Imported, ...]
    in_use: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was read and is kept; `fresh` is False when the very same was in use already."""

    imported: Imported
    reading: Reading
    fresh: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What the department's material said of one file.

    Attributes:
        used: names of the files that were run; empty when there were none.
        faults: what a schema refuses; it was imported after the file was prepared.
        rules: each rule that a stylesheet's report or our own findings name, with both counts.
        unread: lines of a report in which no rule number could be found.

    """

    used: tuple[str, ...] = ()
    faults: tuple[SchemaFault, ...] = ()
    rules: tuple[Comparison, ...] = ()
    unread: int = 0


def show(trust: Path, year: str) -> Shown:
    """Say what is known of a year, from the trust folder alone. Raises SpecUnreadable for a year without a layout."""
    if year not in YEARS:
        message = f"there is no layout for {year!r}; there is for {', '.join(YEARS)}"
        raise SpecUnreadable(message)
    used = tuple(each.sha256 for each in in_use(trust, year))
    return Shown(coverage(year, confirmed(trust, year)), index(trust, year), used)


def import_file(ctx: Context, file: Path, year: str, source: str) -> Kept:
    """Read a workbook, schema or stylesheet, and keep it; a data manager or the DPO of the whole trust may.

    Raises Refusal: NotAllowed, SpecUnreadable, SpecFolderFault.
    """
    ctx.person(WHOLE_TRUST, _MAY)
    data = file.read_bytes()
    return _kept(ctx, read_material(data, year), data, year, file.name, source)


def learn_file(file: Path, year: str) -> Learned:
    """Say what a census file written by an MIS teaches. Raises CensusFileUnfit (`exports.markup`)."""
    return learn(file.read_bytes(), layout(year), file.name)


def keep_learned(ctx: Context, found: Learned, year: str, name: str, source: str) -> Kept:
    """Keep the paths and codes that a learned file confirms; a data manager or the DPO of the whole trust may."""
    ctx.person(WHOLE_TRUST, _MAY)
    reading, data = learned(found.paths, found.codes, found.made_by, year)
    return _kept(ctx, reading, data, year, f"{Path(name).stem}.json", source)


def unverified(ctx: Context, waybill: str) -> tuple[Doubt, ...]:
    """What of a prepared file's layout nobody outside has confirmed, as things stand now."""
    here = ctx.installation
    emitted = read_emitted(here.ledger, here.vault, waybill)
    return doubts(emitted, confirmed(here.settings.trust, emitted.academic_year)) if emitted.held else ()


def heard(ctx: Context, waybill: str) -> Heard:
    """Run the department's stylesheets, as imported now, over a prepared file, beside our own findings of their rules.

    Raises Refusal: OfficialCheckFailed, SpecFolderFault.
    """
    here = ctx.installation
    year = read_emitted(here.ledger, here.vault, waybill).academic_year
    if not year or not in_use(here.settings.trust, year):
        return Heard()
    data, found = (here.vault.open(artefact(here.ledger, waybill, name)) for name in ("file", "findings"))
    return beside(official_findings(data, here.settings.trust, year), unpack(found)[0][FINDING.name])


def beside(official: Official, findings: pd.DataFrame) -> Heard:
    """Put what the department's material said beside our own findings (a FINDING frame)."""
    if not official.used:
        return Heard()
    return Heard(official.used, official.faults, compared(official.reported, findings), official.unread)


def scaffold(academic_year: str, package: Path = _PACKAGE) -> NewYear:
    """Write the folder of the year after the last into the source tree. Nothing uses it before it is registered there.

    Raises YearNotNew: another year, or the folder exists.
    """
    made = new_year(academic_year)
    folder = package / made.folder
    if folder.exists():
        message = f"{folder} is there already: nothing was written"
        raise YearNotNew(message)
    folder.mkdir()
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return made


def _kept(ctx: Context, reading: Reading, data: bytes, year: str, name: str, source: str) -> Kept:
    here = ctx.installation
    origin = Origin(name, source, ctx.actor, here.now())
    imported, fresh = keep(here.settings.trust, year, reading, data, origin)
    if fresh:
        told = {"year": year, "kind": reading.kind.value, "sha256": imported.sha256, "by": ctx.actor}
        here.ledger.append(IMPORTED, told, here.now())
        here.lodged.lodge(here.now())
    return Kept(imported, reading, fresh)
