"""Pupils as at a day: the roll, those who joined and those who left, one row each with the first contacts beside it.

Belongs here: the wide tables that lists, returns of joiners and leavers, and suppliers' files are minimised from.
What happens to a pupil (absence, suspension) and what several tables describe (transfer, roster) are modules beside
this one.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from schemas.asat import as_at as held_on
from schemas.asat import spells
from schemas.canonical import CANONICAL
from schemas.dates import certain, within
from schemas.feeds.dataset import Dataset, Reads, SchoolYear, Taking
from schemas.table import Column, Frames, Sensitivity, Table, boolean, date, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT, SPEC, PROT = Sensitivity.CONTACT, Sensitivity.SPECIAL, Sensitivity.PROTECTED


_ORDINALS: Final[Mapping[int, str]] = MappingProxyType({1: "first", 2: "second", 3: "third"})
"""How many contacts stand beside a pupil, and what each is called."""


def _contact(n: int) -> tuple[Column, ...]:
    who = _ORDINALS[n]
    return (
        text(f"contact{n}_title", CONT, f"Title of the {who} contact"),
        text(f"contact{n}_forename", CONT, f"First name of the {who} contact"),
        text(f"contact{n}_surname", CONT, f"Surname of the {who} contact"),
        text(f"contact{n}_relationship", CONT, f"Relationship of the {who} contact, CTF code"),
        text(f"contact{n}_email", CONT, f"E-mail of the {who} contact"),
        text(f"contact{n}_phone", CONT, f"Telephone of the {who} contact"),
        text(f"contact{n}_address", CONT, f"Address of the {who} contact, one line; null when it is the pupil's"),
        boolean(f"contact{n}_lives_with_pupil", CONT, f"The pupil normally lives with the {who} contact"),
        boolean(f"contact{n}_parental_responsibility", CONT, f"The {who} contact has parental responsibility"),
    )


_PERSON: tuple[Column, ...] = (
    text("pupil_id", REF, "The MIS's own id of the pupil", required=True),
    text("urn", REF, "URN of the school", "200003", required=True),
    text("school_name", REF, "Name of the school", "200039"),
    text("upn", IDENT, "UPN on the day", "100001"),
    text("uln", IDENT, "ULN", "100016"),
    text("nhs_number", IDENT, "NHS number"),
    text("surname", PERS, "Legal surname", "100003"),
    text("forename", PERS, "Legal first name", "100004"),
    text("middle_names", PERS, "Middle names", "100006"),
    text("preferred_surname", PERS, "Preferred surname, null when the MIS holds none", "100011"),
    text("preferred_forename", PERS, "Preferred first name, null when the MIS holds none"),
    text("sex", PERS, "M or F", "100008"),
    date("dob", PERS, "Date of birth", "100007"),
    text("nc_year", PERS, "Year group on the day, codeset NCYEAR", "100068"),
    text("registration_group", PERS, "Registration group on the day"),
    text("enrol_status", PERS, "Codeset ENROL_STATUS", "100060"),
    text("boarder", PERS, "Codeset BOARDER", "100067"),
    date("entry_date", PERS, "Day of joining", "100063"),
    text("line1", CONT, "Address line 1"),
    text("line2", CONT, "Address line 2"),
    text("town", CONT, "Town"),
    text("postcode", CONT, "Postcode", "100121"),
    text("uprn", CONT, "Unique property reference number, up to twelve digits"),
    text("email", CONT, "The pupil's own e-mail address"),
    text("phone", CONT, "The pupil's own telephone number"),
    text("ethnicity", SPEC, "Ethnicity, codeset ETHNICITY; the refusal code where it was declined"),
    text("language", PERS, "First language, codeset LANGUAGE", "100047"),
    text("sen_provision", SPEC, "SEN provision on the day, codeset SEN_PROVISION", "100472"),
    text("sen_need", SPEC, "Primary SEN need on the day, codeset SEN_TYPE"),
    text("yssa", PERS, "Youth support services agreement, codeset YSSA", "100488"),
    text("dietary", SPEC, "Dietary requirements, in words"),
    boolean("fsm", PERS, "Eligible on the day under the national scheme, targeted or expanded"),
    boolean("pupil_premium", PERS, "Pupil premium is received on the day"),
    boolean("in_care", PROT, "Looked after on the day"),
    boolean("social_worker", PROT, "A social worker is assigned on the day"),
    *(column for n in _ORDINALS for column in _contact(n)),
)

ROLL = Table("roll", "one pupil on roll on the day (guests left out)", _PERSON, key=("pupil_id",))
JOINER = Table(
    "joiner",
    "one pupil whose name was entered in the admission register in the feed's window",
    (
        *_PERSON,
        date("due", PERS, "Last day for the new pupil return: the fifth day after the day of entry"),
        boolean("late", PERS, "That day has passed on the day told of"),
    ),
    key=("pupil_id",),
)
LEAVER = Table(
    "leaver",
    "one pupil whose name is, or is about to be, deleted from the admission register in the feed's window",
    (
        *_PERSON,
        date("leaving_date", PERS, "Last day on roll", "100064"),
        text("removal_ground", PERS, "SI 2024/208 regulation 9(1) ground: a to o"),
        text("destination_school", PERS, "Name of the destination school"),
        date("destination_start", PERS, "First day at the destination school"),
        date("due", PERS, "Day by which the deletion return is due: the day of deletion itself"),
        boolean("late", PERS, "That day has passed on the day told of: the return is made after the deletion"),
    ),
    key=("pupil_id",),
)

RETURN_DAYS = 5
"""A new pupil return is due by the end of the fifth day after the day of entry (SI 2024/208 regulation 13(1))."""

LEAVING_AHEAD: Final = dt.timedelta(days=14)
"""How far ahead a leaving date with its ground is told: a deletion return is due as soon as the ground is met."""


LOCAL_MEALS = "LOCAL"
"""Category of a locally funded meals scheme, which is not eligibility under the national one."""


def roll(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return everybody on roll on the day."""
    present, _ = spells(snapshot, taking.as_at)
    return {ROLL.name: rows(ROLL, people(snapshot, present))}


def joiners(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return who joined in the window.

    By regulation 13 a pupil who starts in the most junior class on the first day of a school year needs no return; a
    MIS may date them from 1 August on. A record set apart is no joiner: beside the leaver it would give away that both
    are the same child.
    """
    anybody = ever_here(snapshot, taking)
    joined = people(snapshot, anybody[within(anybody["entry_date"], taking.window_start, taking.as_at)])
    joined = joined[~_started_with_the_year(snapshot, joined, taking.years)]
    told = joined.assign(
        due=joined["entry_date"] + pd.Timedelta(days=RETURN_DAYS),
        late=joined["entry_date"] < taking.as_at - dt.timedelta(days=RETURN_DAYS),
    )
    return {JOINER.name: rows(JOINER, told)}


def leavers(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return who left in the window or is about to, save those who completed the most senior class (regulation 13).

    The return is due before the name is taken off the register, so that a leaving date that lies ahead is told as soon
    as it stands there with its ground. A leaver first told after the last day is late.
    """
    anybody = ever_here(snapshot, taking)
    left = within(anybody["leaving_date"], taking.window_start, taking.as_at)
    ahead = within(anybody["leaving_date"], taking.as_at, taking.as_at + LEAVING_AHEAD)
    gone = people(snapshot, anybody[left | (ahead & anybody["removal_ground"].notna())])
    gone = gone[~_completed_the_school(snapshot, gone, taking.years)]
    due = gone["leaving_date"]
    told = gone.assign(destination_school=gone["destination"], due=due, late=due < taking.as_at)
    return {LEAVER.name: rows(LEAVER, told)}


def ever_here(snapshot: Frames, taking: Taking) -> pd.DataFrame:
    """Return the last spell of everybody who is or was on roll, records set apart left out."""
    present, left = spells(snapshot, taking.as_at)
    everybody = pd.concat([present, left], ignore_index=True).sort_values("pupil_id").reset_index(drop=True)
    return everybody[~everybody["pupil_id"].isin(list(taking.apart))]


def people(snapshot: Frames, who: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that tables about pupils share, each as at `who.day`, with the columns of the spell."""
    spell = who.reset_index(drop=True)
    school = snapshot["school"].iloc[0]
    held = snapshot["pupil"].drop(columns="source")
    return (
        spell.drop(columns="source")
        .merge(held, on="pupil_id", how="left")
        .assign(
            urn=school["urn"],
            school_name=school["name"],
            upn=held_on(snapshot["upn"], spell)["upn"],
            nc_year=held_on(snapshot["nc_year"], spell)["nc_year"],
            registration_group=held_on(snapshot["registration_group"], spell)["name"],
            enrol_status=held_on(snapshot["enrol_status"], spell)["status"],
            boarder=held_on(snapshot["boarding"], spell)["boarder"],
            sen_provision=held_on(snapshot["sen_status"], spell)["provision"],
            sen_need=held_on(snapshot["sen_need"][certain(snapshot["sen_need"]["rank"] == 1)], spell)["sen_type"],
            fsm=_open_row(snapshot["fsm"][~certain(snapshot["fsm"]["category"] == LOCAL_MEALS)], spell),
            pupil_premium=_open_row(snapshot["pupil_premium"], spell),
            in_care=_open_row(snapshot["in_care"], spell),
            social_worker=_open_row(snapshot["social_worker"], spell),
            **_address(held_on(snapshot["address"], spell)),
            **_contacts(snapshot["contact"], spell),
        )
    )


def _address(address: pd.DataFrame) -> dict[str, pd.Series]:
    """Return an address as two lines and a town, whether the MIS holds it structured or as lines."""
    saon, paon, named = (address[name].fillna("") + " " for name in ("saon", "paon", "street"))
    street = (saon + paon + named).str.replace(r" +", " ", regex=True).str.strip()
    return {
        "line1": address["line1"].fillna(street.mask(street == "")),
        "line2": address["line2"].fillna(address["locality"]),
        "town": address["post_town"].fillna(address["town"]).fillna(address["line3"]),
        "postcode": address["postcode"],
        "uprn": address["uprn"],
    }


def _open_row(dated: pd.DataFrame, who: pd.DataFrame) -> pd.Series:
    """Return who has a row of a dated table open on their day; of these tables, having none means no."""
    return held_on(dated, who)["source"].notna().astype(ROLL["fsm"].dtype)


def _contacts(contact: pd.DataFrame, who: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the first contacts in emergency order beside each pupil; a contact without an order is last."""
    ordered = contact.sort_values(["pupil_id", "priority", "contact_id"], na_position="last")
    place = ordered.groupby("pupil_id").cumcount() + 1
    found: dict[str, pd.Series] = {}
    for n in _ORDINALS:
        beside = who[["pupil_id"]].merge(ordered[place == n], on="pupil_id", how="left")
        found |= {column.name: beside[column.name.removeprefix(f"contact{n}_")] for column in _contact(n)}
    return found


def _started_with_the_year(snapshot: Frames, joined: pd.DataFrame, years: tuple[SchoolYear, ...]) -> pd.Series:
    junior = certain(joined["nc_year"] == snapshot["school"]["lowest_nc_year"].iloc[0])
    return junior & _in_any(joined["entry_date"], [(dt.date(year.first.year, 8, 1), year.first) for year in years])


def _completed_the_school(snapshot: Frames, gone: pd.DataFrame, years: tuple[SchoolYear, ...]) -> pd.Series:
    senior = certain(gone["nc_year"] == snapshot["school"]["highest_nc_year"].iloc[0])
    return senior & _in_any(gone["leaving_date"], [(year.last, dt.date(year.last.year, 8, 31)) for year in years])


def _in_any(days: pd.Series, windows: list[tuple[dt.date, dt.date]]) -> pd.Series:
    inside = [within(days, start, end).to_numpy() for start, end in windows]
    return pd.Series(np.logical_or.reduce([np.zeros(len(days), dtype=bool), *inside]), index=days.index)


def rows(table: Table, told: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table, the pupils in the order of their ids; rows of one pupil stay as they were."""
    ordered = told.sort_values("pupil_id", kind="stable").reset_index(drop=True)
    return table.frame({name: ordered[name] for name in table.names})


_ROLL_NEEDS: Final = ("school", "upn", "enrolment", "enrol_status", "nc_year")
"""Needed to know who is on roll on a day, whatever a recipient gets."""

_TABLE_OF_COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "registration_group": "registration_group",
        "boarder": "boarding",
        **dict.fromkeys(("line1", "line2", "town", "postcode", "uprn"), "address"),
        "sen_provision": "sen_status",
        "sen_need": "sen_need",
        "pupil_premium": "pupil_premium",
        "fsm": "fsm",
        "in_care": "in_care",
        "social_worker": "social_worker",
    },
)
"""Canonical table of a column that is not the pupil's own; `contact1_...` is `contact`."""

_PUPIL_ALWAYS: Final = frozenset({"pupil_id", "source", "dob"})


def reads(fields: Iterable[str]) -> Reads:
    """Return what tables about pupils ask of the MIS for these fields (`table.column`), and nothing else."""
    columns = {field.partition(".")[2] for field in fields}
    tables = {_table_of(column) for column in columns} - {None}
    wanted = {name: frozenset(CANONICAL[name].names) for name in (*_ROLL_NEEDS, *tables) if name is not None}
    wanted["pupil"] = _PUPIL_ALWAYS | {name for name in columns if name in CANONICAL["pupil"]}
    return wanted


def _table_of(column: str) -> str | None:
    return "contact" if column.startswith("contact") else _TABLE_OF_COLUMN.get(column)


DATASETS: Final = (
    Dataset("roll", "the pupils on roll on the day", (ROLL,), roll, reads),
    Dataset(
        "joiner",
        "the pupils whose names were entered in the admission register in the period",
        (JOINER,),
        joiners,
        reads,
        event_day="joiner.entry_date",
    ),
    Dataset(
        "leaver",
        "the pupils whose names are deleted from the admission register in the period",
        (LEAVER,),
        leavers,
        reads,
        event_day="leaver.leaving_date",
    ),
)
