"""Reading a trust folder: trust.toml, notice.md, agreements/, registers/; calendar.csv is `pipelines.calendar_file`.

Belongs here: files to frozen values, with an error that names file, place and what to do. What the values mean is
`schemas.deployment`, `exports.agreements` and `exports.notice`.
"""

import csv
import io
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pandas as pd

from exports.agreements import Compiled, compile_folder
from exports.case_terms import CompiledCase
from exports.cases import compile_cases
from exports.gateways import load_gateways
from exports.notice import Notice, load_notice
from exports.rights import EDUCATIONAL_RECORD_DAYS
from pipelines.calendar_file import read_calendar
from schemas.census.catalogue import FUNDING
from schemas.deployment import Calendar, MisReference, School, Schools
from schemas.establishments import Establishment, establishments
from schemas.feeds.dataset import SchoolYear
from schemas.identifiers import urn_valid
from schemas.mis_flags import MIS_FLAGS
from schemas.refusal import Refusal
from vault.postgres import SCHEME
from vault.store import SharedVault

_CODE_COLUMNS = ("school", "map", "code", "ours", "note")
_REFERENCE = re.compile(r"(?:env:\w+|file:[\w./-]+|keyring:[^/:]+/[^/:]+)")
_PUPIL = "{pupil_id}"
_BLANK = re.compile(r"\{.*?\}")


SchoolCodes: TypeAlias = Mapping[str, Mapping[str, str]]
"""One school's own codes: map -> its code -> ours."""


class TrustFolderFault(Refusal):
    """A file of the trust folder says something that cannot be used."""

    code = "trust_folder"


@dataclass(frozen=True, slots=True)
class Shared:
    """What several machines work with: the vault, and the database of pupil keys by its URL."""

    vault: SharedVault
    pupil_keys: str


@dataclass(frozen=True)
class Trust:
    """One deployment.

    Attributes:
        folder: where it was read from.
        name: legal name of the trust.
        schools: by URN.
        notice: the privacy notice in force.
        agreements: every agreement file, compiled or with its faults.
        cases: every request of police, courts and tribunals, compiled or with its faults.
        calendar: when things are taken.
        establishments: the dated register of schools, by LA and establishment number.
        registers: reference data by name, each the set of identifiers in it; a rule without its register is not
            evaluated.
        demonstration: True for a trust of invented people; only there may a guessed code be emitted.
        ledger_at: URL of the PostgreSQL database that holds the ledger; None for SQLite in the state folder.
        shared: vault and pupil keys where several machines reach them; None for the state folder of one.
        lodge_in: folder outside the state folder where the ledger's head is lodged; None for one inside it.
        pupil_pages: by URN, the address of a pupil's page in the school's MIS, with `{pupil_id}` in it.
        funding_rates: pounds for one pupil by funding stream, where the trust has entered any.
        mis_flags: flags of its MIS that protect a pupil, beside the protection register.
        educational_record_days: school days within which it promises the educational record.

    """

    folder: Path
    name: str
    schools: Schools
    notice: Notice
    agreements: tuple[Compiled, ...]
    cases: tuple[CompiledCase, ...]
    calendar: Calendar
    registers: Mapping[str, frozenset[str]]
    establishments: Mapping[str, Establishment]
    demonstration: bool
    ledger_at: str | None = None
    shared: Shared | None = None
    lodge_in: Path | None = None
    pupil_pages: Mapping[str, str] = field(default_factory=dict)
    funding_rates: Mapping[str, Decimal] = field(default_factory=dict)
    mis_flags: frozenset[str] = frozenset()
    educational_record_days: int = EDUCATIONAL_RECORD_DAYS

    def school(self, urn: str) -> School:
        """One school; TrustFolderFault names the known ones."""
        if urn not in self.schools:
            message = f"{self.name} has no school {urn}. Its schools are {', '.join(self.schools)}."
            raise TrustFolderFault(message)
        return self.schools[urn]


def load_trust(folder: Path) -> Trust:
    """Read a trust folder. Agreements with faults are kept, with their faults; anything else wrong raises."""
    file = folder / "trust.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be read: {error}"
        raise TrustFolderFault(message) from None
    years = tuple(SchoolYear(year["first"], year["last"]) for year in data["school_years"])
    codes = read_codes(folder / "codes.csv")
    schools = {
        school.urn: school
        for school in (_school(file, n, row, years, codes) for n, row in enumerate(data["school"], 1))
    }
    _refuse_malformed(file, [row["urn"] for row in data["school"]])
    notice = load_notice(folder / "notice.md")
    return Trust(
        folder=folder,
        name=data["name"],
        schools=schools,
        notice=notice,
        agreements=load_agreements(folder, notice, schools),
        cases=compile_cases(folder, notice, load_gateways(), schools),
        calendar=read_calendar(folder / "calendar.csv", schools),
        registers=read_registers(folder / "registers"),
        establishments=read_establishments(folder / "registers" / "establishments.csv"),
        demonstration=data.get("demonstration", False),
        ledger_at=_server(file, "ledger", data.get("ledger", {}).get("database")),
        shared=_shared(file, data),
        lodge_in=Path(lodge_in) if (lodge_in := data.get("ledger", {}).get("lodge_in")) else None,
        pupil_pages=_pupil_pages(file, data),
        funding_rates=_funding_rates(file, data.get("funding_rates", {})),
        mis_flags=_mis_flags(file, data),
        educational_record_days=_educational_record_days(file, data),
    )


def _educational_record_days(file: Path, data: Mapping[str, Any]) -> int:
    promised = data.get("rights", {}).get("educational_record_school_days", EDUCATIONAL_RECORD_DAYS)
    if not isinstance(promised, int) or isinstance(promised, bool) or promised < 1:
        message = f"{file}: [rights] educational_record_school_days is a number of school days, such as 15."
        raise TrustFolderFault(message)
    return promised


def returns(agreements: Iterable[Compiled]) -> frozenset[str]:
    """Return the ids of the agreements under which the Department's own census return goes."""
    return frozenset(one.id for one in agreements if one.agreement is not None and one.agreement.is_return)


def load_agreements(folder: Path, notice: Notice, schools: Schools) -> tuple[Compiled, ...]:
    """Compile every file of `agreements/` against the notice and the register of gateways."""
    return compile_folder(folder / "agreements", notice, load_gateways(), schools)


def _school(
    file: Path, number: int, row: Mapping[str, Any], years: tuple[SchoolYear, ...], codes: Mapping[str, SchoolCodes]
) -> School:
    try:
        mis = row["mis"]
        school = School(
            urn=row["urn"],
            la_number=row["la_number"],
            estab=row["estab"],
            name=row["name"],
            phase=row["phase"],
            establishment=row["establishment"],
            years=years,
            mis=MisReference(
                mis["kind"],
                mis["url"],
                mis.get("application", ""),
                mis.get("secret", ""),
                mis.get("door", "graphql"),
                frozenset(mis.get("granted", ())),
                codes.get(row["urn"], {}),
            ),
        )
    except KeyError as missing:
        message = f"{file}: school number {number} lacks {missing}."
        raise TrustFolderFault(message) from None
    _refuse_secrets(file, number, school.mis)
    return school


def _refuse_malformed(file: Path, urns: list[str]) -> None:
    for number, valid in enumerate(urn_valid(pd.Series(urns, dtype="str")), 1):
        if not valid:
            message = f"{file}: school number {number}: the URN must be six digits."
            raise TrustFolderFault(message)


def _refuse_secrets(file: Path, number: int, mis: MisReference) -> None:
    """A trust folder is read by many and kept in version control: it says where a secret is, never what it is."""
    where = urlsplit(mis.url)
    if where.username or where.password or (mis.secret and not _REFERENCE.fullmatch(mis.secret)):
        message = (
            f"{file}: school number {number}: no secret may stand in the trust folder. Write env:NAME, file:NAME or "
            "keyring:SERVICE/NAME, keep the secret there, and replace the one that stood here: it has been seen."
        )
        raise TrustFolderFault(message)


def read_codes(file: Path) -> dict[str, SchoolCodes]:
    """Read codes.csv, the schools' own codes: URN -> map -> the school's code -> ours; none without the file."""
    if not file.is_file():
        return {}
    reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    if tuple(reader.fieldnames or ()) != _CODE_COLUMNS:
        message = f"{file}: the header must be {','.join(_CODE_COLUMNS)}."
        raise TrustFolderFault(message)
    found: dict[str, dict[str, dict[str, str]]] = {}
    for number, row in enumerate(reader, 2):
        if None in row.values() or not (row["school"] and row["map"] and row["code"]):
            message = f"{file}: row {number}: school, map and code must be filled in."
            raise TrustFolderFault(message)
        found.setdefault(row["school"], {}).setdefault(row["map"], {})[row["code"]] = row["ours"]
    return found


def _pupil_pages(file: Path, data: Mapping[str, Any]) -> dict[str, str]:
    """The template of `[mis_pages]` for every school, or the one that a school's `mis` entry has of its own."""
    usual = data.get("mis_pages", {}).get("pupil")
    found = {row["urn"]: row["mis"].get("pupil_page", usual) for row in data["school"]}
    pages = {urn: page.replace("{urn}", urn) for urn, page in found.items() if page}
    for urn, page in pages.items():
        if not page.startswith("https://") or set(_BLANK.findall(page)) != {_PUPIL}:
            message = (
                f"{file}: the address of a pupil's page for school {urn} must begin with https:// and have {_PUPIL} "
                "where the pupil's id in the MIS stands; {urn} may stand for the school, nothing else is filled in."
            )
            raise TrustFolderFault(message)
    return pages


def _funding_rates(file: Path, rates: Mapping[str, Any]) -> dict[str, Decimal]:
    """The rates of `[funding_rates]`, each of a stream that a rule can bear on."""
    for stream, rate in rates.items():
        if stream not in FUNDING:
            message = f"{file}: [funding_rates] knows {', '.join(FUNDING)}; {stream!r} is none of them."
            raise TrustFolderFault(message)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < math.inf:
            message = f"{file}: [funding_rates] {stream}: write the pounds for one pupil as a number above 0."
            raise TrustFolderFault(message)
    return {stream: Decimal(str(rate)) for stream, rate in rates.items()}


def _server(file: Path, section: str, url: object, key: str = "database") -> str | None:
    """The URL of a section's database; a password has no place in a folder that many read."""
    if url is None:
        return None
    parts = urlsplit(url) if isinstance(url, str) and url.startswith(SCHEME) else None
    if parts is None or parts.password is not None or "password=" in parts.query:
        message = (
            f"{file}: [{section}] {key} is an address like {SCHEME}waybill@db.example/waybill, without a password: "
            "libpq takes that from PGPASSFILE (~/.pgpass), from PGPASSWORD or from the server's trust in this account."
        )
        raise TrustFolderFault(message)
    return str(url)


def _shared(file: Path, data: Mapping[str, Any]) -> Shared | None:
    """`[vault]` and `[pupil_keys]`: both with a ledger on a server, or neither."""
    vault = data.get("vault", {})
    files, index = vault.get("files"), _server(file, "vault", vault.get("index"), "index")
    keys = _server(file, "pupil_keys", data.get("pupil_keys", {}).get("database"))
    named = {"[vault] files": files, "[vault] index": index, "[pupil_keys] database": keys}
    if not any(named.values()):
        return None
    named["[ledger] database"] = data.get("ledger", {}).get("database")
    missing = [name for name, value in named.items() if not value]
    if missing or files is None or index is None or keys is None:
        message = f"{file}: several machines share everything or nothing: {', '.join(missing)} is not set."
        raise TrustFolderFault(message)
    parts = urlsplit(str(files))
    if not parts.scheme or parts.password is not None or not _reachable(parts.scheme):
        message = (
            f"{file}: [vault] files is an address like s3://bucket/vault or file:///srv/vault, without a secret, of "
            "storage for which fsspec's module is installed."
        )
        raise TrustFolderFault(message)
    return Shared(SharedVault(str(files), index), keys)


def _reachable(scheme: str) -> bool:
    from fsspec import get_filesystem_class  # noqa: PLC0415  few installations have shared storage

    try:
        get_filesystem_class(scheme)
    except (ImportError, ValueError):
        return False
    return True


def _mis_flags(file: Path, data: Mapping[str, Any]) -> frozenset[str]:
    """The flags of `[protection]`: a trust says which it goes by, if only that there is none."""
    listed = data.get("protection", {}).get("mis_flags")
    if not isinstance(listed, list) or set(listed) - MIS_FLAGS.keys():
        message = (
            f"{file}: [protection] mis_flags lists the flags of your MIS that protect a pupil; known are "
            f"{', '.join(MIS_FLAGS)}, and [] says none."
        )
        raise TrustFolderFault(message)
    return frozenset(listed)


def read_registers(folder: Path) -> dict[str, frozenset[str]]:
    """Read `registers/*.csv`: the file's name is the register's, its first column the identifiers."""
    found = {}
    for file in sorted(folder.glob("*.csv")):
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
        if len(rows) <= 1:
            message = f"{file}: no identifier below the header. Fill it in, or remove the file."
            raise TrustFolderFault(message)
        found[file.stem] = frozenset(row[0] for row in rows[1:] if row)
    return found


def read_establishments(file: Path) -> Mapping[str, Establishment]:
    """Read the dated register of schools; none without the file, so that no destination is known."""
    return establishments(file.read_text(encoding="utf-8"), str(file)) if file.is_file() else {}
